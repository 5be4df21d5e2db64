import {
  type Awaitable,
  type Change,
  type ChangeFeed,
  type CommitResult,
  drive,
  type Entry,
  type Identity,
  MnemeError,
  type Put,
  type ScanOptions,
  type Steps,
  type Store,
  type StoreCheck,
  type SyncStore,
  step,
} from "../../src/index.ts";
import type { OpenDriver, Row, SqliteDriver, Statement, SyncSqliteDriver } from "./sqlite-driver.ts";
import { translated } from "./sqlite-error.ts";
import { nodeSqlite } from "./sqlite-node.ts";
import { entryOf, textOf } from "./sqlite-row.ts";
import { scrub } from "./sqlite-scrub.ts";
import { writeSnapshot } from "./sqlite-snapshot.ts";
import { run, stamp, stamped } from "./sqlite-stamp.ts";
import * as statements from "./sqlite-statements.ts";

/** Rows read at a time by `scan`. */
const PAGE = 500;

/**
 * The Store Protocol in a SQLite database. Name a file, for this runtime's own engine; or give an engine: `d1(env.DB)`,
 * `betterSqlite3(database)`, … The driver is opened with the store; one that answers at once makes a store that does.
 */
export function sqliteStore(file: string | { path: string }): SyncStore;
export function sqliteStore(openDriver: OpenDriver<SyncSqliteDriver>): SyncStore;
export function sqliteStore(openDriver: OpenDriver<Awaitable<SqliteDriver>>): Store;
export function sqliteStore(source: string | { path: string } | OpenDriver<Awaitable<SqliteDriver>>): Store {
  if (typeof source === "function") return new SqliteStore(source);
  const path = typeof source === "string" ? source : source?.path;
  if (typeof path === "string" && path !== "") return new SqliteStore(nodeSqlite(path));
  throw new MnemeError(
    "argument",
    "sqliteStore expected a file's path or an engine.",
    'For example "cache.db" or d1(env.DB).',
  );
}

class SqliteStore implements Store {
  readonly name = "sqlite";
  readonly #openDriver: OpenDriver<Awaitable<SqliteDriver>>;
  #driver: SqliteDriver | undefined;
  /** Settles when the opening under way has ended, either way. */
  #opening: Promise<void> | undefined;
  #closed = false;

  constructor(openDriver: OpenDriver<Awaitable<SqliteDriver>>) {
    this.#openDriver = openDriver;
  }

