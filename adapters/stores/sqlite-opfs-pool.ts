import { MnemeError } from "../../src/index.ts";
import type { SqlValue } from "./sqlite-driver.ts";

// The opfs-sahpool VFS of the sqlite3 module holds every file of its pool by an exclusive handle, from the moment the pool is
// installed: a pool is one worker's at a time.

/** What is used of the `sqlite3` object of @sqlite.org/sqlite-wasm. */
export interface WasmSqlite3 {
  readonly version: { readonly libVersionNumber: number };
  installOpfsSAHPoolVfs(options: PoolOptions): Promise<Pool>;
}
interface PoolOptions {
  name: string;
  directory: string;
  initialCapacity: number;
  preserveOnInitFailure: boolean;
  forceReinitIfPreviouslyFailed: boolean;
  verbosity: number;
}
interface Pool {
  readonly OpfsSAHPoolDb: new (path: string) => WasmDatabase;
  reserveMinimumCapacity(files: number): Promise<number>;
  pauseVfs(): unknown;
  unpauseVfs(): Promise<unknown>;
}
export interface WasmDatabase {
  exec(sql: string): unknown;
  prepare(sql: string): WasmStatement;
  close(): void;
}
export interface WasmStatement {
  bind(values: readonly SqlValue[]): unknown;
  step(): boolean;
  get(into: SqlValue[]): unknown[];
  getColumnNames(): string[];
  resetNoThrow(alsoClearBinds: boolean): unknown;
  finalize(): unknown;
}

/** From here on a pool that cannot be had is left as it is. Before, sqlite3 deleted it: all of another tab's data. */
const OLDEST = 3_054_000;
/** The database, its journal, and two to spare. */
const FILES = 4;
/** As long as engines on files wait for a lock. A page that reloads gets what its former self held within milliseconds. */
const WAIT_MS = 5000;
const RETRY_MS = 50;

/** A pool that is this worker's alone until it is released. */
export interface TakenPool {
  readonly pool: Pool;
  /** Lets go of the files, all of which must be closed. */
  release(): void;
}

/** Whether a pool was ever made: its folder is there. */
export async function poolExists(name: string): Promise<boolean> {
  const folder = await navigator.storage.getDirectory();
  try {
    await folder.getDirectoryHandle(name);
    return true;
  } catch (error) {
    if ((error as Error).name === "NotFoundError") return false;
    throw error;
  }
}

export async function takePool(sqlite3: WasmSqlite3, name: string): Promise<TakenPool> {
  checkPlace(sqlite3);
  const deadline = Date.now() + WAIT_MS;
  const unlock = await lock(name);
  for (;;) {
    let pool: Pool | undefined;
    try {
      pool = await sqlite3.installOpfsSAHPoolVfs({
        name,
        directory: name,
        initialCapacity: FILES,
        preserveOnInitFailure: true,
        forceReinitIfPreviouslyFailed: true,
        verbosity: 0,
      });
      await pool.unpauseVfs();
      await pool.reserveMinimumCapacity(FILES); // a browser that was killed while it made them left fewer
    } catch (error) {
      pool?.pauseVfs();
      // The lock is ours, but the browser may not have closed the handles of the worker that had it.
      if (isHeld(error) && Date.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
        continue;
      }
      unlock();
      throw isHeld(error) ? heldElsewhere(name, error) : error;
    }
    const taken = pool;
    const release = (): void => {
      taken.pauseVfs();
      unlock();
    };
    return { pool, release };
  }
}

/** Waits in line for the pool; the browser passes the lock on when its worker has gone. Answers what gives it back. */
function lock(name: string): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const held = (): Promise<void> => new Promise((release) => resolve(release));
    navigator.locks
      .request(name, { signal: AbortSignal.timeout(WAIT_MS) }, held)
      .catch((error) => reject(heldElsewhere(name, error)));
  });
}

function checkPlace({ version }: WasmSqlite3): void {
  if (
    !("createSyncAccessHandle" in (globalThis.FileSystemFileHandle?.prototype ?? {})) ||
    navigator.storage?.getDirectory === undefined ||
    navigator.locks === undefined
  ) {
    throw new MnemeError(
      "unsupported",
      "SQLite on OPFS needs a dedicated worker of a browser that has synchronous file handles; this is none.",
      "Open the store in a Worker (not in the page, nor in a shared or service worker), or use indexedDBStore.",
    );
  }
  if (version.libVersionNumber < OLDEST) {
    throw new MnemeError(
      "unsupported",
      "This version of @sqlite.org/sqlite-wasm deletes a database that another tab has open.",
      "Update it to 3.54 or newer.",
    );
  }
}

function isHeld(error: unknown): boolean {
  return (error as Error | undefined)?.name === "NoModificationAllowedError";
}

function heldElsewhere(name: string, cause: unknown): MnemeError {
  return new MnemeError(
    "store",
    `The sqlite store failed in open. Another tab or worker has the OPFS database "${name}" open.`,
    "Close it there, let one tab's worker serve the others, or use indexedDBStore, which tabs share.",
    { cause },
  );
}
