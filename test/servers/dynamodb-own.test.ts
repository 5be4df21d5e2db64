import { type DynamoDBStoreOptions, dynamodbStore } from "../../adapters/stores/dynamodb.ts";
import type { Change, Store } from "../../src/index.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import { collect, IDENTITY, newEntry, putOne, type StoreUnderTest } from "../conformance/store-under-test.ts";
import type { Suite } from "../harness.ts";
import { testCacheModel } from "../unit/cache-model.test.ts";
import { testStoreModel } from "../unit/store-model.ts";
import { CREDENTIALS, type DynamoDBPlace, Stores } from "./dynamodb-stores.ts";

interface Billed {
  BillingModeSummary?: { BillingMode: string };
  ProvisionedThroughput: { ReadCapacityUnits: number; WriteCapacityUnits: number };
}

/** What is of the store's own making: nothing in it differs between runtimes, and one place is enough. */
export const dynamodbOwnTests =
  (place: DynamoDBPlace): Suite =>
  (test) => {
    const stores = new Stores(place);
    const opened = stores.opened(test);
    testStoreModel(test, stores.empty, { runs: 10 });
    testCacheModel(test, stores.empty, { runs: 3 });

    // However few items the server answers at once, nobody may notice.
    const paged = (): StoreUnderTest => {
      const few = (name: string, input: { Limit?: number }): void => {
        if (name === "Query") input.Limit = Math.min(2, input.Limit ?? 2);
      };
      const options = stores.options({ client: stores.watched(few) });
      const another = (): Store => dynamodbStore(options);
      return { store: another(), another };
    };
    testStoreModel((name, run) => test(`in pages of two: ${name}`, run), paged, { runs: 4 });

    test("F15 of what is in many pages nothing is passed over: not of a log, an index, a partition", async () => {
      const { store, another } = paged();
      await store.open(IDENTITY);
      const puts = Array.from({ length: 130 }, (_, i) => ({
        put: newEntry({ namespace: `${i % 5}`, key: `${i}`, value: "x".repeat(10_000), expiresAt: i % 2 ? 10 : null }),
      }));
      equal((await store.commit(puts)).version, 1); // by a log of several items
      const other = await another!();
      await other.open(IDENTITY);
      equal([(await collect(other.scan())).length, (await other.namespaces()).length], [130, 5]);
      equal([(await collect(other.scan({ namespace: "3" }))).length, (await other.oldest(99, "3")).length], [26, 26]);
      equal((await other.removeExpired(10, "3")).length, 13);
      equal((await other.commit([{ put: newEntry({ namespace: "0", key: "0" }) }, puts[1]!])).applied, [[1], [2]]);
      equal([await other.clear("4"), await other.clear()], [26, 91]);
      equal((await store.changesSince(1))?.removed.length, 130);
      await store.close();
      await other.close();
    });

    opened("F15 every read is strongly consistent, and none reads a whole table", async (_, { prefix }) => {
      const seen = new Set<string>();
      const client = stores.watched((name, { ConsistentRead, RequestItems }) => {
        seen.add(name);
        const consistent = Object.values((RequestItems as { ConsistentRead?: boolean }[]) ?? [{ ConsistentRead }]);
        if (/Get|Query|Scan/.test(name)) ok(consistent[0]?.ConsistentRead === true, `${name} is not`);
      });
      const store = dynamodbStore(stores.options({ prefix, client }));
      await store.open(IDENTITY);
      await putOne(store, { value: "x".repeat(500_000) });
      for (const call of [
        () => store.get("n", "k"),
        () => store.getMany([1]),
        () => collect(store.scan()),
        () => collect(store.scan({ namespace: "n", fields: "vectors" })),
        () => store.oldest(1),
        () => store.count("n"),
        () => store.namespaces(),
        () => store.changesSince(0),
        () => store.getMeta("m"),
        () => store.check(),
        () => store.removeExpired(0),
        () => store.clear(),
      ]) {
        await call();
      }
      equal([...seen].sort(), ["BatchGetItem", "GetItem", "Query", "TransactWriteItems"]);
      await store.close();
    });

    opened("F15 reading is one request, and writes nothing; a put reads once and writes once", async (_, options) => {
      const names: string[] = [];
      const { prefix } = options;
      const store = dynamodbStore(stores.options({ prefix, client: stores.watched((name) => names.push(name)) }));
      await store.open(IDENTITY);
      const asked = async (call: () => unknown): Promise<string> => {
        names.length = 0;
        await call();
        return names.join(" ");
      };
      await putOne(store);
      await store.get("n", "k");
      equal(await asked(() => putOne(store, { key: "b" })), "BatchGetItem Query TransactWriteItems");
      equal(await asked(() => store.get("n", "k")), "Query");
      equal(await asked(() => store.getMany([1, 2, 3, 2])), "BatchGetItem");
      equal(await asked(() => store.version()), "GetItem");
      equal(await asked(() => store.changesSince(1)), "GetItem Query BatchGetItem");
      equal(await asked(() => store.changesSince(2)), "GetItem");
      equal(await asked(() => store.oldest(2)), "Query");
      equal(await asked(() => store.count()), "GetItem");
      equal(await asked(() => store.commit([{ touch: [1], at: 5 }])), "BatchGetItem GetItem TransactWriteItems");
      equal(await store.version(), 2);
      await store.close();
    });

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

    opened("a large entry that is overwritten while it is read is one or the other", async (store, options) => {
      const other = dynamodbStore(options);
      await other.open(IDENTITY);
      const value = (i: number) => `${i % 10}`.repeat(420_000);
      await putOne(store, { value: value(0) });
      let over = false;
      const writing = (async () => {
        for (let i = 1; i <= 6; i++) await putOne(other, { value: value(i) });
        over = true;
      })();
      while (!over) {
        const read = (await store.get("n", "k"))!.value;
        ok(read === value(Number(read[0])), "of one piece");
      }
      await writing;
      await other.close();
    });

    opened("what no item can hold is refused before anything is written", async (store) => {
      await fails(
        () => store.commit([{ put: newEntry() }, { put: newEntry({ namespace: "n".repeat(60_000) }) }]),
        "argument",
      );
      equal([await store.count(), await store.version()], [0, 0]);
    });

    opened("a commit of more than one transaction's 100 actions, or 4 MB, is one commit", async (store) => {
      const puts = (count: number, value = ""): Change[] =>
        Array.from({ length: count }, (_, i) => ({
          put: newEntry({ key: `${i}`, value: `${value}${i}`, namespace: `${i % 3}` }),
        }));
      equal((await store.commit(puts(101))).version, 1);
      equal((await store.commit(puts(30, "x".repeat(150_000)))).version, 2);
      equal([await store.count(), (await store.get("1", "4"))!.value.length], [101, 150_001]);
      equal((await store.changesSince(1))!.puts.length, 30);
      await fails(
        () => store.commit([...puts(150), { put: newEntry({ namespace: "0", key: "0" }), when: "absent" }]),
        "conflict",
      );
      equal([await store.version(), (await store.get("0", "0"))!.value.length], [2, 150_001]);
      const ids = (await collect(store.scan())).map(({ id }) => id);
      await store.commit([{ touch: ids, at: 7000 }]);
      ok(
        (await store.getMany(ids)).every((entry) => entry?.hits === 1),
        "touched once",
      );
      equal([await store.version(), await store.clear(), await store.version()], [2, 101, 3]);
    });

    opened(
      "an expiry that is moved while what is expired is being removed is the one that counts",
      async (store, options) => {
        const ids = [
          await putOne(store, { key: "a", expiresAt: 10 }),
          await putOne(store, { key: "b", expiresAt: 10 }),
        ];
        let moved = false;
        const client = stores.watched(async (name) => {
          if (name !== "TransactWriteItems" || moved) return;
          moved = true;
          await store.commit([{ touch: [ids[0]!], at: 5, expiresAt: 20 }]);
        });
        const other = dynamodbStore(stores.options({ prefix: options.prefix, client }));
        await other.open(IDENTITY);
        equal([await other.removeExpired(10), moved], [[ids[1]!], true]);
        equal([(await store.get("n", "a"))?.expiresAt, await store.count()], [20, 1]);
        await other.close();
      },
    );

    opened("a writer that another is always faster than has its turn in the end", async (store, options) => {
      let [transactions, over] = [0, false];
      const client = stores.watched(async (name) => {
        if (name !== "TransactWriteItems") return;
        transactions++;
        await new Promise((resolve) => setTimeout(resolve, 60)); // in which the other commits
      });
      const slow = dynamodbStore(stores.options({ prefix: options.prefix, client }));
      await slow.open(IDENTITY);
      const fast = (async () => {
        for (; !over; ) await putOne(store, { key: "fast" });
      })();
      for (const key of ["a", "b"]) await putOne(slow, { key });
      over = true;
      await fast;
      ok(transactions <= 10, `${transactions} transactions`);
      equal(await store.count(), 3);
      await slow.close();
    });

    opened("a writer that dies in its turn does not keep the others from writing", async (store, options) => {
      await stores.send("UpdateItem", {
        TableName: options.table,
        Key: stores.stateOf(options),
        UpdateExpression: "SET turn = :t",
        ExpressionAttributeValues: { ":t": { S: "of one that has died" } },
      });
      equal(await putOne(store), 1);
      equal(await putOne(store, { key: "another" }), 2);
    });

    for (const [when, done] of [
      [1, false],
      [2, true],
      [3, true],
      [4, true],
    ] as const) {
      opened(
        `a large commit whose writer dies before its transaction ${when} happens ${done ? "whole" : "not at all"}`,
        async (store, options) => {
          await putOne(store, { key: "before", namespace: "m" });
          let transactions = 0;
          const client = stores.watched((name) => {
            if (name === "TransactWriteItems") transactions++;
            if (transactions >= when) throw new Error("the writer is dead");
          });
          const dying = dynamodbStore(stores.options({ prefix: options.prefix, client }));
          await dying.open(IDENTITY);
          const puts = Array.from({ length: 220 }, (_, i) => ({ put: newEntry({ key: `${i}` }) }));
          await fails(() => dying.commit([...puts, { touch: [1], at: 9000 }, { touch: [1], at: 9000 }]), "store");
          await dying.close();
          const other = dynamodbStore(options);
          await other.open(IDENTITY); // which ends it
          equal([await other.count(), await other.version()], done ? [221, 2] : [1, 1]);
          equal((await other.get("m", "before"))?.hits, done ? 2 : 0);
          equal((await collect(other.scan({ namespace: "n" }))).length, done ? 220 : 0);
          equal((await other.changesSince(1))?.puts.length, done ? 220 : 0);
          await putOne(store, { key: "after" });
          equal([await store.count("n"), await other.check()], [done ? 221 : 1, { ok: true }]);
          await other.close();
        },
      );
    }

    opened(
      "the feed is bounded: what it has forgotten is deleted, and undefined to ask for",
      async (store, options) => {
        const setVersion = (version: number) =>
          stores.send("UpdateItem", {
            TableName: options.table,
            Key: stores.stateOf(options),
            UpdateExpression: "SET version = :v",
            ExpressionAttributeValues: { ":v": { N: `${version}` } },
          });
        for (let i = 0; i < 3; i++) await putOne(store);
        equal(await stores.itemsIn(options, "feed"), 3);
        await setVersion(10_024);
        equal((await putOne(store)) > 0, true);
        equal(await stores.itemsIn(options, "feed"), 1, "that of the last commit");
        equal([await store.changesSince(3), await store.changesSince(24)], [undefined, undefined]);
        equal((await store.changesSince(10_024))?.puts.length, 1);
      },
    );

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
