import {
  type Change,
  type ChangeFeed,
  type CommitResult,
  checkIdentity,
  type Entry,
  type Identity,
  MnemeError,
  type ScanOptions,
  type Store,
  type StoreCheck,
} from "../../src/index.ts";
import { Connection, loadAws } from "./dynamodb-client.ts";
import { nameOf, translated, verdictOf } from "./dynamodb-error.ts";
import { digestsOf, packed } from "./dynamodb-items.ts";
import { digest, keyOf, Layout } from "./dynamodb-layout.ts";
import { checkOptions, type DynamoDBStoreOptions } from "./dynamodb-options.ts";
import type { PackedChange } from "./dynamodb-plan.ts";
import { Reader } from "./dynamodb-reader.ts";
import { newState, presentState, readState, type State } from "./dynamodb-state.ts";
import { Table } from "./dynamodb-table.ts";
import { transact } from "./dynamodb-transaction.ts";
import { Writer } from "./dynamodb-writer.ts";
import { Link } from "./store-link.ts";

export type { AwsDynamoDB, DynamoDBClient } from "./dynamodb-client.ts";
export type { DynamoDBStoreOptions } from "./dynamodb-options.ts";
export type { Patience } from "./store-link.ts";

/**
 * The Store Protocol in a table of Amazon DynamoDB, by `@aws-sdk/client-dynamodb` version 3. All reads are strongly
 * consistent; a commit is one transaction.
 */
export function dynamodbStore(options: DynamoDBStoreOptions): Store {
  checkOptions(options);
  return new DynamoDBStore({ ...options });
}

/** What an open store works with. */
interface Parts {
  table: Table;
  reader: Reader;
  writer: Writer;
}

