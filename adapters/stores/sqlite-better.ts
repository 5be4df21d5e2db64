import {
  driverOf,
  type OpenDriver,
  type Row,
  type SqlEngine,
  type SqlValue,
  type SyncSqliteDriver,
} from "./sqlite-driver.ts";

/** What is used of a `Database` of better-sqlite3. */
export interface BetterDatabase {
  prepare(sql: string): BetterStatement;
  exec(sql: string): unknown;
  readonly inTransaction: boolean;
}
interface BetterStatement {
  /** Whether it returns rows. */
  readonly reader: boolean;
  all(...parameters: unknown[]): unknown[];
  run(...parameters: unknown[]): unknown;
}

/** Your database of better-sqlite3. It stays yours: closing the store does not close it. */
export function betterSqlite3(database: BetterDatabase): OpenDriver<SyncSqliteDriver> {
  const prepared = new Map<string, { statement: BetterStatement; numbered: boolean }>();
  const engine: SqlEngine = {
    name: "better-sqlite3",
    script: (sql) => void database.exec(sql),
    all: (sql, parameters) => {
      let known = prepared.get(sql);
      if (known === undefined) {
        known = { statement: database.prepare(sql), numbered: /\?\d/.test(sql) };
        prepared.set(sql, known);
      }
      const { statement, numbered } = known;
      const bound = numbered ? [byNumber(parameters)] : parameters;
      if (statement.reader) return statement.all(...bound) as Row[];
      statement.run(...bound);
      return [];
    },
    inTransaction: () => database.inTransaction,
    close: () => {},
  };
  return Object.assign(() => driverOf(engine), { peek: () => driverOf(engine, "") });
}

/** It takes ?1, ?2, … for names. */
function byNumber(parameters: readonly SqlValue[]): Record<number, SqlValue> {
  return Object.fromEntries(parameters.map((value, index) => [index + 1, value]));
}
