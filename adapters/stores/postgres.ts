import {
  type Change,
  type ChangeFeed,
  type CommitResult,
  checkIdentity,
  type EngineSearch,
  type Entry,
  type Identity,
  MnemeError,
  type Nearby,
  type NearestWanted,
  type ScanOptions,
  type Store,
  type StoreCheck,
} from "../../src/index.ts";
import {
  isNeon,
  isPGlite,
  type PostgresClient,
  type Query,
  queryOf,
  type Row,
  type Statement,
} from "./postgres-client.ts";
import { isMissing, isOutage, isUndone, translated } from "./postgres-error.ts";
import { entryOf } from "./postgres-row.ts";
import { install, SCHEMA } from "./postgres-schema.ts";
import { type Scrub, scrubOf } from "./postgres-scrub.ts";
import { checkedHnsw, type HnswOptions, installSearch, MOST_NEIGHBOURS, nearest, rescored } from "./postgres-search.ts";
import { identityOf, type State, stateOf } from "./postgres-state.ts";
import { type Removal, Statements } from "./postgres-statements.ts";
import { Link, type Patience } from "./store-link.ts";
import { unescaped } from "./store-text.ts";

export type { NeonClient, PostgresClient, PostgresJsClient, QueryClient } from "./postgres-client.ts";
export type { HnswOptions } from "./postgres-search.ts";
export type { Patience } from "./store-link.ts";

export interface PostgresStoreOptions extends Patience {
  /** A Pool or Client of pg or of Neon's driver, what `postgres(url)` or `neon(url)` returns, or a PGlite. It stays yours. */
  client: PostgresClient;
  /** The store's own schema, made by the first `open`: letters, digits and underscores. By default "mneme". */
  schema?: string;
  /**
   * "pgvector": also in a column that the engine searches by itself, with an index of its own; the store then has `search`. By
   * default "bytes": for indexes in the cache's own process alone.
   */
  vectors?: "bytes" | "pgvector";
  hnsw?: HnswOptions;
}

/** How often a statement is sent again that the server undid because of other transactions. */
const ATTEMPTS = 10;

/** The Store Protocol in a schema of a Postgres database. Each method is one round trip, a commit one transaction. */
export function postgresStore(options: PostgresStoreOptions): Store {
  const { client, schema = "mneme", vectors = "bytes", hnsw, ...patience } = options ?? {};
  const query = queryOf(client);
  if (typeof schema !== "string" || !/^[a-z_][a-z0-9_]{0,62}$/i.test(schema) || /^pg_/i.test(schema)) {
    throw new MnemeError(
      "argument",
      '"schema" expected a name of letters, digits and underscores, at most 63, not beginning with a digit or "pg_".',
      'For example "mneme".',
    );
  }
  if (vectors !== "bytes" && vectors !== "pgvector") {
    throw new MnemeError("argument", `"vectors" expected "bytes" or "pgvector".`, 'Leave it out for "bytes".');
  }
  return new PostgresStore(
    query,
    new Link("postgres", patience),
    schema,
    vectors === "pgvector" ? checkedHnsw(hnsw) : undefined,
    isNeon(client) ? undefined : scrubOf(schema, isPGlite(client)),
  );
}

class PostgresStore implements Store {
  readonly name = "postgres";
  readonly #query: Query;
  readonly #link: Link;
  readonly #schema: string;
  readonly #statements: Statements;
  readonly #hnsw: Required<HnswOptions> | undefined;
  readonly search: EngineSearch | undefined;
  readonly scrub: (() => Promise<void>) | undefined;
  #state: "new" | "open" | "closed" = "new";
  #dimensions = 0;

