import { promisifyRequest } from "idb-keyval";
import {
  type Change,
  type ChangeFeed,
  type CommitResult,
  checkIdentity,
  type Entry,
  type Identity,
  MnemeError,
  memoryStore,
  type NewEntry,
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

/** Records read at a time by `scan`. */
const PAGE = 500;
/** Removals stay in the change feed for so many commits; a reader further behind scans again. */
const REMEMBERED_COMMITS = 10_000;

export interface IndexedDBOptions {
  /** "memory": where the browser refuses storage (a private window, a sandboxed frame), go on without persistence. */
  fallback?: "memory" | undefined;
}

/** The Store Protocol in an IndexedDB database: pages and workers of every browser. One commit is one transaction. */
export function indexedDBStore(name: string, options: IndexedDBOptions = {}): Store {
  if (typeof name === "string" && name !== "") return new IndexedDBStore(name, options.fallback === "memory");
  throw new MnemeError("argument", "indexedDBStore expected the name of a database.", 'For example "answers".');
}

type Mode = "readonly" | "readwrite";
/** The object stores of one transaction. */
type Tables = Record<(typeof STORES)[number], IDBObjectStore>;

class IndexedDBStore implements Store {
  readonly name = "indexeddb";
  readonly #databaseName: string;
  readonly #mayFallBack: boolean;
  #database: IDBDatabase | undefined;
  #fallback: Store | undefined;
  #state: "new" | "open" | "lost" | "closed" = "new";

  constructor(databaseName: string, mayFallBack: boolean) {
    this.#databaseName = databaseName;
    this.#mayFallBack = mayFallBack;
  }

  async open({ fingerprint, dimensions }: Identity): Promise<void> {
    if (this.#state === "closed") throw closedError(true);
    const identity = { fingerprint, dimensions };
    if (this.#fallback !== undefined) return this.#fallback.open(identity);
    try {
      const database = this.#database ?? (await this.#connect());
      if (database === undefined) return await this.#fallBack(identity);
      const opened = this.#database === undefined;
      this.#database = database;
      try {
        await this.#transact("open", "readwrite", ({ state }) => this.#stamp(state, identity));
      } catch (error) {
        if (opened) {
          database.close(); // a store whose opening was refused holds nothing open
          this.#database = undefined;
        }
        throw error;
      }
      this.#state = "open";
    } catch (error) {
      throw translated("open", error);
    }
  }

  get(namespace: string, key: string): Promise<Entry | undefined> {
    return this.#read(
      "get",
      async ({ entries, vectors }) => {
        const record = await ask<EntryRecord | undefined>(entries.index("key").get([namespace, key]));
        return record && whole(record, await ask<VectorRecord | undefined>(vectors.get(record.id)));
      },
      (store) => store.get(namespace, key),
    );
  }

  getMany(ids: readonly number[]): Promise<(Entry | undefined)[]> {
    return this.#read(
      "getMany",
      (tables) => Promise.all(ids.map((id) => byId(tables, id))),
      (store) => store.getMany(ids),
    );
  }

  async *scan(options: ScanOptions = {}): AsyncIterable<Entry> {
    this.#ensureOpen();
    if (this.#fallback !== undefined) {
      yield* this.#fallback.scan(options);
      return;
    }
    for (let after = options.after ?? 0; ; ) {
      const page = await this.#transact("scan", "readonly", (tables) => pageOf(tables, options, after));
      yield* page;
      if (page.length < PAGE) return;
      after = page.at(-1)!.id;
    }
  }

  oldest(n: number, namespace?: string): Promise<number[]> {
    return this.#read(
      "oldest",
      async ({ entries }) => {
        if (n <= 0) return []; // a count of 0 would mean "all"
        const keys =
          namespace === undefined
            ? entries.index("use").getAllKeys(null, n)
            : entries.index("namespaceUse").getAllKeys(within(namespace), n);
        return (await ask(keys)) as number[];
      },
      (store) => store.oldest(n, namespace),
    );
  }

  count(namespace?: string): Promise<number> {
    return this.#read(
      "count",
      ({ entries }) =>
        ask(namespace === undefined ? entries.count() : entries.index("namespace").count(within(namespace))),
      (store) => store.count(namespace),
    );
  }

  namespaces(): Promise<string[]> {
    return this.#read(
      "namespaces",
      async ({ entries }) => {
        const names: string[] = [];
        const index = entries.index("namespace");
        // From each name on, the first entry of another: as many steps as there are names.
        for (let range: IDBKeyRange | null = null; ; ) {
          const cursor: IDBCursor | null = await ask(index.openKeyCursor(range));
          if (cursor === null) return names;
          const [name] = cursor.key as [string, number];
          names.push(name);
          range = IDBKeyRange.lowerBound([name, []]);
        }
      },
      (store) => store.namespaces(),
    );
  }

  commit(changes: readonly Change[]): Promise<CommitResult> {
    return this.#write("commit", changes, (store) => store.commit(changes));
  }

  async removeExpired(now: number, namespace?: string): Promise<number[]> {
    return this.#removeWhere(
      "removeExpired",
      async ({ entries }) => {
        // Bounded below as well: WebKit counts null, which is no key, among what is under an upper bound.
        const records = await ask<EntryRecord[]>(
          entries.index("expiry").getAll(IDBKeyRange.bound(Number.NEGATIVE_INFINITY, now)),
        );
        return records
          .filter((record) => namespace === undefined || record.namespace === namespace)
          .map(({ id }) => id);
      },
      (store) => store.removeExpired(now, namespace),
    );
  }

  async clear(namespace?: string): Promise<number> {
    const ids = await this.#removeWhere(
      "clear",
      async ({ entries }) => {
        const keys =
          namespace === undefined ? entries.getAllKeys() : entries.index("namespace").getAllKeys(within(namespace));
        return (await ask(keys)) as number[];
      },
      async (store) => Array.from({ length: await store.clear(namespace) }, (_, i) => i),
    );
    return ids.length;
  }

  version(): Promise<number> {
    return this.#read(
      "version",
      ({ state }) => ask<number>(state.get("version")),
      (store) => store.version(),
    );
  }

  changesSince(since: number): Promise<ChangeFeed | undefined> {
    return this.#read(
      "changesSince",
      async (tables) => {
        const version = await ask<number>(tables.state.get("version"));
        if (since > version || since < version - REMEMBERED_COMMITS) return undefined;
        const range = IDBKeyRange.lowerBound(since, true);
        const puts = await ask<EntryRecord[]>(tables.entries.index("revision").getAll(range));
        const removed = await ask<RemovedRecord[]>(tables.removed.index("version").getAll(range));
        const whole = await Promise.all(puts.map(({ id }) => byId(tables, id)));
        return { version, puts: whole.filter((entry) => entry !== undefined), removed: removed.map(({ id }) => id) };
      },
      (store) => store.changesSince(since),
    );
  }

  getMeta(key: string): Promise<string | undefined> {
    return this.#read(
      "getMeta",
      ({ meta }) => ask<string | undefined>(meta.get(key)),
      (store) => store.getMeta(key),
    );
  }

  async setMeta(key: string, value: string): Promise<void> {
    this.#ensureOpen();
    if (this.#fallback !== undefined) return this.#fallback.setMeta(key, value);
    await this.#transact("setMeta", "readwrite", ({ meta }) => ask(meta.put(value, key)));
  }

  async check(): Promise<StoreCheck> {
    try {
      this.#ensureOpen();
      if (this.#fallback !== undefined) return await this.#fallback.check();
      const [entries, vectors] = await this.#transact("check", "readonly", (tables) =>
        Promise.all([ask(tables.entries.count()), ask(tables.vectors.count())]),
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
    await this.#fallback?.close();
  }

  async #connect(): Promise<IDBDatabase | undefined> {
    try {
      return await openDatabase(this.#databaseName, () => {
        this.#database = undefined;
        if (this.#state === "open") this.#state = "lost";
      });
    } catch (error) {
      if (!this.#mayFallBack) throw error;
      return undefined;
    }
  }

  async #fallBack(identity: Identity): Promise<void> {
    this.#fallback = memoryStore();
    await this.#fallback.open(identity);
    this.#state = "open";
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

  /** A read in one transaction; in the fallback's stead when there is one. */
  async #read<T>(
    operation: string,
    work: (tables: Tables) => Promise<T>,
    instead: (store: Store) => T | Promise<T>,
  ): Promise<T> {
    this.#ensureOpen();
    return this.#fallback === undefined ? this.#transact(operation, "readonly", work) : instead(this.#fallback);
  }

  async #write(
    operation: string,
    changes: readonly Change[],
    instead: (store: Store) => CommitResult | Promise<CommitResult>,
  ): Promise<CommitResult> {
    this.#ensureOpen();
    if (this.#fallback !== undefined) return instead(this.#fallback);
    return this.#transact(operation, "readwrite", (tables) => apply(tables, changes));
  }

  /** Looks and removes in one transaction. */
  async #removeWhere(
    operation: string,
    find: (tables: Tables) => Promise<number[]>,
    instead: (store: Store) => number[] | Promise<number[]>,
  ): Promise<number[]> {
    this.#ensureOpen();
    if (this.#fallback !== undefined) return instead(this.#fallback);
    return this.#transact(operation, "readwrite", async (tables) => {
      const { applied } = await apply(tables, [{ remove: await find(tables) }]);
      return applied[0]!;
    });
  }

  /** All of the work or none of it; answers once the browser says that the transaction is complete. */
  async #transact<T>(operation: string, mode: Mode, work: (tables: Tables) => Promise<T>): Promise<T> {
    try {
      const transaction = this.#database!.transaction(STORES, mode);
      const complete = new Promise<void>((resolve, reject) => {
        transaction.oncomplete = () => resolve();
        transaction.onabort = () => reject(transaction.error ?? new DOMException("aborted", "AbortError"));
      });
      complete.catch(() => {}); // when the work fails, its own failure is the one to tell
      const tables = Object.fromEntries(STORES.map((name) => [name, transaction.objectStore(name)])) as Tables;
      try {
        const result = await work(tables);
        await complete;
        return result;
      } catch (error) {
        // Some failures have ended the transaction already.
        if (transaction.error === null) abortQuietly(transaction);
        throw error;
      }
    } catch (error) {
      throw translated(operation, error);
    }
  }

  #ensureOpen(): void {
    if (this.#state === "lost") throw lost();
    if (this.#state !== "open") throw closedError(this.#state === "closed");
  }
}

