import { type DynamoDBStoreOptions, dynamodbStore } from "../../adapters/stores/dynamodb.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import { IDENTITY, putOne } from "../conformance/store-under-test.ts";
import type { Suite } from "../harness.ts";
import { CREDENTIALS, type DynamoDBPlace, Stores } from "./dynamodb-stores.ts";

interface Billed {
  BillingModeSummary?: { BillingMode: string };
  ProvisionedThroughput: { ReadCapacityUnits: number; WriteCapacityUnits: number };
}

/** Tables, clients, options, and what goes wrong with them. */
export const dynamodbOpeningTests =
  (place: DynamoDBPlace): Suite =>
  (test) => {
    const stores = new Stores(place);
    const opened = stores.opened(test);

    test("F15 of many that make the table and open the store at once, all do", async () => {
      const table = `mneme-racing-${Math.random().toString(36).slice(2)}`;
      const options = stores.options({ table });
      const racing = Array.from({ length: 5 }, () => dynamodbStore(options));
      await Promise.all(racing.map((store) => store.open(IDENTITY)));
      const ids = await Promise.all(racing.map((store, i) => putOne(store, { key: `${i}` })));
      equal([new Set(ids).size, await racing[0]!.count()], [5, 5]);
      await Promise.all(racing.map((store) => store.close()));
    });

    test("a table that is not there is not made unless that was asked for", async () => {
      const store = dynamodbStore(stores.options({ table: "mneme-absent", createTable: false }));
      equal(await store.identify!(), undefined);
      const { message } = await fails(() => store.open(IDENTITY), "store");
      ok(message.includes("does not exist") && message.includes("createTable"), message);
      await store.close();
    });

    test("a table with other keys or without the indexes is refused before anything is written", async () => {
      const table = `mneme-other-${Math.random().toString(36).slice(2)}`;
      const attributes = ["pk", "sk"];
      await stores.send("CreateTable", {
        TableName: table,
        BillingMode: "PAY_PER_REQUEST",
        AttributeDefinitions: attributes.map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
        KeySchema: attributes.map((AttributeName, i) => ({ AttributeName, KeyType: i === 0 ? "HASH" : "RANGE" })),
      });
      const store = dynamodbStore(stores.options({ table }));
      const { message } = await fails(() => store.open(IDENTITY), "store");
      ok(message.includes("not made for mneme"), message);
      equal(await store.identify!(), undefined);
      await store.close();
    });

    test("a table is made as it is to be paid for", async () => {
      const billed = async (more: Partial<DynamoDBStoreOptions>): Promise<unknown[]> => {
        const table = `mneme-billed-${Math.random().toString(36).slice(2)}`;
        const store = dynamodbStore(stores.options({ table, ...more }));
        await store.open(IDENTITY);
        await store.close();
        const { Table } = await stores.send<{ Table: Billed }>("DescribeTable", { TableName: table });
        const { ReadCapacityUnits, WriteCapacityUnits } = Table.ProvisionedThroughput;
        return [Table.BillingModeSummary?.BillingMode, ReadCapacityUnits, WriteCapacityUnits];
      };
      equal(await billed({}), ["PAY_PER_REQUEST", 0, 0]);
      const provisionedCapacity = { readCapacityUnits: 7, writeCapacityUnits: 8 };
      const [mode, ...units] = await billed({ billingMode: "PROVISIONED", provisionedCapacity });
      equal([mode ?? "PROVISIONED", ...units], ["PROVISIONED", 7, 8]);
    });

    test("without options the SDK's own chain finds region and credentials; where it finds none, that is told at once", async () => {
      const { endpoint } = place;
      const chain = { region: undefined, credentials: undefined, endpoint };
      const names = ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_EC2_METADATA_DISABLED"];
      const before = names.map((name) => process.env[name]);
      const set = (values: (string | undefined)[]): void => {
        for (const [i, name] of names.entries()) {
          if (values[i] === undefined) delete process.env[name];
          else process.env[name] = values[i];
        }
      };
      try {
        set(["local", CREDENTIALS.accessKeyId, CREDENTIALS.secretAccessKey, "true"]);
        const store = dynamodbStore(stores.options(chain));
        await store.open(IDENTITY);
        equal(await putOne(store), 1);
        await store.close();
        set(["local", undefined, undefined, "true"]);
        const nobody = dynamodbStore(stores.options(chain));
        const { message } = await fails(() => nobody.open(IDENTITY), "store");
        ok(message.includes("found none"), message);
        await nobody.close();
      } finally {
        set(before);
      }
    });

    opened("F15 who is not answered is given up in time, and the request ended", async (_, { prefix }) => {
      let last: AbortSignal | undefined;
      let silent = false;
      const client = stores.watched((_, __, signal) => {
        last = signal;
        return silent ? new Promise(() => {}) : undefined;
      });
      const store = dynamodbStore(stores.options({ prefix, client, timeout: 200 }));
      await store.open(IDENTITY);
      silent = true;
      for (const call of [() => store.get("n", "k"), () => putOne(store)]) {
        const { message } = await fails(call, "store");
        ok(message.includes("did not answer within 200 ms") && last!.aborted, message);
      }
      await store.close();
    });

    test("wrong options are refused at once", async () => {
      const capacity = { readCapacityUnits: 5, writeCapacityUnits: 5 };
      const wrong: object[] = [
        {},
        { table: "" },
        { table: 7 },
        { table: "t", prefix: "a/b" },
        { table: "t", billingMode: "PROVISIONED" },
        { table: "t", billingMode: "PROVISIONED", provisionedCapacity: { ...capacity, readCapacityUnits: 0 } },
        { table: "t", provisionedCapacity: capacity },
        { table: "t", billingMode: "FREE" },
        { table: "t", client: {} },
        { table: "t", timeout: 0 },
        { table: "t", retries: -1 },
        { table: "t", breaker: { failures: 0 } },
        { table: "t", client: stores.client(), region: "eu-west-1" },
      ];
      for (const options of wrong) await fails(() => dynamodbStore(options as DynamoDBStoreOptions), "argument");
      dynamodbStore({ table: "t", billingMode: "PROVISIONED", provisionedCapacity: capacity });
    });

    test("F31 no secret and no address is in an error's text, or behind it", async () => {
      const { accessKeyId, secretAccessKey } = CREDENTIALS;
      const token = "IQoJb3JpZ2luX2VjEXAMPLETOKENEXAMPLETOKENEXAMPLETOKEN";
      const client = stores.watched(() => {
        const said = `${accessKeyId} ${secretAccessKey} ${token} at https://user:pass@dynamodb.example/?X-Amz-Signature=0`;
        throw Object.assign(new Error(said), { name: "UnrecognizedClientException" });
      });
      const credentials = { ...CREDENTIALS, sessionToken: token };
      const endpoint = "http://user:pass@127.0.0.1:9";
      for (const options of [stores.options({ client }), stores.options({ endpoint, credentials })]) {
        const store = dynamodbStore(options);
        const error = await fails(() => store.open(IDENTITY), "store");
        const all = `${error.message} ${error.stack} ${error.remedy} ${error.cause} ${JSON.stringify(error)}`;
        for (const secret of [accessKeyId, token, "user:pass", "Signature=0"]) ok(!all.includes(secret), all);
        if (options.client === undefined) ok(!all.includes(secretAccessKey), all);
        const { reason } = (await store.check()) as { reason: string };
        ok(!reason.includes("pass"), reason);
        await store.close();
      }
    });

    test("a client that was given is left open", async () => {
      let destroyed = 0;
      const client = { ...stores.watched(() => {}), destroy: () => void destroyed++ };
      const store = dynamodbStore(stores.options({ client }));
      await store.open(IDENTITY);
      await store.close();
      equal(destroyed, 0);
    });

    test("stores of several prefixes in one table know nothing of each other", async () => {
      const { prefix } = stores.options();
      const two = [prefix, `${prefix}-`].map((prefix) => dynamodbStore(stores.options({ prefix })));
      for (const [i, store] of two.entries()) {
        await store.open({ ...IDENTITY, fingerprint: `${i}` });
        await putOne(store, { value: `${i}` });
      }
      equal(await two[1]!.clear(), 1);
      equal([(await two[0]!.get("n", "k"))?.value, await two[0]!.version()], ["0", 1]);
      await Promise.all(two.map((store) => store.close()));
    });
  };
