import { type Awaitable, MnemeError } from "../../src/index.ts";

export type SqlValue = string | number | null | Uint8Array;
export type Row = Record<string, SqlValue>;

export interface Statement {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

/** What `sqliteStore` needs of an engine. One small file an engine implements it. */
export interface SqliteDriver {
  /** The engine's name, for error messages. */
  readonly name: string;
  /**
   * Runs all statements in one transaction, or none of them; answers the rows of each, whose blobs become the store's
   * own. "write" takes the write lock at the start, so that it waits for other writers there and never fails half-way for
   * want of it.
   */
  batch(statements: readonly Statement[], mode: "read" | "write"): Awaitable<Row[][]>;
  /** Writes a consistent copy into a new, empty file. */
  readonly snapshot?: ((path: string) => Awaitable<void>) | undefined;
  /** Leaves nothing in its files of what was removed or overwritten. */
  readonly scrub?: (() => Awaitable<void>) | undefined;
  /** The statement that checks the database, where it is not PRAGMA integrity_check. */
  readonly integrity?: string;
  close(): Awaitable<void>;
}

/** A driver that answers at once: what SemanticCacheSync needs. */
export interface SyncSqliteDriver extends SqliteDriver {
  batch(statements: readonly Statement[], mode: "read" | "write"): Row[][];
  close(): void;
}

/** What opens an engine's database, making it where there is none. */
export interface OpenDriver<D extends Awaitable<SqliteDriver>> {
  (): D;
  /**
   * Opens it to look what is there, and changes nothing by that; undefined where there is nothing. Left out by engines whose
   * opening makes nothing.
   */
  readonly peek?: (() => Awaitable<SqliteDriver | undefined>) | undefined;
}

/** An engine that runs one statement at a time and answers at once. */
export interface SqlEngine {
  readonly name: string;
  /** Runs statements without parameters. */
  script(sql: string): void;
  /** Runs one statement, kept prepared by its text. */
  all(sql: string, parameters: readonly SqlValue[]): Row[];
  /** Where others use the connection too: whether one of them has begun a transaction. */
  inTransaction?(): boolean;
  close(): void;
}

/**
 * In a write-ahead log readers and a writer do not wait for each other; a process may be killed at any moment. The log is
 * folded into the file every 4,000 pages (16 MB) instead of 1,000: a page that many commits wrote is then copied once, and
 * one put in some 500 waits for it instead of one in 120. The page cache (16 MB) holds the inner pages of every index.
 */
export const FILE_SETTINGS = `PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
  PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 16777216; PRAGMA cache_size = -16000;`;

/** For looking at a database that may be another program's: how it is kept stays as it is. */
export const PEEK_SETTINGS = "PRAGMA busy_timeout = 5000;";

/** The transactions of an engine that has none ready-made. */
export function driverOf(engine: SqlEngine, settings: string = FILE_SETTINGS): SyncSqliteDriver {
  engine.script(settings);
  const run = (statements: readonly Statement[]): Row[][] =>
    statements.map(({ sql, parameters }) => engine.all(sql, parameters));
  let unended = false; // a transaction of ours that could not be rolled back yet
  return {
    name: engine.name,
    batch(statements, mode) {
      if (unended) rollBack(engine);
      unended = false;
      // One statement is its own transaction; but in another's it would go when that does.
      if (statements.length === 1 && !(mode === "write" && engine.inTransaction?.())) return run(statements);
      try {
        engine.all(mode === "write" ? "BEGIN IMMEDIATE" : "BEGIN", []);
        const rows = run(statements);
        engine.all("COMMIT", []);
        return rows;
      } catch (error) {
        if (isCallers(error)) throw error;
        try {
          rollBack(engine);
        } catch {
          unended = true; // the failure that led here is the one to tell
        }
        throw error;
      }
    },
    snapshot: (path) => void engine.all("VACUUM INTO ?1", [path]), // reads in a transaction of its own: writers go on
    scrub: () => scrub(engine),
    close: () => engine.close(),
  };
}

/**
 * Every page is written anew, from the rows there are; the old ones are overwritten, cut off, or go with the log. What stands in
 * the way of that shows in the first folding of the log, before all is copied.
 */
function scrub(engine: SqlEngine): void {
  if (engine.inTransaction?.()) throw new Error("cannot VACUUM from within a transaction");
  foldLog(engine);
  engine.all("VACUUM", []);
  foldLog(engine);
  const [{ journal_mode: mode } = {}] = engine.all("PRAGMA main.journal_mode", []);
  if (mode !== "persist") return;
  // Someone has chosen to keep the file of old pages: it goes when another mode is set.
  for (const other of ["DELETE", "PERSIST"]) engine.all(`PRAGMA main.journal_mode = ${other}`, []);
}

/** Into the file, and leaves it empty. Where there is no write-ahead log, it does nothing. */
function foldLog(engine: SqlEngine): void {
  const [row] = engine.all("PRAGMA main.wal_checkpoint(TRUNCATE)", []);
  if (row?.busy === 0) return;
  throw new MnemeError(
    "store",
    "The sqlite store failed in scrub. Another connection is in a transaction: what it may read stays in the files.",
    "End that transaction, in whichever process it is; then scrub again.",
  );
}

/** Whoever owns the database has begun a transaction, which is not ours to end. */
function isCallers(error: unknown): boolean {
  return String(error).includes("within a transaction");
}

/** Some failures (a full disk) end the transaction by themselves; then there is nothing to roll back. */
function rollBack(engine: SqlEngine): void {
  try {
    engine.script("ROLLBACK");
  } catch (error) {
    if (!String(error).includes("no transaction")) throw error;
  }
}
