import type { Row, SqlValue, SyncSqliteDriver } from "./sqlite-driver.ts";

/** What is used of a Durable Object's `ctx.storage`, when its class has SQLite. */
export interface DurableObjectStorage {
  readonly sql: { exec(sql: string, ...values: unknown[]): { toArray(): Record<string, unknown>[] } };
  transactionSync<T>(work: () => T): T;
}

/** The SQLite inside a Durable Object. It answers at once, so SemanticCacheSync runs there too. */
export function durableObjectSql(storage: DurableObjectStorage): () => SyncSqliteDriver {
  return () => ({
    name: "Durable Object",
    integrity: "PRAGMA quick_check", // the full one is not allowed there
    batch: (statements) =>
      storage.transactionSync(() =>
        statements.map(({ sql, parameters }) =>
          storage.sql
            .exec(sql, ...parameters)
            .toArray()
            .map(rowOf),
        ),
      ),
    close() {},
  });
}

function rowOf(result: Record<string, unknown>): Row {
  return Object.fromEntries(
    Object.entries(result).map(([column, value]) => [
      column,
      value instanceof ArrayBuffer ? new Uint8Array(value) : (value as SqlValue),
    ]),
  );
}
