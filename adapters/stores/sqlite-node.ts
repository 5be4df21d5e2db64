import type { DatabaseSync, StatementSync } from "node:sqlite";
import { MnemeError } from "../../src/index.ts";
import {
  driverOf,
  type OpenDriver,
  PEEK_SETTINGS,
  type Row,
  type SqlEngine,
  type SqlValue,
  type SyncSqliteDriver,
} from "./sqlite-driver.ts";
import { createPrivately, holdsDatabase, refuseImageLog } from "./sqlite-file.ts";

/** Whether this runtime has node:sqlite: Node ≥ 22.13, Deno, Bun. */
export function hasNodeSqlite(): boolean {
  return globalThis.process?.getBuiltinModule?.("node:sqlite") !== undefined;
}

/** A file (or ":memory:"), by the engine inside Node, Deno and Bun. */
export function nodeSqlite(path: string): OpenDriver<SyncSqliteDriver> {
  const open = (): SyncSqliteDriver => {
    if (!hasNodeSqlite()) throw noEngine();
    refuseImageLog(path);
    createPrivately(path);
    return connect(path);
  };
  const peek = (): SyncSqliteDriver | undefined => {
    if (!hasNodeSqlite()) throw noEngine();
    refuseImageLog(path);
    return holdsDatabase(path) ? connect(path, PEEK_SETTINGS) : undefined;
  };
  return Object.assign(open, { peek });
}

function connect(path: string, settings?: string): SyncSqliteDriver {
  // Asked at run time, not imported: bundlers and runtimes without node:sqlite must be able to load this file.
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  const database = new DatabaseSync(path);
  try {
    return driverOf(new NodeSqlite(database), settings);
  } catch (error) {
    database.close();
    throw error;
  }
}

function noEngine(): MnemeError {
  return new MnemeError(
    "unsupported",
    "This runtime has no SQLite of its own.",
    "Use Node 22.13 or newer, Deno or Bun; or give sqliteStore another engine: sqlJs(await initSqlJs(), fileImage(path)).",
  );
}

interface Prepared {
  readonly statement: StatementSync;
  /** The names of what it returns as arrays; undefined where this runtime returns objects only. */
  readonly columns: readonly string[] | undefined;
}

class NodeSqlite implements SqlEngine {
  readonly name = "node:sqlite";
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, Prepared>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  script(sql: string): void {
    this.#database.exec(sql);
  }

  all(sql: string, parameters: readonly SqlValue[]): Row[] {
    let prepared = this.#prepared.get(sql);
    if (prepared === undefined) {
      prepared = withColumns(this.#database.prepare(sql));
      this.#prepared.set(sql, prepared);
    }
    const { statement, columns } = prepared;
    const rows: unknown[] = statement.all(...parameters);
    return columns === undefined ? (rows as Row[]) : (rows as SqlValue[][]).map((values) => named(columns, values));
  }

  close(): void {
    this.#database.close();
  }
}

/** Arrays cost the runtime less to make than its objects, whose every name it looks up anew. */
function withColumns(statement: StatementSync): Prepared {
  if (typeof statement.setReturnArrays !== "function" || typeof statement.columns !== "function") {
    return { statement, columns: undefined };
  }
  statement.setReturnArrays(true);
  return { statement, columns: statement.columns().map(({ name }) => name) };
}

function named(columns: readonly string[], values: readonly SqlValue[]): Row {
  const row: Row = {};
  for (let i = 0; i < columns.length; i++) row[columns[i]!] = values[i]!;
  return row;
}
