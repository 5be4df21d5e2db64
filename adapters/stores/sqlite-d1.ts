import type { Row, SqliteDriver, SqlValue, Statement } from "./sqlite-driver.ts";

/** What is used of a D1 binding. */
export interface D1 {
  prepare(sql: string): D1Statement;
  batch(statements: D1Statement[]): Promise<{ results: Record<string, unknown>[] }[]>;
}
interface D1Statement {
  bind(...values: unknown[]): D1Statement;
}

/** A Cloudflare D1 database, `env.DB`. One commit is one batch, which D1 runs as one transaction. */
export function d1(database: D1): () => SqliteDriver {
  const prepare = ({ sql, parameters }: Statement): D1Statement => database.prepare(sql).bind(...parameters);
  return () => ({
    name: "D1",
    integrity: "PRAGMA quick_check", // the full one is not allowed there
    async batch(statements) {
      const answers = await database.batch(statements.map(prepare));
      return answers.map(({ results }) => results.map(rowOf));
    },
    close() {},
  });
}

/** D1 gives a blob back as an array of numbers. */
function rowOf(result: Record<string, unknown>): Row {
  return Object.fromEntries(
    Object.entries(result).map(([column, value]) => [
      column,
      Array.isArray(value) ? Uint8Array.from(value as number[]) : (value as SqlValue),
    ]),
  );
}
