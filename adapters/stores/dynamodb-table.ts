import { MnemeError } from "../../src/index.ts";
import { type Connection, type Item, pause } from "./dynamodb-client.ts";
import { nameOf } from "./dynamodb-error.ts";
import { type Key, TABLE } from "./dynamodb-layout.ts";

const KEYS_AT_ONCE = 100;
const WRITES_AT_ONCE = 25;
/** Requests under way at a time when one call of the store takes many. */
const REQUESTS_AT_ONCE = 16;
/** So many looks at a table that is being made: some twenty seconds. */
const LOOKS = 40;

export interface Billing {
  billingMode: "PAY_PER_REQUEST" | "PROVISIONED";
  provisionedCapacity?: { readCapacityUnits: number; writeCapacityUnits: number } | undefined;
}

export interface QueryInput {
  IndexName?: string;
  KeyConditionExpression: string;
  FilterExpression?: string;
  ExpressionAttributeValues: Item;
  ProjectionExpression?: string;
  Select?: "ALL_ATTRIBUTES";
  Limit?: number;
}

/** One table, read consistently and page by page. */
export class Table {
  readonly name: string;
  readonly connection: Connection;

  constructor(name: string, connection: Connection) {
    this.name = name;
    this.connection = connection;
  }

  async get(key: Key): Promise<Item | undefined> {
    const input = { TableName: this.name, Key: key, ConsistentRead: true };
    return (await this.connection.send<{ Item?: Item }>("GetItem", input)).Item;
  }

  /** Only where there is none of its key. */
  async putNew(item: Item): Promise<void> {
    const condition = { ConditionExpression: "attribute_not_exists(pk)" };
    try {
      await this.connection.send("PutItem", { TableName: this.name, Item: item, ...condition });
    } catch (error) {
      if (nameOf(error) !== "ConditionalCheckFailedException") throw error;
    }
  }

  async *pages(query: QueryInput): AsyncGenerator<Item[]> {
    let next: { Items?: Item[]; LastEvaluatedKey?: Item } = {};
    do {
      const from = next.LastEvaluatedKey && { ExclusiveStartKey: next.LastEvaluatedKey };
      next = await this.connection.send("Query", { TableName: this.name, ConsistentRead: true, ...query, ...from });
      yield next.Items ?? [];
    } while (next.LastEvaluatedKey !== undefined);
  }

  async all(query: QueryInput): Promise<Item[]> {
    const items: Item[] = [];
    for await (const page of this.pages(query)) items.push(...page);
    return items;
  }

  /** Those that are there, in any order. */
  async batchGet(keys: readonly Key[], projection?: string): Promise<Item[]> {
    const got = await inParallel(chunked(keys, KEYS_AT_ONCE), (chunk) => this.#getChunk(chunk, projection));
    return got.flat();
  }

  async #getChunk(keys: readonly Key[], projection?: string): Promise<Item[]> {
    const items: Item[] = [];
    const options = { ConsistentRead: true, ...(projection && { ProjectionExpression: projection }) };
    let left = keys;
    await this.connection.sendAll<{
      Responses?: Record<string, Item[]>;
      UnprocessedKeys?: Record<string, { Keys?: Key[] }>;
    }>(
      "BatchGetItem",
      () => (left.length === 0 ? undefined : { RequestItems: { [this.name]: { Keys: left, ...options } } }),
      ({ Responses = {}, UnprocessedKeys = {} }) => {
        const found = Object.values(Responses)[0] ?? [];
        items.push(...found);
        left = Object.values(UnprocessedKeys)[0]?.Keys ?? [];
        return found.length > 0 || left.length === 0; // an answer is cut at 16 MB, too
      },
    );
    return items;
  }

  /** Not a transaction: for what nobody looks at until a transaction says so, or any more. */
  async batchWrite(requests: readonly object[]): Promise<void> {
    await inParallel(chunked(requests, WRITES_AT_ONCE), (chunk) => {
      let left: readonly object[] = chunk;
      return this.connection.sendAll<{ UnprocessedItems?: Record<string, object[]> }>(
        "BatchWriteItem",
        () => (left.length === 0 ? undefined : { RequestItems: { [this.name]: left } }),
        ({ UnprocessedItems = {} }) => {
          const before = left.length;
          left = Object.values(UnprocessedItems)[0] ?? [];
          return left.length < before;
        },
      );
    });
  }

  /** Makes the table unless it is there, and waits until it can be used. Others may be making it, too. */
  async create({ billingMode, provisionedCapacity: capacity }: Billing): Promise<void> {
    try {
      await this.connection.send("CreateTable", {
        TableName: this.name,
        BillingMode: billingMode,
        ...TABLE,
        ...(capacity && {
          ProvisionedThroughput: {
            ReadCapacityUnits: capacity.readCapacityUnits,
            WriteCapacityUnits: capacity.writeCapacityUnits,
          },
        }),
      });
    } catch (error) {
      if (nameOf(error) !== "ResourceInUseException") throw error; // it is there, or on its way
    }
    for (let look = 0; (await this.#describe()).TableStatus !== "ACTIVE"; look++) {
      if (look === LOOKS) throw new MnemeError("store", "The table is still being made.", "Open the store again.");
      await pause(look);
    }
  }

  /** That it has the keys and the indexes; before the first entry stands in it. */
  async verify(): Promise<void> {
    const { KeySchema, LocalSecondaryIndexes } = await this.#describe();
    const schemas = [
      { KeySchema },
      ...TABLE.LocalSecondaryIndexes.map(({ IndexName }) => ({
        KeySchema: LocalSecondaryIndexes?.find((index) => index.IndexName === IndexName)?.KeySchema,
      })),
    ];
    const right = [TABLE, ...TABLE.LocalSecondaryIndexes].every(({ KeySchema }, i) =>
      KeySchema.every((part) =>
        schemas[i]!.KeySchema?.some((has) => has.AttributeName === part.AttributeName && has.KeyType === part.KeyType),
      ),
    );
    if (right) return;
    throw new MnemeError(
      "store",
      `The table "${this.name}" was not made for mneme: its keys or its local indexes are others.`,
      "Create one as docs/stores/dynamodb.md says, or with createTable: true. Local indexes cannot be added later.",
    );
  }

  async #describe(): Promise<Description> {
    return (await this.connection.send<{ Table: Description }>("DescribeTable", { TableName: this.name })).Table;
  }
}

interface Description {
  TableStatus: string;
  KeySchema?: { AttributeName: string; KeyType: string }[];
  LocalSecondaryIndexes?: { IndexName: string; KeySchema?: { AttributeName: string; KeyType: string }[] }[];
}

/** In the order of `items`, some at a time. */
export async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i]!);
  };
  await Promise.all(Array.from({ length: Math.min(REQUESTS_AT_ONCE, items.length) }, worker));
  return results;
}

function chunked<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