class DynamoDBStore implements Store {
  readonly name = "dynamodb";
  readonly #options: DynamoDBStoreOptions;
  readonly #layout: Layout;
  readonly #link: Link;
  #table: Table | undefined;
  #parts: Parts | undefined;
  #opening: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: DynamoDBStoreOptions) {
    this.#options = options;
    this.#layout = new Layout(options.prefix ?? "mneme");
    this.#link = new Link("dynamodb", options, undefined, verdictOf);
  }

  identify(): Promise<Identity | undefined> {
    return this.#told("identify", async () => {
      if (this.#closed) throw closedError(true);
      const state = await this.#stateThere(await this.#connected());
      return state && { fingerprint: state.fingerprint, dimensions: state.dimensions };
    });
  }

  /** One after the other: two at once would make two clients. */
  open({ fingerprint, dimensions }: Identity): Promise<void> {
    const opened = this.#opening.then(() => this.#told("open", () => this.#open({ fingerprint, dimensions })));
    this.#opening = opened.catch(() => {});
    return opened;
  }

  get(namespace: string, key: string): Promise<Entry | undefined> {
    return this.#run("get", ({ reader }) => reader.get(namespace, key));
  }

  getMany(ids: readonly number[]): Promise<(Entry | undefined)[]> {
    const own = [...ids];
    return this.#run("getMany", ({ reader }) => reader.getMany(own));
  }

  async *scan(options: ScanOptions = {}): AsyncIterable<Entry> {
    const own = { ...options };
    let pages: AsyncIterator<Entry[]> | undefined;
    for (;;) {
      const { value, done } = await this.#run("scan", async ({ reader }) => {
        pages ??= reader.scan(own)[Symbol.asyncIterator]();
        return pages.next();
      });
      if (done) return;
      for (const entry of value as Entry[]) {
        if (this.#closed) throw closedError(true);
        yield entry;
      }
    }
  }

  oldest(n: number, namespace?: string): Promise<number[]> {
    return this.#run("oldest", ({ reader }) => reader.oldest(n, namespace));
  }

  count(namespace?: string): Promise<number> {
    return this.#run("count", ({ reader }) => reader.count(namespace));
  }

  namespaces(): Promise<string[]> {
    return this.#run("namespaces", ({ reader }) => reader.namespaces());
  }

  async commit(changes: readonly Change[]): Promise<CommitResult> {
    const own = Promise.all(changes.map(ownedChange)); // at once: when this returns, they are the caller's again
    own.catch(() => {}); // a store that is closed says that first
    return this.#run("commit", async ({ writer }) => {
      const digested = await own;
      return writer.commit(async () => digested);
    });
  }

  removeExpired(now: number, namespace?: string): Promise<number[]> {
    return this.#run("removeExpired", async ({ reader, writer }) => {
      const { applied } = await writer.commit(async () => [
        { remove: await reader.expired(now, namespace), when: { expiredAt: now } },
      ]);
      return applied[0]!;
    });
  }

  clear(namespace?: string): Promise<number> {
    return this.#run("clear", async ({ reader, writer }) => {
      const { applied } = await writer.commit(async () => [{ remove: await reader.ids(namespace) }]);
      return applied[0]!.length;
    });
  }

  version(): Promise<number> {
    return this.#run("version", ({ reader }) => reader.version());
  }

  changesSince(version: number): Promise<ChangeFeed | undefined> {
    return this.#run("changesSince", ({ reader }) => reader.changesSince(version));
  }

  getMeta(key: string): Promise<string | undefined> {
    return this.#run("getMeta", async ({ table }) => {
      const item = await table.get(keyOf(this.#layout.meta, await digest(key)));
      return item && (JSON.parse(item.body!.S!) as { value: string }).value;
    });
  }

  getMetas(keys: readonly string[]): Promise<(string | undefined)[]> {
    return this.#run("getMetas", async ({ table }) => {
      const wanted = await Promise.all([...keys].map(async (key) => keyOf(this.#layout.meta, await digest(key))));
      const items = await table.batchGet([...new Map(wanted.map((key) => [key.sk.S, key])).values()]);
      const values = new Map(items.map(({ sk, body }) => [sk!.S, (JSON.parse(body!.S!) as { value: string }).value]));
      return wanted.map(({ sk }) => values.get(sk.S));
    });
  }

  async setMeta(key: string, value: string): Promise<void> {
    await this.#putMeta("setMeta", key, value);
  }

  swapMeta(key: string, before: string | undefined, after: string): Promise<boolean> {
    return this.#putMeta(
      "swapMeta",
      key,
      after,
      before === undefined
        ? { ConditionExpression: "attribute_not_exists(pk)" }
        : { ConditionExpression: "body = :before", ExpressionAttributeValues: { ":before": bodyOf(key, before) } },
    );
  }

  async check(): Promise<StoreCheck> {
    try {
      return await this.#run("check", ({ reader }) => reader.check());
    } catch (error) {
      return { ok: false, reason: (error as Error).message };
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#parts = undefined;
    this.#table?.connection.close();
    this.#table = undefined;
  }

  async #open(identity: Identity): Promise<void> {
    if (this.#closed) throw closedError(true);
    const table = await this.#connected();
    const state = (await this.#stateThere(table)) ?? (await this.#make(table, identity));
    checkIdentity(this.name, state, identity);
    const writer = new Writer(table, this.#layout);
    await writer.settle(state);
    if (this.#closed) throw closedError(true);
    this.#parts ??= { table, reader: new Reader(table, this.#layout), writer };
  }

  /** A new store; or that of another who was faster. */
  async #make(table: Table, identity: Identity): Promise<State> {
    try {
      await table.verify();
    } catch (error) {
      if (!this.#options.createTable || nameOf(error) !== "ResourceNotFoundException") throw error;
      const { billingMode = "PAY_PER_REQUEST", provisionedCapacity } = this.#options;
      await table.create({ billingMode, provisionedCapacity });
      await table.verify();
    }
    await table.putNew(newState(this.#layout, identity));
    return presentState(table, this.#layout);
  }

  /** Undefined also where there is no table. */
  async #stateThere(table: Table): Promise<State | undefined> {
    try {
      return await readState(table, this.#layout);
    } catch (error) {
      if (nameOf(error) === "ResourceNotFoundException") return undefined;
      throw error;
    }
  }

  async #connected(): Promise<Table> {
    if (this.#table !== undefined) return this.#table;
    const { aws, client, region, endpoint, credentials, table } = this.#options;
    const config = { region, endpoint, credentials };
    const connection = new Connection(aws ?? (await loadAws()), client, config, this.#link);
    if (this.#closed) {
      connection.close();
      throw closedError(true);
    }
    this.#table ??= new Table(table, connection);
    return this.#table;
  }

  /** By its token it happens once, and is answered so however often it is sent. Whether the condition held. */
  #putMeta(operation: string, key: string, value: string, condition = {}): Promise<boolean> {
    return this.#run(operation, async ({ table }) => {
      const Item = { ...keyOf(this.#layout.meta, await digest(key)), body: bodyOf(key, value) };
      return (await transact(table, [{ Put: { TableName: table.name, Item, ...condition } }])) === undefined;
    });
  }

  #run<T>(operation: string, work: (parts: Parts) => Promise<T>): Promise<T> {
    return this.#told(operation, async () => {
      if (this.#parts === undefined) throw closedError(this.#closed);
      return work(this.#parts);
    });
  }

  async #told<T>(operation: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const { credentials } = this.#options;
      const secrets = Object.values(credentials ?? {}).filter((value) => typeof value === "string" && value !== "");
      throw translated(operation, error, secrets as string[]);
    }
  }
}

/** Equal texts for equal values: as JSON even lone surrogates are spelt out. */
function bodyOf(key: string, value: string): { S: string } {
  return { S: JSON.stringify({ key, value }) };
}

/** A copy, made before anything is awaited. */
async function ownedChange(change: Change): Promise<PackedChange> {
  if ("touch" in change) return { ...change, touch: [...change.touch] };
  if ("remove" in change) return { ...change, remove: [...change.remove] };
  const put = packed(change.put);
  const when = change.when === undefined || change.when === "absent" ? change.when : { ...change.when };
  return { put, when, used: change.used && { ...change.used }, digests: await digestsOf(put.namespace, put.key) };
}

function closedError(closed: boolean): MnemeError {
  return closed
    ? new MnemeError("closed", "The dynamodb store is closed.", "Open the table with a new store.")
    : new MnemeError("closed", "The dynamodb store is not open yet.", "Call open() first.");
}
