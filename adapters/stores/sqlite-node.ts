import type { DatabaseSync, StatementSync } from "node:sqlite";
import { MnemeError } from "../../src/index.ts";
import { driverOf, type Row, type SqlEngine, type SqlValue, type SyncSqliteDriver } from "./sqlite-driver.ts";
import { createPrivately, refuseImageLog } from "./sqlite-file.ts";

/** Whether this runtime has node:sqlite: Node ≥ 22.13, Deno, Bun. */
export function hasNodeSqlite(): boolean {
  return globalThis.process?.getBuiltinModule?.("node:sqlite") !== undefined;
}

/** A file (or ":memory:"), by the engine inside Node, Deno and Bun. */
export function nodeSqlite(path: string): () => SyncSqliteDriver {
  return () => {
    if (!hasNodeSqlite()) throw noEngine();
    refuseImageLog(path);
    createPrivately(path);
    // Asked at run time, not imported: bundlers and runtimes without node:sqlite must be able to load this file.
    const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
    return driverOf(new NodeSqlite(new DatabaseSync(path)));
  };
}

function noEngine(): MnemeError {
  return new MnemeError(
    "unsupported",
    "This runtime has no SQLite of its own.",
    "Use Node 22.13 or newer, Deno or Bun; or give sqliteStore another engine: sqlJs(await initSqlJs(), fileImage(path)).",
  );
}

class NodeSqlite implements SqlEngine {
  readonly name = "node:sqlite";
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
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
    return statement.all(...parameters) as Row[];
  }

  close(): void {
    this.#database.close();
  }
}
