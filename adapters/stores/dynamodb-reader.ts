import type { ChangeFeed, Entry, ScanOptions, StoreCheck } from "../../src/index.ts";
import type { Item } from "./dynamodb-client.ts";
import { digestsOf, entriesOf, entryOf } from "./dynamodb-items.ts";
import { digest, INDEXES, keyOf, type Layout, ordered, padded } from "./dynamodb-layout.ts";
import { presentState } from "./dynamodb-state.ts";
import type { QueryInput, Table } from "./dynamodb-table.ts";
import { REMEMBERED_COMMITS } from "./dynamodb-writer.ts";

const VECTOR_FIELDS = "sk, k, ni, u, x, rev, hits, ns, nk, vector, parts";
/** So many times an entry in parts is read again that changes while it is read. */
const READINGS = 20;
/** Greater than every character of what `padded` and `ordered` make. */
const LAST = "~";

export class Reader {
  readonly #table: Table;
  readonly #layout: Layout;

  constructor(table: Table, layout: Layout) {
    this.#table = table;
    this.#layout = layout;
  }

  /** One request; for an entry in parts, two. */
  async get(namespace: string, key: string): Promise<Entry | undefined> {
    const { keyDigest } = await digestsOf(namespace, key);
    const query = this.#within("key", `${INDEXES.key} = :k`, { ":k": { S: keyDigest } });
    const found = await this.#complete(await this.#table.all({ ...query, Select: "ALL_ATTRIBUTES" }));
    return [...found.values()][0];
  }

  async getMany(ids: readonly number[]): Promise<(Entry | undefined)[]> {
    const known = [...new Set(ids)].filter((id) => Number.isSafeInteger(id) && id > 0);
    const found = await this.#byIds(known);
    const told = new Set<number>();
    return ids.map((id) => {
      const entry = found.get(id);
      const again = told.has(id);
      told.add(id);
      return entry && again ? structuredClone(entry) : entry; // an id asked for twice is answered with two objects
    });
  }

