import {
  type AwsDynamoDB,
  type DynamoDBClient,
  type DynamoDBStoreOptions,
  dynamodbStore,
} from "../../adapters/stores/dynamodb.ts";
import type { Store } from "../../src/index.ts";
import type { StoreUnderTest } from "../conformance/store-under-test.ts";

/** The server, and the SDK as this runtime loads it. */
export interface DynamoDBPlace {
  endpoint: string;
  /** A way to the server on which things go wrong now and then. */
  front: string;
  aws: AwsDynamoDB;
  /** The whole suite, also what takes long. */
  whole?: boolean;
  /** The SDK was bundled with the store, which finds it by itself. */
  bundled?: boolean;
}

const TABLE = "mneme-test";
export const CREDENTIALS = { accessKeyId: "AKIAEXAMPLE0KEY00000", secretAccessKey: "exampleSecretOfTheTestsOnly0" };

type CommandName = "GetItem" | "PutItem" | "UpdateItem" | "Query" | "CreateTable" | "DescribeTable";

/** Stores of their own in a table that all tests share. */
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
    const own = { prefix: `${this.#run}-${this.#made++}`, createTable: true, table: TABLE };
    return { ...own, ...server, ...(!bundled && { aws }), ...more };
  }

  empty = (): StoreUnderTest => {
    const options = this.options();
    const another = (): Store => dynamodbStore(options);
    const spoil = (UpdateExpression: string, value: object) => async () => {
      const Key = this.stateOf(options);
      await this.send("UpdateItem", { Key, UpdateExpression, ExpressionAttributeValues: { ":v": value } });
    };
    return {
      store: another(),
      another,
      spoil: { corrupt: spoil("SET version = :v", { S: "?" }), newer: spoil("SET schemaVersion = :v", { N: "99" }) },
    };
  };

  stateOf({ prefix }: DynamoDBStoreOptions): object {
    return { pk: { S: `${prefix}/state` }, sk: { S: "state" } };
  }

  /** How many items a partition of a store has. */
  async itemsIn({ prefix }: DynamoDBStoreOptions, partition: string): Promise<number> {
    const { Count } = await this.send<{ Count: number }>("Query", {
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
      const command = new commands[`${name}Command`]!({ TableName: TABLE, ...input });
      return (await client.send(command as never)) as T;
    } finally {
      client.destroy?.();
    }
  }

  client(): DynamoDBClient {
    const { aws, endpoint } = this.place;
    return new aws.DynamoDBClient({ endpoint, region: "local", credentials: CREDENTIALS } as never);
  }

  /** A client that tells each command's name before it is sent; what is thrown there is what the command comes to. */
  watched(before: (name: string) => unknown): DynamoDBClient {
    const client = this.client();
    return {
      send: async (command: never) => {
        await before(this.#nameOf(command));
        return client.send(command);
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
