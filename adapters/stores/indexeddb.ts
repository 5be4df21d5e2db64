import {
  type Change,
  type ChangeFeed,
  type CommitResult,
  checkIdentity,
  type Entry,
  type Identity,
  MnemeError,
  type ScanOptions,
  type Store,
  type StoreCheck,
} from "../../src/index.ts";
import {
  type EntryRecord,
  openDatabase,
  type RemovedRecord,
  STORES,
  type VectorRecord,
  within,
} from "./indexeddb-database.ts";
import { lost, translated } from "./indexeddb-error.ts";
import { orMemory } from "./indexeddb-fallback.ts";
import { apply, ask, byId, owned, PAGE, pageOf, REMEMBERED_COMMITS, type Tables, whole } from "./indexeddb-records.ts";

export interface IndexedDBOptions {
  /** "memory": where the browser refuses storage (a private window, a sandboxed frame), go on without persistence. */
  fallback?: "memory" | undefined;
}

/** The Store Protocol in an IndexedDB database: pages and workers of every browser. One commit is one transaction. */
export function indexedDBStore(name: string, options: IndexedDBOptions = {}): Store {
  if (typeof name !== "string" || name === "") {
    throw new MnemeError("argument", "indexedDBStore expected the name of a database.", 'For example "answers".');
  }
  const store = new IndexedDBStore(name);
  return options.fallback === "memory" ? orMemory(store) : store;
}

class IndexedDBStore implements Store {
  readonly name = "indexeddb";
  readonly #databaseName: string;
  #database: IDBDatabase | undefined;
  #state: "new" | "open" | "lost" | "closed" = "new";

  constructor(databaseName: string) {
    this.#databaseName = databaseName;
  }

  async open({ fingerprint, dimensions }: Identity): Promise<void> {
    if (this.#state === "closed") throw closedError(true);
    const identity = { fingerprint, dimensions };
    const held = this.#database;
    try {
      const database = held ?? (await openDatabase(this.#databaseName, () => this.#lose()));
      try {
        await transact(database, "open", "readwrite", ({ state }) => this.#stamp(state, identity));
      } catch (error) {
        if (held === undefined) database.close(); // a store whose opening was refused holds nothing open
        throw error;
      }
      this.#database = database;
      this.#state = "open";
    } catch (error) {
      throw translated("open", error);
    }
  }

  get(namespace: string, key: string): Promise<Entry | undefined> {
    return this.#read("get", async ({ entries, vectors }) => {
      const record = await ask<EntryRecord | undefined>(entries.index("key").get([namespace, key]));
      return record && whole(record, await ask<VectorRecord | undefined>(vectors.get(record.id)));
    });
  }

  getMany(ids: readonly number[]): Promise<(Entry | undefined)[]> {
    return this.#read("getMany", (tables) => Promise.all(ids.map((id) => byId(tables, id))));
  }

  async *scan(options: ScanOptions = {}): AsyncIterable<Entry> {
    for (let after = options.after ?? 0; ; ) {
      const page = await this.#read("scan", (tables) => pageOf(tables, options, after));
      yield* page;
      if (page.length < PAGE) return;
      after = page.at(-1)!.id;
    }
  }

  oldest(n: number, namespace?: string): Promise<number[]> {
    return this.#read("oldest", async ({ entries }) => {
      if (n <= 0) return []; // a count of 0 would mean "all", and one past 32 bits is refused
      const most = Math.min(n, 2 ** 32 - 1);
      return namespace === undefined
        ? ask<number[]>(entries.index("use").getAllKeys(null, most))
        : ask<number[]>(entries.index("namespaceUse").getAllKeys(within(namespace), most));
    });
  }