  async *scan({ namespace, after = 0, fields = "all" }: ScanOptions): AsyncGenerator<Entry[]> {
    if (after >= Number.MAX_SAFE_INTEGER) return;
    const from = padded(Math.max(0, Math.floor(after)));
    let query = this.#within(undefined, "sk > :from", { ":from": { S: from } });
    if (namespace !== undefined) {
      const prefix = await digest(namespace);
      const range = { ":from": { S: `${prefix}${from}${LAST}` }, ":to": { S: `${prefix}${LAST}` } };
      query = this.#within("namespace", `${INDEXES.namespace} BETWEEN :from AND :to`, range);
    }
    if (fields === "vectors") {
      const projected = { ...query, ProjectionExpression: VECTOR_FIELDS };
      for await (const page of this.#table.pages(projected)) yield page.map((item) => entryOf(item, undefined));
      return;
    }
    for await (const page of this.#table.pages({ ...query, Select: "ALL_ATTRIBUTES" })) {
      const found = await this.#complete(page);
      yield page.flatMap((item) => found.get(Number(item.sk!.S)) ?? []);
    }
  }

  async oldest(n: number, namespace?: string): Promise<number[]> {
    if (!(n >= 1)) return [];
    const query =
      namespace === undefined
        ? this.#within("use")
        : this.#within("namespaceUse", `begins_with(${INDEXES.namespaceUse}, :ns)`, {
            ":ns": { S: await digest(namespace) },
          });
    const wanted = Math.floor(n);
    const limited = wanted <= 1000 ? { ...query, Limit: wanted } : query;
    const ids: number[] = [];
    for await (const page of this.#table.pages({ ...limited, ProjectionExpression: "sk" })) {
      ids.push(...page.map(idOf));
      if (ids.length >= wanted) break;
    }
    return ids.slice(0, wanted);
  }

  async count(namespace?: string): Promise<number> {
    if (namespace === undefined) return (await presentState(this.#table, this.#layout)).total;
    const item = await this.#table.get(keyOf(this.#layout.namespaces, await digest(namespace)));
    return item === undefined ? 0 : Number(item.n!.N);
  }

  async namespaces(): Promise<string[]> {
    return (await this.#counts()).map((item) => JSON.parse(item.name!.S!) as string).sort();
  }

  async expired(now: number, namespace?: string): Promise<number[]> {
    const until = { ":until": { S: `${ordered(now)}${LAST}` } };
    const query = this.#within("expiry", `${INDEXES.expiry} <= :until`, until);
    const filter =
      namespace === undefined
        ? {}
        : {
            FilterExpression: `begins_with(${INDEXES.namespace}, :ns)`,
            ExpressionAttributeValues: { ...query.ExpressionAttributeValues, ":ns": { S: await digest(namespace) } },
          };
    return (await this.#table.all({ ...query, ...filter })).map(idOf);
  }

  async ids(namespace?: string): Promise<number[]> {
    const query =
      namespace === undefined
        ? this.#within("namespace")
        : this.#within("namespace", `begins_with(${INDEXES.namespace}, :ns)`, {
            ":ns": { S: await digest(namespace) },
          });
    return (await this.#table.all({ ...query, ProjectionExpression: "sk" })).map(idOf);
  }

  async version(): Promise<number> {
    return (await presentState(this.#table, this.#layout)).version;
  }

  async changesSince(since: number): Promise<ChangeFeed | undefined> {
    const { version } = await presentState(this.#table, this.#layout);
    if (!(Number.isSafeInteger(since) && since >= Math.max(0, version - REMEMBERED_COMMITS) && since <= version)) {
      return undefined;
    }
    if (since === version) return { version, puts: [], removed: [] };
    const commits = await this.#table.all({
      KeyConditionExpression: "pk = :pk AND sk > :since",
      ExpressionAttributeValues: { ":pk": { S: this.#layout.feed }, ":since": { S: padded(since) } },
    });
    const last = commits.length === 0 ? since : Number(commits.at(-1)!.sk!.S);
    // Each commit has left one item; where one is missing, or was too long, nobody knows any more.
    if (commits.length !== last - since || last < version || commits.some(({ lost }) => lost?.BOOL)) return undefined;
    const removed = new Set(commits.flatMap((commit) => numbersIn(commit.removed!.S!)));
    const put = new Set(commits.flatMap((commit) => numbersIn(commit.put!.S!)));
    const found = await this.#byIds([...put].filter((id) => !removed.has(id)));
    // One that is not there has gone since: the feed from here on will tell.
    return { version: last, puts: [...found.values()], removed: [...removed] };
  }

  async check(): Promise<StoreCheck> {
    const { total, pending } = await presentState(this.#table, this.#layout);
    const counted = (await this.#counts()).reduce((sum, item) => sum + Number(item.n!.N), 0);
    // A commit may have come between the two readings.
    const again = await presentState(this.#table, this.#layout);
    if (counted === total || again.total !== total || pending !== undefined) return { ok: true };
    return { ok: false, reason: `${total} entries are counted, and ${counted} in its namespaces` };
  }

  #counts(): Promise<Item[]> {
    return this.#table.all({
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": { S: this.#layout.namespaces } },
    });
  }

  async #byIds(ids: readonly number[]): Promise<Map<number, Entry>> {
    return this.#complete(await this.#table.batchGet(ids.map((id) => this.#layout.entry(id))));
  }

  /** Reads what stands in parts; anew from the beginning where an entry changed meanwhile. */
  async #complete(items: readonly Item[]): Promise<Map<number, Entry>> {
    const complete = new Map<number, Entry>();
    for (let reading = 0; items.length > 0 && reading < READINGS; reading++) {
      const found = await entriesOf(this.#table, this.#layout, items);
      const changed: number[] = [];
      for (const [id, entry] of found) {
        if (entry === undefined) changed.push(id);
        else complete.set(id, entry);
      }
      items = changed.length === 0 ? [] : await this.#table.batchGet(changed.map((id) => this.#layout.entry(id)));
    }
    return complete;
  }

  #within(index: keyof typeof INDEXES | undefined, condition?: string, values: Item = {}): QueryInput {
    return {
      ...(index && { IndexName: index }),
      KeyConditionExpression: condition === undefined ? "pk = :pk" : `pk = :pk AND ${condition}`,
      ExpressionAttributeValues: { ":pk": { S: this.#layout.entries }, ...values },
    };
  }
}

function numbersIn(list: string): number[] {
  return list === "" ? [] : list.split(",").map(Number);
}

function idOf(item: Item): number {
  return Number(item.sk!.S);
}