async function apply(tables: Tables, changes: readonly Change[]): Promise<CommitResult> {
  const version = await ask<number>(tables.state.get("version"));
  const applied: number[][] = [];
  let changed = false;
  for (const change of changes) {
    let ids: number[];
    if ("put" in change) ids = [await put(tables, change.put, change.when, version + 1)];
    else if ("touch" in change) ids = await touch(tables, change.touch, change.at, change.expiresAt);
    else ids = await remove(tables, change.remove, change.when?.expiredAt, version + 1);
    changed ||= !("touch" in change) && ids.length > 0;
    applied.push(ids);
  }
  if (changed) {
    await ask(tables.state.put(version + 1, "version"));
    const forgotten = IDBKeyRange.upperBound(version + 1 - REMEMBERED_COMMITS);
    const old = (await ask(tables.removed.index("version").getAllKeys(forgotten))) as number[];
    for (const id of old) tables.removed.delete(id);
  }
  return { version: changed ? version + 1 : version, applied };
}

async function put(
  { entries, vectors }: Tables,
  { vector, ...fields }: NewEntry,
  when: "absent" | { revision: number } | undefined,
  revision: number,
): Promise<number> {
  const known = await ask<EntryRecord | undefined>(entries.index("key").get([fields.namespace, fields.key]));
  if (when !== undefined && known?.revision !== (when === "absent" ? undefined : when.revision)) {
    throw new MnemeError(
      "conflict",
      "A put's condition did not hold: the key was there, or not at the revision expected.",
      "Read the entry again and decide anew.",
    );
  }
  const record = { ...fields, accessedAt: fields.createdAt, hits: 0, revision };
  const id = (await ask(entries.put(known === undefined ? record : { ...record, id: known.id }))) as number;
  const { namespace, expiresAt } = fields;
  // A copy: of a window into a larger buffer the browser would store the whole buffer.
  await ask(
    vectors.put({
      id,
      namespace,
      vector: vector === null ? null : vector.slice(),
      expiresAt,
      revision,
    } satisfies VectorRecord),
  );
  return id;
}