  identify(): Awaitable<Identity | undefined> {
    if (this.#opening !== undefined) return this.#opening.then(() => this.identify());
    return drive(this.#identify());
  }

  open({ fingerprint, dimensions }: Identity): Awaitable<void> {
    const identity = { fingerprint, dimensions };
    if (this.#opening !== undefined) return this.#opening.then(() => this.open(identity));
    const opened = drive(this.#open(identity));
    if (!(opened instanceof Promise)) return opened;
    const done = (): void => {
      this.#opening = undefined;
    };
    this.#opening = opened.then(done, done);
    return opened;
  }

  get(namespace: string, key: string): Awaitable<Entry | undefined> {
    return drive(this.#read("get", statements.get(namespace, key), (rows) => rows.map(entryOf)[0]));
  }

  getMany(ids: readonly number[]): Awaitable<(Entry | undefined)[]> {
    return drive(
      this.#read("getMany", statements.getMany(ids), (rows) => {
        const byId = new Map(rows.map((row) => [row.id, row]));
        const answered = new Set<number>();
        return ids.map((id) => {
          const row = byId.get(id);
          const entry = row && entryOf(row);
          // The first took the row's own vector over.
          if (entry && answered.has(id)) entry.vector &&= entry.vector.slice();
          answered.add(id);
          return entry;
        });
      }),
    );
  }

  scan(options: ScanOptions = {}): AsyncIterable<Entry> | Iterable<Entry> {
    const page = (after: number): Awaitable<Entry[]> =>
      drive(this.#read("scan", statements.scanPage(options, after, PAGE), (rows) => rows.map(entryOf)));
    const first = page(options.after ?? 0);
    if (Array.isArray(first)) return pages(first, page as (after: number) => Entry[]);
    first.catch(() => {}); // told to whoever iterates; nobody need
    return pagesAsync(first, page);
  }

  oldest(n: number, namespace?: string): Awaitable<number[]> {
    return drive(this.#read("oldest", statements.oldest(n, namespace), (rows) => rows.map(idOf)));
  }

  count(namespace?: string): Awaitable<number> {
    return drive(this.#read("count", statements.count(namespace), (rows) => rows[0]!.n as number));
  }

  namespaces(): Awaitable<string[]> {
    return drive(
      this.#read("namespaces", statements.namespaces, (rows) => rows.map((row) => textOf(row.namespace!)).sort()),
    );
  }

  commit(changes: readonly Change[]): Awaitable<CommitResult> {
    const [only] = changes;
    if (changes.length === 1 && "put" in only! && only.when === undefined) return drive(this.#putAlone(only));
    return drive(this.#write("commit", statements.changes(changes)));
  }

  removeExpired(now: number, namespace?: string): Awaitable<number[]> {
    return drive(map(this.#write("removeExpired", [statements.expired(now, namespace)]), firstIds));
  }

  clear(namespace?: string): Awaitable<number> {
    return drive(map(this.#write("clear", [statements.all(namespace)]), (result) => firstIds(result).length));
  }

  version(): Awaitable<number> {
    return drive(this.#read("version", statements.version, versionOf));
  }

  changesSince(since: number): Awaitable<ChangeFeed | undefined> {
    return drive(
      map(this.#batch("changesSince", statements.changesSince(since), "read"), ([head, puts, removed]) => {
        const version = versionOf(head!);
        if (!statements.remembers(since, version)) return undefined;
        return { version, puts: puts!.map(entryOf), removed: removed!.map(idOf) };
      }),
    );
  }

  getMeta(key: string): Awaitable<string | undefined> {
    return drive(this.#read("getMeta", statements.getMeta(key), (rows) => rows[0] && textOf(rows[0].value!)));
  }

  setMeta(key: string, value: string): Awaitable<void> {
    return drive(map(this.#batch("setMeta", [statements.setMeta(key, value)], "write"), () => undefined));
  }

  swapMeta(key: string, before: string | undefined, after: string): Awaitable<boolean> {
    const swap = statements.swapMeta(key, before, after);
    return drive(map(this.#batch("swapMeta", [swap], "write"), ([done]) => done!.length > 0));
  }

  check(): Awaitable<StoreCheck> {
    return drive(this.#check());
  }

  get snapshot(): ((path: string) => Awaitable<void>) | undefined {
    const driver = this.#driver;
    return driver?.snapshot && ((path) => drive(writeSnapshot(driver, path)));
  }

  get scrub(): (() => Awaitable<void>) | undefined {
    const driver = this.#driver;
    return driver?.scrub && (() => drive(scrub(driver)));
  }

  close(): Awaitable<void> {
    const driver = this.#driver;
    this.#closed = true;
    this.#driver = undefined;
    return this.#opening ?? driver?.close(); // an opening that ends later sees that it is too late, and closes
  }

  *#identify(): Steps<Identity | undefined> {
    if (this.#closed) throw closedError(true);
    try {
      if (this.#driver !== undefined) return yield* stamped(this.#driver);
      const { peek = this.#openDriver } = this.#openDriver;
      const driver = yield* step(peek());
      if (driver === undefined) return undefined;
      try {
        return yield* stamped(driver);
      } finally {
        yield* step(driver.close());
      }
    } catch (error) {
      throw translated("identify", error);
    }
  }

  *#open(identity: Identity): Steps<void> {
    if (this.#closed) throw closedError(true);
    try {
      if (this.#driver !== undefined) {
        yield* stamp(this.#driver, identity);
        return;
      }
      const driver = yield* step(this.#openDriver());
      try {
        yield* stamp(driver, identity);
        if (this.#closed) throw closedError(true);
      } catch (error) {
        yield* step(driver.close()); // a store whose opening was refused holds nothing open
        throw error;
      }
      this.#driver = driver;
    } catch (error) {
      throw translated("open", error);
    }
  }

  *#check(): Steps<StoreCheck> {
    try {
      const [rows] = yield* this.#batch("check", [statements.integrity(this.#driver?.integrity)], "read");
      const problems = rows!.map((row) => String(Object.values(row)[0]));
      return problems.join() === "ok" ? { ok: true } : { ok: false, reason: problems.join("; ") };
    } catch (error) {
      return { ok: false, reason: String((error as Error).message) };
    }
  }

  #read<T>(operation: string, statement: Statement, use: (rows: Row[]) => T): Steps<T> {
    return map(this.#batch(operation, [statement], "read"), ([rows]) => use(rows!));
  }

  #putAlone(change: Put): Steps<CommitResult> {
    return map(this.#batch("commit", [statements.putAlone(change)], "write"), ([rows]) => ({
      version: versionOf(rows!),
      applied: [rows!.map(idOf)],
    }));
  }

  /** One transaction: each change's statements, of which the last returns the ids it affected. */
  #write(operation: string, changes: readonly (readonly Statement[])[]): Steps<CommitResult> {
    const batch = [statements.begin, ...changes.flat(), statements.version];
    return map(this.#batch(operation, batch, "write"), (results) => {
      let last = 0;
      const applied = changes.map((change) => {
        last += change.length;
        return results[last]!.map(idOf);
      });
      return { version: versionOf(results.at(-1)!), applied };
    });
  }

  *#batch(operation: string, batch: readonly Statement[], mode: "read" | "write"): Steps<Row[][]> {
    if (this.#driver === undefined) throw closedError(this.#closed);
    try {
      return yield* run(this.#driver, batch, mode);
    } catch (error) {
      throw translated(operation, error);
    }
  }
}

function* map<A, B>(steps: Steps<A>, use: (value: A) => B): Steps<B> {
  return use(yield* steps);
}

function* pages(first: Entry[], page: (after: number) => Entry[]): Iterable<Entry> {
  for (let entries = first; ; entries = page(entries.at(-1)!.id)) {
    yield* entries;
    if (entries.length < PAGE) return;
  }
}

async function* pagesAsync(first: Promise<Entry[]>, page: (after: number) => Awaitable<Entry[]>): AsyncIterable<Entry> {
  for (let entries = await first; ; entries = await page(entries.at(-1)!.id)) {
    yield* entries;
    if (entries.length < PAGE) return;
  }
}

function versionOf(rows: Row[]): number {
  return rows[0]!.version as number;
}

function idOf(row: Row): number {
  return row.id as number;
}

function firstIds({ applied }: CommitResult): number[] {
  return applied[0]!;
}

function closedError(closed: boolean): MnemeError {
  return closed
    ? new MnemeError("closed", "The sqlite store is closed.", "Open the database with a new store.")
    : new MnemeError("closed", "The sqlite store is not open yet.", "Call open() first.");
}
