import { MnemeError } from "../../src/index.ts";
import {
  driverOf,
  type OpenDriver,
  type Row,
  type SqlEngine,
  type SqlValue,
  type SyncSqliteDriver,
} from "./sqlite-driver.ts";
import {
  poolExists,
  type TakenPool,
  takePool,
  type WasmDatabase,
  type WasmSqlite3,
  type WasmStatement,
} from "./sqlite-opfs-pool.ts";

export type { WasmSqlite3 };

/**
 * Nobody else can have the file, so it is locked once and for all: its pages stay valid in memory, and reading one entry
 * touches no file. A write-ahead log would be outside of what an export of the file has in it.
 */
const OPFS_SETTINGS = "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL;";
const FILE = "/mneme.db";

/**
 * A database of this name in the browser's origin-private file system, by your initialised `sqlite3` of
 * @sqlite.org/sqlite-wasm, in a dedicated worker. Stores of one worker share it; another tab waits until all have closed.
 */
export function opfsSqlite(sqlite3: WasmSqlite3, name: string): OpenDriver<Promise<SyncSqliteDriver>> {
  if (typeof name !== "string" || !/^[\w.-]{1,100}$/.test(name)) {
    throw new MnemeError(
      "argument",
      "opfsSqlite expected a name of up to 100 letters, digits, dots, dashes and underscores.",
      'For example "answers".',
    );
  }
  const pool = `mneme-${name}`;
  return Object.assign(() => share(sqlite3, pool), {
    peek: async () => ((await poolExists(pool)) ? share(sqlite3, pool) : undefined),
  });
}

interface Shared {
  users: number;
  driver: Promise<SyncSqliteDriver>;
}
const open = new WeakMap<WasmSqlite3, Map<string, Shared>>();

/** The one connection of this worker to a database: made for the first store, closed after the last. */
async function share(sqlite3: WasmSqlite3, name: string): Promise<SyncSqliteDriver> {
  const named = open.get(sqlite3) ?? new Map<string, Shared>();
  open.set(sqlite3, named);
  const shared = named.get(name) ?? { users: 0, driver: connect(sqlite3, name) };
  named.set(name, shared);
  shared.users++;
  try {
    const driver = await shared.driver;
    return {
      ...driver,
      snapshot: undefined, // there is no file to write to
      close() {
        if (--shared.users > 0) return;
        named.delete(name);
        driver.close();
      },
    };
  } catch (error) {
    if (named.get(name) === shared) named.delete(name);
    throw error;
  }
}

async function connect(sqlite3: WasmSqlite3, name: string): Promise<SyncSqliteDriver> {
  const taken = await takePool(sqlite3, name);
  let engine: OpfsSqlite | undefined;
  try {
    engine = new OpfsSqlite(taken);
    return driverOf(engine, OPFS_SETTINGS);
  } catch (error) {
    if (engine === undefined) taken.release();
    else engine.close();
    throw error;
  }
}

class OpfsSqlite implements SqlEngine {
  readonly name = "SQLite on OPFS";
  readonly #taken: TakenPool;
  readonly #database: WasmDatabase;
  readonly #statements = new Map<string, WasmStatement>();

  constructor(taken: TakenPool) {
    this.#taken = taken;
    this.#database = new taken.pool.OpfsSAHPoolDb(FILE);
  }

  script(sql: string): void {
    this.#database.exec(sql);
  }

  all(sql: string, parameters: readonly SqlValue[]): Row[] {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    try {
      if (parameters.length > 0) statement.bind(parameters);
      const rows: Row[] = [];
      let columns: string[] | undefined;
      while (statement.step()) {
        columns ??= statement.getColumnNames();
        const values = statement.get([]) as SqlValue[];
        rows.push(Object.fromEntries(columns.map((column, i) => [column, values[i]!])));
      }
      return rows;
    } finally {
      statement.resetNoThrow(true); // what made a step fail is told by the step
    }
  }

  close(): void {
    for (const statement of this.#statements.values()) statement.finalize();
    this.#database.close();
    this.#taken.release();
  }
}
