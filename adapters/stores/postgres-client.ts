import { MnemeError } from "../../src/index.ts";

// What the store calls of a client. Every parameter and every column is a text or null, so that it does not matter how a
// client writes and reads numbers, dates, JSON or bytes.

export type Parameter = string | null;
export type Row = Record<string, string | null>;

export interface Statement {
  text: string;
  parameters: readonly Parameter[];
  /** It changes nothing: it may be sent again. */
  reads: boolean;
}

/** A Pool or Client of pg or of Neon's driver, or a PGlite. */
export interface QueryClient {
  query(text: string, parameters: Parameter[]): PromiseLike<{ rows: readonly object[] }>;
}

/** What `neon(url)` of Neon's driver returns: a query is a request by HTTP. */
export interface NeonClient {
  // biome-ignore lint/suspicious/noExplicitAny: a tag for templates, which is not called
  (...template: any[]): unknown;
  query(
    text: string,
    parameters: Parameter[],
    options: { arrayMode: false; fullResults: false; fetchOptions: { signal: AbortSignal | undefined } },
  ): PromiseLike<readonly object[]>;
}

/** What `postgres(url)` of postgres.js returns. */
export interface PostgresJsClient {
  // biome-ignore lint/suspicious/noExplicitAny: a tag for templates, which is not called
  (...template: any[]): unknown;
  unsafe(text: string, parameters: Parameter[], options: { prepare: true }): PromiseLike<readonly object[]>;
}

export type PostgresClient = QueryClient | NeonClient | PostgresJsClient;

/** The signal says that nobody waits any more, to clients that listen. */
export type Query = (statement: Statement, signal?: AbortSignal) => PromiseLike<readonly Row[]>;

/** Neon's by HTTP. The service keeps what the tables were, to go back to. */
export function isNeon(client: PostgresClient): boolean {
  return typeof client === "function" && typeof (client as Partial<NeonClient>).query === "function";
}

/** A PGlite: this process is the server, and its write-ahead log lies beside the tables. */
export function isPGlite(client: PostgresClient): boolean {
  return typeof client === "object" && "dumpDataDir" in client;
}

/** How this client is asked, by what it has. */
export function queryOf(client: PostgresClient): Query {
  const has = client as Partial<NeonClient & PostgresJsClient & QueryClient> | null | undefined;
  if (typeof client === "function" && typeof has?.query === "function") {
    const options = { arrayMode: false, fullResults: false } as const; // whatever the client was made with
    return ({ text, parameters }, signal) =>
      (client as NeonClient).query(text, [...parameters], {
        ...options,
        fetchOptions: { signal },
      }) as PromiseLike<readonly Row[]>;
  }
  if (typeof client === "function" && typeof has?.unsafe === "function") {
    // Prepared, unless the client was told not to: without, parameters cost it a second round trip.
    return ({ text, parameters }) =>
      (client as PostgresJsClient).unsafe(text, [...parameters], { prepare: true }) as PromiseLike<readonly Row[]>;
  }
  if (typeof client === "object" && typeof has?.query === "function") {
    return async ({ text, parameters }) => (await (client as QueryClient).query(text, [...parameters])).rows as Row[];
  }
  throw new MnemeError(
    "argument",
    `"client" expected a client of Postgres, got ${client === null ? "null" : typeof client}.`,
    "Give a Pool or Client of pg, what postgres(url) or neon(url) returns, or a PGlite.",
  );
}
