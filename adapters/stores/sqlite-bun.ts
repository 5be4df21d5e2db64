import { driverOf, type Row, type SqlValue, type SyncSqliteDriver } from "./sqlite-driver.ts";

/** What is used of a `Database` of bun:sqlite. */
export interface BunDatabase {
  query(sql: string): { all(...parameters: SqlValue[]): unknown[] };
  run(sql: string): unknown;
  readonly inTransaction: boolean;
}

/** Your database of bun:sqlite. It stays yours: closing the store does not close it. */
export function bunSqlite(database: BunDatabase): () => SyncSqliteDriver {
  return () =>
    driverOf({
      name: "bun:sqlite",
      script: (sql) => {
        for (const statement of sql.split(";")) if (statement.trim() !== "") database.run(statement);
      },
      all: (sql, parameters) => database.query(sql).all(...parameters) as Row[],
      inTransaction: () => database.inTransaction,
      close: () => {},
    });
}
