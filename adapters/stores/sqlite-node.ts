import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Row, SqliteDriver, SqlValue } from "./sqlite-driver.ts";

/** The engine inside Node ≥ 22.5 and Deno; undefined where there is none. */
export function nodeSqlite(path: string): SqliteDriver | undefined {
  // Asked at run time, not imported: bundlers and runtimes without node:sqlite must be able to load this file.
  const sqlite = process.getBuiltinModule?.("node:sqlite");
  const fs = process.getBuiltinModule?.("node:fs");
  if (sqlite === undefined || fs === undefined) return undefined;
  // SQLite would create the file readable for all; its -wal and -shm copy the mode of the file.
  if (path !== ":memory:") fs.closeSync(fs.openSync(path, "a", 0o600));
  return new NodeSqlite(new sqlite.DatabaseSync(path));
}

class NodeSqlite implements SqliteDriver {
  readonly name = "node:sqlite";
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  script(sql: string): void {
    this.#database.exec(sql);
  }

  all(sql: string, ...parameters: SqlValue[]): Row[] {
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
