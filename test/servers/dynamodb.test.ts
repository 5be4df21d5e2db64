import { dynamodbStore } from "../../adapters/stores/dynamodb.ts";
import { SemanticCache } from "../../src/index.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import { collect, IDENTITY, newEntry, putOne } from "../conformance/store-under-test.ts";
import type { Suite } from "../harness.ts";
import { testOwnStore } from "../own-store.ts";
import { PARAPHRASE, QUESTION, WORDS } from "../unit/cache-fixtures.ts";
import { type DynamoDBPlace, Stores } from "./dynamodb-stores.ts";

/** Many requests, and nothing in them that differs between runtimes: one place is enough. */
const LONG = [
  "touching and removing many ids affects each known one once",
  "clear and removeExpired have no limit",
  "any history reads as a plain map would",
  "counting, scanning and order stay inside a namespace",
  "clearing one namespace leaves every other",
  "clearing without a name takes everything",
  "the same key in two namespaces is two entries",
  "expiry in one namespace leaves every other",
  "counting by revision loses no count",
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

/** What every place runs; one of them whole. */
export function dynamodbTests(place: DynamoDBPlace, whole = false): Record<string, Suite> {
  const stores = new Stores(place);
  return {
    dynamodb: (test) =>
      testOwnStore((name, run) => (!whole && LONG.includes(name)) || test(name, run), stores.empty, {
        scrubs: false,
        again: !whole,
      }),
    "dynamodb, by this runtime": (test) => {
      const opened = stores.opened(test);
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
