import {
  driverOf,
  type OpenDriver,
  type Row,
  type SqlEngine,
  type SqlValue,
  type SyncSqliteDriver,
} from "./sqlite-driver.ts";

/** What is used of a `Database` of bun:sqlite. */
export interface BunDatabase {
  query(sql: string): { all(...parameters: SqlValue[]): unknown[] };
  run(sql: string): unknown;
  readonly inTransaction: boolean;
}

/** Your database of bun:sqlite. It stays yours: closing the store does not close it. */
export function bunSqlite(database: BunDatabase): OpenDriver<SyncSqliteDriver> {
  const engine: SqlEngine = {
    name: "bun:sqlite",
    script: (sql) => {
      for (const statement of sql.split(";")) if (statement.trim() !== "") database.run(statement);
    },
    all: (sql, parameters) => database.query(sql).all(...parameters) as Row[],
    inTransaction: () => database.inTransaction,
    close: () => {},
  };
  return Object.assign(() => driverOf(engine), { peek: () => driverOf(engine, "") });
}
