import { dynamodbStore } from "../../adapters/stores/dynamodb.ts";
import type { Store } from "../../src/index.ts";
import { equal, ok } from "../conformance/assert.ts";
import { collect, IDENTITY, newEntry, putOne, type StoreUnderTest } from "../conformance/store-under-test.ts";
import type { Suite } from "../harness.ts";
import { testCacheModel } from "../unit/cache-model.test.ts";
import { testStoreModel } from "../unit/store-model.ts";
import { type DynamoDBPlace, Stores } from "./dynamodb-stores.ts";

/** How it reads: consistently, page by page, with as few requests as there can be. */
export const dynamodbReadingTests =
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
  };
