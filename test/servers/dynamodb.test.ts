import { type DynamoDBStoreOptions, dynamodbStore } from "../../adapters/stores/dynamodb.ts";
import { type Change, SemanticCache, type Store } from "../../src/index.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import { testStore } from "../conformance/store.ts";
import { collect, IDENTITY, newEntry, putOne } from "../conformance/store-under-test.ts";
import type { Suite } from "../harness.ts";
import { PARAPHRASE, QUESTION, WORDS } from "../unit/cache-fixtures.ts";
import { testCacheModel } from "../unit/cache-model.test.ts";
import { testStoreModel } from "../unit/store-model.ts";
import { CREDENTIALS, type DynamoDBPlace, Stores } from "./dynamodb-stores.ts";

/** Many requests, and nothing in them that differs between runtimes: one place is enough. */
const LONG = [
  "touching and removing many ids affects each known one once",
  "clear and removeExpired have no limit",
  "any history reads as a plain map would",
  "counting, scanning and order stay inside a namespace",
  "clearing one namespace leaves every other",
  "scan() pages across gaps",
  "scan() pages through 5,000 entries, each once",
  "a scan of a namespace pages, too",
  "two scans at once do not disturb each other, and one may be left",
  "clearing while a scan runs ends it in peace",
  "a scan that closing cuts short fails; it does not end as if that were all",
  "commits at once in two stores happen one after the other",
  "from every version the feed leads to the present, telling no id twice",
  "a large removal is told whole, or the feed is undefined",
];

/** What every place runs. */
export function dynamodbTests(place: DynamoDBPlace): Record<string, Suite> {
  const stores = new Stores(place);
  return {
    dynamodb: (test) => {
      if (place.whole) {
        testStore(test, stores.empty);
        testStoreModel(test, stores.empty, { runs: 10 });
        testCacheModel(test, stores.empty, { runs: 3 });
      } else {
        testStore((name, run) => LONG.includes(name) || test(name, run), stores.empty);
      }
    },
    "dynamodb's own": (test) => {
      const opened = (name: string, run: (store: Store, options: DynamoDBStoreOptions) => Promise<void>): void =>
        test(name, async () => {
          const options = stores.options();
          const store = dynamodbStore(options);
          await store.open(IDENTITY);
          try {
            await run(store, options);
          } finally {
            await store.close();
          }
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

      opened(
        "an entry past 400 KB comes whole from every reader, and leaves nothing behind",
        async (store, options) => {
          const big = (char: string) => JSON.stringify(char.repeat(500_000));
          const id = await putOne(store, { value: big("é") });
          const readers = [
            async () => (await store.get("n", "k"))!,
            async () => (await store.getMany([id]))[0]!,
            async () => (await collect(store.scan({ namespace: "n" })))[0]!,
            async () => (await store.changesSince(0))!.puts[0]!,
          ];
          for (const read of readers) ok((await read()).value === big("é"), "as it was put");
          const parts = `parts/${String(id).padStart(16, "0")}`;
          equal(await stores.itemsIn(options, parts), 3);
          await putOne(store, { value: big("e") });
          equal(await stores.itemsIn(options, parts), 2);
          for (const read of readers) ok((await read()).value === big("e"), "as it was overwritten");
          await store.clear();
          equal([await stores.itemsIn(options, parts), await stores.itemsIn(options, "entries")], [0, 0]);
        },
      );

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

      const openedOnce: typeof opened = place.whole ? opened : () => {};
      openedOnce("a commit of more than one transaction's 100 actions, or 4 MB, is one commit", async (store) => {
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
        "of a busy server, of what it leaves undone and of answers that are lost nothing is seen",
        async (_, options) => {
          const faults = async () => Number(await (await fetch(`${place.front}/faults`)).text());
          const before = await faults();
          const { prefix } = options;
          const store = dynamodbStore(stores.options({ prefix, endpoint: place.front }));
          await store.open(IDENTITY);
          const ids: number[] = [];
          for (let i = 0; i < 9; i++) ids.push(await putOne(store, { key: `${i}` }));
          equal(new Set(ids).size, 9);
          for (let i = 0; i < 3; i++) await store.commit([{ touch: ids, at: 5000 + i }]);
          equal(
            (await store.getMany(ids)).map((entry) => entry?.hits),
            ids.map(() => 3),
          );
          await store.commit(Array.from({ length: 120 }, (_, i) => ({ put: newEntry({ key: `${i}` }) })));
          equal([await store.version(), await store.count(), (await collect(store.scan())).length], [10, 120, 120]);
          equal([await store.clear(), await store.version()], [120, 11]);
          ok((await faults()) - before > 8, "things went wrong");
          await store.close();
        },
      );

      opened(
        "the feed is bounded: what it has forgotten is deleted, and undefined to ask for",
        async (store, options) => {
          const setVersion = (version: number) =>
            stores.send("UpdateItem", {
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

      test("a cache finds its entries again, in both layers", async () => {
        const options = stores.options();
        const first = await SemanticCache.open({ embedder: WORDS, store: dynamodbStore(options) });
        await first.put(QUESTION, "answer");
        await first.close();
        const second = await SemanticCache.open({ embedder: WORDS, store: dynamodbStore(options) });
        equal([(await second.get(PARAPHRASE))?.layer, (await second.get(QUESTION))?.layer], ["semantic", "exact"]);
        await second.close();
      });

      if (!place.bundled) {
        test("without the SDK the error says what to install", async () => {
          const { aws, ...options } = stores.options();
          const store = dynamodbStore(options);
          const { message } = await fails(() => store.open(IDENTITY), "unsupported");
          ok(message.includes("npm install @aws-sdk/client-dynamodb"), message);
          await store.close();
        });
      }
    },
  };
}