async function touch(
  { entries, vectors }: Tables,
  ids: readonly number[],
  at: number,
  expiresAt: number | null | undefined,
): Promise<number[]> {
  const touched: number[] = [];
  for (const id of new Set(ids)) {
    const record = await ask<EntryRecord | undefined>(entries.get(id));
    if (record === undefined) continue;
    touched.push(id);
    const expiry = expiresAt === undefined ? {} : { expiresAt };
    await ask(entries.put({ ...record, accessedAt: at, hits: record.hits + 1, ...expiry }));
    if (expiresAt !== undefined) await ask(vectors.put({ ...(await ask<VectorRecord>(vectors.get(id))), expiresAt }));
  }
  return touched;
}

async function remove(
  { entries, vectors, removed }: Tables,
  ids: readonly number[],
  expiredAt: number | undefined,
  version: number,
): Promise<number[]> {
  const gone: number[] = [];
  for (const id of new Set(ids)) {
    const record = await ask<EntryRecord | undefined>(entries.get(id));
    if (record === undefined) continue;
    if (expiredAt !== undefined && !(record.expiresAt !== null && record.expiresAt <= expiredAt)) continue;
    gone.push(id);
    entries.delete(id);
    vectors.delete(id);
    await ask(removed.put({ id, version } satisfies RemovedRecord));
  }
  return gone;
}