  constructor(
    query: Query,
    link: Link,
    schema: string,
    hnsw: Required<HnswOptions> | undefined,
    scrub: Scrub | undefined,
  ) {
    this.#query = query;
    this.#link = link;
    this.#schema = schema;
    this.#hnsw = hnsw;
    this.search = hnsw && { nearest: (query, wanted) => this.#nearest(query, wanted, hnsw) };
    this.scrub = scrub && (() => this.#scrub(scrub));
    this.#statements = new Statements(schema);
  }

  async identify(): Promise<Identity | undefined> {
    if (this.#state === "closed") throw closedError(true);
    try {
      const stamp = (await this.#readState())?.identity;
      return stamp == null ? undefined : identityOf(stamp);
    } catch (failure) {
      throw translated("identify", failure);
    }
  }

  async open({ fingerprint, dimensions }: Identity): Promise<void> {
    if (this.#state === "closed") throw closedError(true);
    const identity = { fingerprint, dimensions };
    const search = this.#hnsw && installSearch(this.#schema, dimensions, this.#hnsw);
    try {
      let state = await this.#readState();
      if (state === undefined || state.schema < SCHEMA || state.identity === null)
        state = await this.#install(identity);
      checkIdentity("postgres", identityOf(state.identity!), identity);
      if (search && state.search === null) await this.#patiently(search); // to index what is there
    } catch (failure) {
      throw translated("open", failure);
    }
    if (this.#isClosed()) throw closedError(true);
    this.#dimensions = dimensions;
    this.#state = "open";
  }

  async get(namespace: string, key: string): Promise<Entry | undefined> {
    const [row] = await this.#ask("get", this.#statements.get(namespace, key));
    return row && entryOf(row);
  }

  async getMany(ids: readonly number[]): Promise<(Entry | undefined)[]> {
    const asked = [...ids];
    const rows = await this.#ask("getMany", this.#statements.getMany(asked));
    const byId = new Map(rows.map((row) => [Number(row.id), row]));
    return asked.map((id) => {
      const row = byId.get(id);
      return row && entryOf(row);
    });
  }

  async *scan(options: ScanOptions = {}): AsyncIterable<Entry> {
    for (let after = options.after ?? 0; ; ) {
      const rows = await this.#ask("scan", this.#statements.page(options, after));
      for (const row of rows) yield entryOf(row);
      const last = rows.at(-1);
      if (last?.more !== "true") return;
      after = Number(last.id);
    }
  }

  async oldest(n: number, namespace?: string): Promise<number[]> {
    return (await this.#ask("oldest", this.#statements.oldest(n, namespace))).map(({ id }) => Number(id));
  }

  async count(namespace?: string): Promise<number> {
    return Number(await this.#cell("count", this.#statements.count(namespace), "n"));
  }

  async namespaces(): Promise<string[]> {
    const rows = await this.#ask("namespaces", this.#statements.namespaces());
    return rows.map(({ namespace }) => unescaped(namespace!)).sort();
  }

  commit(changes: readonly Change[]): Promise<CommitResult> {
    return this.#write("commit", changes);
  }

  async removeExpired(now: number, namespace?: string): Promise<number[]> {
    return (await this.#write("removeExpired", [{ expire: now, namespace }])).applied[0]!;
  }

  async clear(namespace?: string): Promise<number> {
    return (await this.#write("clear", [{ clear: true, namespace }])).applied[0]!.length;
  }

  async version(): Promise<number> {
    return Number(await this.#cell("version", this.#statements.version(), "version"));
  }

  async changesSince(version: number): Promise<ChangeFeed | undefined> {
    const knowable = Number.isSafeInteger(version) && version >= 0;
    const rows = await this.#ask("changesSince", this.#statements.changesSince(knowable ? version : 0));
    const head = rows.at(-1)?.head;
    if (head == null || !knowable) return undefined;
    return { ...(JSON.parse(head) as { version: number; removed: number[] }), puts: rows.slice(0, -1).map(entryOf) };
  }

  async getMeta(key: string): Promise<string | undefined> {
    const [row] = await this.#ask("getMeta", this.#statements.getMeta(key));
    return row && unescaped(row.value!);
  }

  async getMetas(keys: readonly string[]): Promise<(string | undefined)[]> {
    const asked = [...keys];
    const rows = await this.#ask("getMetas", this.#statements.getMetas(asked));
    const values = new Map(rows.map(({ key, value }) => [unescaped(key!), unescaped(value!)]));
    return asked.map((key) => values.get(key));
  }

  async setMeta(key: string, value: string): Promise<void> {
    await this.#ask("setMeta", this.#statements.setMeta(key, value));
  }

  async swapMeta(key: string, before: string | undefined, after: string): Promise<boolean> {
    return (await this.#cell("swapMeta", this.#statements.swapMeta(key, before, after), "done")) === "1";
  }

  async check(): Promise<StoreCheck> {
    try {
      const problems = (await this.#ask("check", this.#statements.integrity())).map(({ problem }) => problem);
      return problems.length === 0 ? { ok: true } : { ok: false, reason: `${problems.join("; ")}.` };
    } catch (error) {
      return { ok: false, reason: (error as Error).message };
    }
  }

  async close(): Promise<void> {
    this.#state = "closed";
  }

  async #scrub(scrub: Scrub): Promise<void> {
    if (this.#state !== "open") throw closedError(this.#isClosed());
    try {
      await scrub((statement) => this.#patiently(statement));
    } catch (failure) {
      throw translated("scrub", failure);
    }
  }

  /** Undefined when there are no tables. */
  async #readState(): Promise<State | undefined> {
    try {
      return stateOf(await this.#send(this.#statements.readState()));
    } catch (failure) {
      if (isMissing(failure)) return undefined;
      throw failure;
    }
  }

  async #install(identity: Identity): Promise<State> {
    await this.#send({ text: install(this.#schema), parameters: [], reads: false });
    return stateOf(await this.#send(this.#statements.stamp(JSON.stringify(identity))));
  }

  async #nearest(query: Float32Array, asked: NearestWanted, hnsw: Required<HnswOptions>): Promise<Nearby[]> {
    if (this.#state === "open" && query.length !== this.#dimensions) {
      throw new MnemeError(
        "dimension",
        `The query has ${query.length} dimensions, the store ${this.#dimensions}.`,
        "Embed it with the embedder that filled the store.",
      );
    }
    const vector = query.slice();
    const any = asked.k >= 1 && !Number.isNaN(asked.threshold);
    const wanted = { ...asked, k: any ? Math.min(Math.floor(asked.k), MOST_NEIGHBOURS) : 0 };
    if (!any && asked.key === undefined) return [];
    const rows = await this.#ask("nearest", nearest(this.#schema, vector, wanted, hnsw));
    return rescored(rows.map(entryOf), vector, wanted);
  }

  async #write(operation: string, changes: readonly (Change | Removal)[]): Promise<CommitResult> {
    return JSON.parse(await this.#cell(operation, this.#statements.write(changes), "result")) as CommitResult;
  }

  /** Of what always has a row, and a text in it. */
  async #cell(operation: string, statement: Statement, column: string): Promise<string> {
    const [row] = await this.#ask(operation, statement);
    const text = row?.[column];
    if (text != null) return text;
    const problem = `The postgres store got no answer in ${operation}, only an end of it.`;
    throw new MnemeError("store", problem, "See what stands between the client and the server.");
  }

  async #ask(operation: string, statement: Statement): Promise<readonly Row[]> {
    if (this.#state !== "open") throw closedError(this.#isClosed());
    try {
      return await this.#send(statement);
    } catch (failure) {
      throw translated(operation, failure);
    }
  }

  /** The way of all that is asked. What the server refuses is an answer, too: it is there. */
  async #send(statement: Statement): Promise<readonly Row[]> {
    const attempt = (signal: AbortSignal): Promise<Answer> => this.#attempt(statement, signal);
    return rowsOf(await (statement.reads ? this.#link.read(attempt) : this.#link.write(attempt)));
  }

  /** What takes as long as there is much stored. */
  async #patiently(statement: Statement): Promise<readonly Row[]> {
    return rowsOf(await this.#attempt(statement, new AbortController().signal));
  }

  /** What other transactions made the server undo is sent again, as long as somebody waits for it. */
  async #attempt(statement: Statement, signal: AbortSignal): Promise<Answer> {
    for (let left = ATTEMPTS; ; left--) {
      try {
        return { rows: await this.#query(statement, signal) };
      } catch (failure) {
        if (isOutage(failure)) throw failure;
        if (left === 1 || signal.aborted || !isUndone(failure)) return { refusal: failure };
      }
    }
  }

  /** Asked anew after every wait: someone may have closed it meanwhile. */
  #isClosed(): boolean {
    return this.#state === "closed";
  }
}

type Answer = { rows: readonly Row[] } | { refusal: unknown };

function rowsOf(answer: Answer): readonly Row[] {
  if ("refusal" in answer) throw answer.refusal;
  return answer.rows;
}

function closedError(closed: boolean): MnemeError {
  return closed
    ? new MnemeError("closed", "The postgres store is closed.", "Open the schema with a new store.")
    : new MnemeError("closed", "The postgres store is not open yet.", "Call open() first.");
}
