import { type AwsDynamoDB, type DynamoDBStoreOptions, dynamodbStore } from "../../adapters/stores/dynamodb.ts";
import type { Store } from "../../src/index.ts";
import { testStore } from "../conformance/store.ts";
import type { StoreUnderTest } from "../conformance/store-under-test.ts";
import type { Suite } from "../harness.ts";
import { testStoreModel } from "../unit/store-model.ts";

/** The server, and the SDK as this runtime loads it. */
export interface DynamoDBPlace {
  endpoint: string;
  aws: AwsDynamoDB;
}

export const TABLE = "mneme-test";
export const CREDENTIALS = {
  accessKeyId: "AKIAEXAMPLE0KEY00000",
  secretAccessKey: "exampleSecretOfTheTestsOnly000000000",
};

/** A store of its own in a table that all tests share. */
export class Stores {
  readonly place: DynamoDBPlace;
  #made = 0;
  readonly #run = Math.random().toString(36).slice(2);

  constructor(place: DynamoDBPlace) {
    this.place = place;
  }

  options(more: Partial<DynamoDBStoreOptions> = {}): DynamoDBStoreOptions {
    const { endpoint, aws } = this.place;
    const own = { prefix: `${this.#run}-${this.#made++}`, createTable: true, table: TABLE };
    return { ...own, endpoint, aws, region: "local", credentials: CREDENTIALS, ...more };
  }

  empty = (): StoreUnderTest => {
    const options = this.options();
    const another = (): Store => dynamodbStore(options);
    const spoil = (UpdateExpression: string, value: object) => () =>
      this.send("UpdateItem", {
        Key: { pk: { S: `${options.prefix}/state` }, sk: { S: "state" } },
        UpdateExpression,
        ExpressionAttributeValues: { ":v": value },
      });
    return {
      store: another(),
      another,
      spoil: { corrupt: spoil("SET version = :v", { S: "?" }), newer: spoil("SET schemaVersion = :v", { N: "99" }) },
    };
  };

  async send(name: "UpdateItem" | "PutItem" | "GetItem" | "Query", input: object): Promise<void> {
    const { aws, endpoint } = this.place;
    const client = new aws.DynamoDBClient({ endpoint, region: "local", credentials: CREDENTIALS } as never);
    try {
      await client.send(new aws[`${name}Command`]({ TableName: TABLE, ...input } as never) as never);
    } finally {
      client.destroy?.();
    }
  }
}

export function dynamodbTests(place: DynamoDBPlace): Suite {
  return (test) => {
    const stores = new Stores(place);
    testStore(test, stores.empty);
    testStoreModel(test, stores.empty, { runs: 15 });
  };
}