async function pageOf({ entries, vectors }: Tables, options: ScanOptions, after: number): Promise<Entry[]> {
  const { namespace, fields = "all" } = options;
  const range = namespace === undefined ? IDBKeyRange.lowerBound(after, true) : within(namespace, after);
  const from = (table: IDBObjectStore): IDBObjectStore | IDBIndex =>
    namespace === undefined ? table : table.index("namespace");
  const vectorRecords = await ask<VectorRecord[]>(from(vectors).getAll(range, PAGE));
  if (fields === "vectors") return vectorRecords.map((record) => ({ ...EMPTY, ...record }));
  const records = await ask<EntryRecord[]>(from(entries).getAll(range, PAGE));
  return records.map((record, i) => whole(record, vectorRecords[i]));
}

/** What a scan of vectors leaves out. */
const EMPTY = { key: "", text: "", value: "", metadata: {}, tags: [], createdAt: 0, accessedAt: 0, hits: 0 };

async function byId({ entries, vectors }: Tables, id: number): Promise<Entry | undefined> {
  const [record, vector] = await Promise.all([
    ask<EntryRecord | undefined>(entries.get(id)),
    ask<VectorRecord | undefined>(vectors.get(id)),
  ]);
  return record && whole(record, vector);
}

function whole(record: EntryRecord, vector: VectorRecord | undefined): Entry {
  return { ...record, vector: vector?.vector ?? null };
}

function ask<T>(request: IDBRequest): Promise<T> {
  return promisifyRequest<T>(request as IDBRequest<T>);
}

function abortQuietly(transaction: IDBTransaction): void {
  try {
    transaction.abort();
  } catch {
    // It had ended.
  }
}

function closedError(closed: boolean): MnemeError {
  return closed
    ? new MnemeError("closed", "The indexeddb store is closed.", "Open the database with a new store.")
    : new MnemeError("closed", "The indexeddb store is not open yet.", "Call open() first.");
}
