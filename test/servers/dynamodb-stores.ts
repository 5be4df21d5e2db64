import {
  type AwsDynamoDB,
  type DynamoDBClient,
  type DynamoDBStoreOptions,
  dynamodbStore,
} from "../../adapters/stores/dynamodb.ts";
import type { Store } from "../../src/index.ts";
import { IDENTITY, type StoreUnderTest } from "../conformance/store-under-test.ts";
import type { Test } from "../harness.ts";
import { PATIENT } from "./patient.ts";

/** The server, and the SDK as this runtime loads it. */
export interface DynamoDBPlace {
  endpoint: string;
  /** A way to the server on which things go wrong now and then. */
  front: string;
  aws: AwsDynamoDB;
  /** The SDK was bundled with the store, which finds it by itself. */
  bundled?: boolean;
}

/** DynamoDB Local describes a table by counting all that is in it: a new one now and then is cheaper. */
const STORES_IN_A_TABLE = 20;
export const CREDENTIALS = { accessKeyId: "AKIAEXAMPLE0KEY00000", secretAccessKey: "exampleSecretOfTheTestsOnly0" };

type CommandName = "GetItem" | "PutItem" | "UpdateItem" | "Query" | "CreateTable" | "DescribeTable";

/** Stores of their own, many in one table. */
export class Stores {
  readonly place: DynamoDBPlace;
  readonly #run = Math.random().toString(36).slice(2);
  #made = 0;

  constructor(place: DynamoDBPlace) {
    this.place = place;
  }

  options(more: Partial<DynamoDBStoreOptions> = {}): DynamoDBStoreOptions {
    const { endpoint, aws, bundled } = this.place;
    const server = more.client ? {} : { endpoint, region: "local", credentials: CREDENTIALS };
    const { prefix = `${this.#run}-${this.#made++}` } = more;
    const own = { ...PATIENT, prefix, createTable: true, table: tableOf(prefix) };
    return { ...own, ...server, ...(!bundled && { aws }), ...more };
  }

  empty = (): StoreUnderTest => {
    const options = this.options();
    const another = (): Store => dynamodbStore(options);
    const spoil = (UpdateExpression: string, value: object) => async () => {
      const Key = this.stateOf(options);
      const ExpressionAttributeValues = { ":v": value };
      await this.send("UpdateItem", { TableName: options.table, Key, UpdateExpression, ExpressionAttributeValues });
    };
    return {
      store: another(),
      another,
      spoil: { corrupt: spoil("SET version = :v", { S: "?" }), newer: spoil("SET schemaVersion = :v", { N: "99" }) },
    };
  };

  /** For tests that are given an open store. */
  opened(test: Test): (name: string, run: (store: Store, options: DynamoDBStoreOptions) => Promise<void>) => void {
    return (name, run) =>
      test(name, async () => {
        const options = this.options();
        const store = dynamodbStore(options);
        await store.open(IDENTITY);
        try {
          await run(store, options);
        } finally {
          await store.close();
        }
      });
  }

  stateOf({ prefix }: DynamoDBStoreOptions): object {
    return { pk: { S: `${prefix}/state` }, sk: { S: "state" } };
  }

  /** How many items a partition of a store has. */
  async itemsIn({ prefix, table }: DynamoDBStoreOptions, partition: string): Promise<number> {
    const { Count } = await this.send<{ Count: number }>("Query", {
      TableName: table,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": { S: `${prefix}/${partition}` } },
      ConsistentRead: true,
      Select: "COUNT",
    });
    return Count;
  }

  async send<T>(name: CommandName, input: object): Promise<T> {
    const client = this.client();
    try {
      const commands = this.place.aws as unknown as Record<string, new (input: object) => object>;
      const command = new commands[`${name}Command`]!(input);
      return (await client.send(command as never)) as T;
    } finally {
      client.destroy?.();
    }
  }

  client(): DynamoDBClient {
    const { aws, endpoint } = this.place;
    return new aws.DynamoDBClient({ endpoint, region: "local", credentials: CREDENTIALS, maxAttempts: 1 } as never);
  }

  /** A client that tells each command before it is sent; what is thrown there is what the command comes to. */
  watched(before: (name: string, input: Record<string, unknown>, signal?: AbortSignal) => unknown): DynamoDBClient {
    const client = this.client();
    return {
      send: async (command: never, options?: { abortSignal?: AbortSignal }) => {
        await before(
          this.#nameOf(command),
          (command as { input: Record<string, unknown> }).input,
          options?.abortSignal,
        );
        return client.send(command, options);
      },
      destroy: () => client.destroy?.(),
    };
  }

  #nameOf(command: object): string {
    const [name] = Object.entries(this.place.aws).find(
      ([name, made]) => /^[A-Z]\w+Command$/.test(name) && command instanceof (made as new () => object),
    )!;
    return name.slice(0, -"Command".length);
  }
}

/** It is in the prefix: other processes find it there. */
function tableOf(prefix: string): string {
  const [run, made] = prefix.split("-");
  return `mneme-${run}-${Math.floor(Number(made) / STORES_IN_A_TABLE)}`;
}