  count(namespace?: string): Promise<number> {
    return this.#read("count", ({ entries }) =>
      ask<number>(namespace === undefined ? entries.count() : entries.index("namespace").count(within(namespace))),
    );
  }

  namespaces(): Promise<string[]> {
    return this.#read("namespaces", async ({ entries }) => {
      const names: string[] = [];
      // From each name on, the first entry of another: as many steps as there are names.
      for (let range: IDBKeyRange | null = null; ; ) {
        const cursor = await ask<IDBCursor | null>(entries.index("namespace").openKeyCursor(range));
        if (cursor === null) return names;
        const [name] = cursor.key as [string, number];
        names.push(name);
        range = IDBKeyRange.lowerBound([name, []]);
      }
    });
  }

  commit(changes: readonly Change[]): Promise<CommitResult> {
    const own = changes.map(owned);
    return this.#write("commit", (tables) => apply(tables, own));
  }

  removeExpired(now: number, namespace?: string): Promise<number[]> {
    return this.#removeWhere("removeExpired", async ({ entries }) => {
      // Bounded below as well: WebKit counts null, which is no key, among what is under an upper bound.
      const range = IDBKeyRange.bound(Number.NEGATIVE_INFINITY, now);
      const records = await ask<EntryRecord[]>(entries.index("expiry").getAll(range));
      return records.filter((record) => namespace === undefined || record.namespace === namespace).map(({ id }) => id);
    });
  }

  async clear(namespace?: string): Promise<number> {
    const ids = await this.#removeWhere("clear", ({ entries }) =>
      ask<number[]>(namespace === undefined ? entries.getAllKeys() : keysOf(entries, namespace)),
    );
    return ids.length;
  }

  version(): Promise<number> {
    return this.#read("version", ({ state }) => ask<number>(state.get("version")));
  }

  changesSince(since: number): Promise<ChangeFeed | undefined> {
    return this.#read("changesSince", async (tables) => {
      const version = await ask<number>(tables.state.get("version"));
      if (!(since >= Math.max(0, version - REMEMBERED_COMMITS) && since <= version)) return undefined;
      const range = IDBKeyRange.lowerBound(since, true);
      const changed = await ask<number[]>(tables.entries.index("revision").getAllKeys(range));
      const removed = await ask<RemovedRecord[]>(tables.removed.index("version").getAll(range));
      const puts = await Promise.all(changed.map((id) => byId(tables, id)));
      return { version, puts: puts.filter((entry) => entry !== undefined), removed: removed.map(({ id }) => id) };
    });
  }

  getMeta(key: string): Promise<string | undefined> {
    return this.#read("getMeta", ({ meta }) => ask<string | undefined>(meta.get(key)));
  }

  async setMeta(key: string, value: string): Promise<void> {
    await this.#write("setMeta", ({ meta }) => ask(meta.put(value, key)));
  }

  async check(): Promise<StoreCheck> {
    try {
      const [entries, vectors] = await this.#read("check", (tables) =>
        Promise.all([ask<number>(tables.entries.count()), ask<number>(tables.vectors.count())]),
      );
      return entries === vectors ? { ok: true } : { ok: false, reason: `${entries} entries have ${vectors} vectors` };
    } catch (error) {
      return { ok: false, reason: (error as Error).message };
    }
  }

  async close(): Promise<void> {
    this.#state = "closed";
    this.#database?.close();
    this.#database = undefined;
  }

  async #stamp(state: IDBObjectStore, identity: Identity): Promise<void> {
    const stamped = await ask<Identity | undefined>(state.get("identity"));
    if (stamped !== undefined) {
      checkIdentity(this.name, stamped, identity);
      return;
    }
    await ask(state.put(identity, "identity"));
    await ask(state.put(0, "version"));
  }

  /** The browser, or someone who deletes the database, has ended the connection. */
  #lose(): void {
    this.#database = undefined;
    if (this.#state === "open") this.#state = "lost";
  }

  async #read<T>(operation: string, work: (tables: Tables) => Promise<T>): Promise<T> {
    return transact(this.#connected(), operation, "readonly", work);
  }

  async #write<T>(operation: string, work: (tables: Tables) => Promise<T>): Promise<T> {
    return transact(this.#connected(), operation, "readwrite", work);
  }

  /** Looks and removes in one transaction. */
  #removeWhere(operation: string, find: (tables: Tables) => Promise<number[]>): Promise<number[]> {
    return this.#write(operation, async (tables) => {
      const { applied } = await apply(tables, [{ remove: await find(tables) }]);
      return applied[0]!;
    });
  }

  #connected(): IDBDatabase {
    if (this.#state === "lost") throw lost();
    if (this.#database === undefined) throw closedError(this.#state === "closed");
    return this.#database;
  }
}

function keysOf(entries: IDBObjectStore, namespace: string): IDBRequest {
  return entries.index("namespace").getAllKeys(within(namespace));
}

/** All of the work or none of it; answers once the browser says that the transaction is complete. */
async function transact<T>(
  database: IDBDatabase,
  operation: string,
  mode: "readonly" | "readwrite",
  work: (tables: Tables) => Promise<T>,
): Promise<T> {
  try {
    const transaction = database.transaction(STORES, mode);
    const complete = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error ?? new DOMException("aborted", "AbortError"));
    });
    complete.catch(() => {}); // when the work fails, its own failure is the one to tell
    const tables = Object.fromEntries(STORES.map((name) => [name, transaction.objectStore(name)])) as Tables;
    let result: T;
    try {
      result = await work(tables);
    } catch (error) {
      abort(transaction);
      throw error;
    }
    await complete;
    return result;
  } catch (error) {
    throw translated(operation, error);
  }
}

/** Some failures have ended the transaction already. */
function abort(transaction: IDBTransaction): void {
  try {
    transaction.abort();
  } catch {
    // Then there is nothing to undo.
  }
}

function closedError(closed: boolean): MnemeError {
  return closed
    ? new MnemeError("closed", "The indexeddb store is closed.", "Open the database with a new store.")
    : new MnemeError("closed", "The indexeddb store is not open yet.", "Call open() first.");
}
