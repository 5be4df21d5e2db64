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
import { Channel } from "./indexeddb-channel.ts";
import {
  type EntryRecord,
  existingDatabase,
  openDatabase,
  type RemovedRecord,
  type VectorRecord,
  within,
} from "./indexeddb-database.ts";
import { type Loss, lost, translated } from "./indexeddb-error.ts";
import { orMemory } from "./indexeddb-fallback.ts";
import { apply, ask, byId, owned, PAGE, pageOf, REMEMBERED_COMMITS, type Tables, whole } from "./indexeddb-records.ts";
import { transact } from "./indexeddb-transaction.ts";

export interface IndexedDBOptions {
  /**
   * "memory": go on without persistence where the browser refuses storage (a sandboxed frame, a full disk), and, empty, when
   * the database is deleted or taken away while it is open.
   */
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
  /** Absent where there is no BroadcastChannel. */
  readonly watch?: (listener: (version: number) => void) => () => void;
  readonly #databaseName: string;
  readonly #channel: Channel;
  #opening: Promise<void> = Promise.resolve();
  #database: IDBDatabase | undefined;
  #state: "new" | "open" | "closed" | Loss = "new";

  constructor(databaseName: string) {
    this.#databaseName = databaseName;
    this.#channel = new Channel(databaseName);
    if (Channel.there) this.watch = (listener) => (this.#state === "closed" ? () => {} : this.#channel.hear(listener));
  }

  /** Whether the database went away while it was open. */
  get lost(): boolean {
    return isLoss(this.#state);
  }

  async identify(): Promise<Identity | undefined> {
    await this.#opening;
    this.#ensureHeld();
    try {
      const held = this.#database;
      const database = held ?? (await existingDatabase(this.#databaseName));
      if (database === undefined) return undefined;
      try {
        return await transact(database, "identify", "readonly", ({ state }) => ask<Identity>(state.get("identity")));
      } finally {
        if (held === undefined) database.close();
      }
    } catch (error) {
      throw translated("identify", error);
    }
  }

  /** One after the other: two at once would make two connections. */
  open({ fingerprint, dimensions }: Identity): Promise<void> {
    const opened = this.#opening.then(() => this.#open({ fingerprint, dimensions }));
    this.#opening = opened.catch(() => {});
    return opened;
  }

  async #open(identity: Identity): Promise<void> {
    if (this.#state === "closed") throw closedError(true);
    const held = this.#database;
    try {
      if (held === undefined) this.#state = "new";
      const database = held ?? (await openDatabase(this.#databaseName, (loss) => this.#lose(loss)));
      try {
        await transact(database, "open", "readwrite", ({ state }) => this.#stamp(state, identity));
        this.#ensureHeld(); // it may have been closed or lost meanwhile
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
      if (!(n >= 1)) return []; // a count of 0 would mean "all", and one past 32 bits is refused
      const most = Math.min(Math.floor(n), 2 ** 32 - 1);
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
    return this.#change("commit", async () => own);
  }

  removeExpired(now: number, namespace?: string): Promise<number[]> {
    return this.#remove("removeExpired", async ({ entries }) => {
      // Bounded below as well: WebKit counts null, which is no key, among what is under an upper bound.
      const range = IDBKeyRange.bound(Number.NEGATIVE_INFINITY, now);
      const records = await ask<EntryRecord[]>(entries.index("expiry").getAll(range));
      return records.filter((record) => namespace === undefined || record.namespace === namespace).map(({ id }) => id);
    });
  }

  async clear(namespace?: string): Promise<number> {
    const ids = await this.#remove("clear", ({ entries }) =>
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

  swapMeta(key: string, before: string | undefined, after: string): Promise<boolean> {
    return this.#write("swapMeta", async ({ meta }) => {
      if ((await ask<string | undefined>(meta.get(key))) !== before) return false;
      await ask(meta.put(after, key));
      return true;
    });
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
    this.#channel.close();
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

  /** The connection ended without our doing. Who watches is told: what they know of the store is no longer there. */
  #lose(loss: Loss): void {
    if (this.#state === "closed") return;
    this.#database = undefined;
    this.#state = loss;
    this.#channel.hearSelf(0);
    this.#channel.close();
  }

  async #read<T>(operation: string, work: (tables: Tables) => Promise<T>): Promise<T> {
    return transact(this.#connected(), operation, "readonly", work);
  }

  async #write<T>(operation: string, work: (tables: Tables) => Promise<T>): Promise<T> {
    return transact(this.#connected(), operation, "readwrite", work);
  }

  /** Looks and removes in one transaction. */
  async #remove(operation: string, find: (tables: Tables) => Promise<number[]>): Promise<number[]> {
    const { applied } = await this.#change(operation, async (tables) => [{ remove: await find(tables) }]);
    return applied[0]!;
  }

  async #change(operation: string, find: (tables: Tables) => Promise<readonly Change[]>): Promise<CommitResult> {
    const work = async (tables: Tables) => apply(tables, await find(tables));
    const { raised, ...result } = await this.#write(operation, work);
    if (raised) this.#channel.tell(result.version);
    return result;
  }

  #connected(): IDBDatabase {
    this.#ensureHeld();
    if (this.#database === undefined) throw closedError(false);
    return this.#database;
  }

  #ensureHeld(): void {
    if (isLoss(this.#state)) throw lost(this.#state);
    if (this.#state === "closed") throw closedError(true);
  }
}

function keysOf(entries: IDBObjectStore, namespace: string): IDBRequest {
  return entries.index("namespace").getAllKeys(within(namespace));
}

function isLoss(state: string): state is Loss {
  return state === "deleted" || state === "upgraded" || state === "ended";
}

function closedError(closed: boolean): MnemeError {
  return closed
    ? new MnemeError("closed", "The indexeddb store is closed.", "Open the database with a new store.")
    : new MnemeError("closed", "The indexeddb store is not open yet.", "Call open() first.");
}
