import { dynamodbStore } from "../../adapters/stores/dynamodb.ts";
import { obeyed } from "../chaos/follow.ts";
import { equal, ok } from "../conformance/assert.ts";
import { collect, putOne } from "../conformance/store-under-test.ts";
import type { Suite } from "../harness.ts";
import { Servant } from "../servant.ts";
import { QUESTION, WORDS } from "../unit/cache-fixtures.ts";
import { type DynamoDBPlace, Stores } from "./dynamodb-stores.ts";

/** Beside the orders of a cache. */
export interface StormOrder {
  verb: "storm" | "calm" | "tell" | "late get";
}

/** What one of the processes tells when it has ended. */
export interface Told {
  /** Times it counted the counter up. */
  counted: number;
  commits: number;
  /** New entries it made. */
  made: number[];
  /** Value by id, from its change feed alone. */
  followed: [id: number, value: string][];
  version: number;
}

/** The namespace that both write all the time. */
export const STORM = "storm";
export const STALENESS_MS = 200;
/** Orders at a time, between two looks at the clock. */
const ORDERS = 40;

/** Two processes, of two engines, write and read one table for so long. */
export const dynamodbTogetherTests =
  (place: DynamoDBPlace, seconds = 2): Suite =>
  (test) => {
    test("F15 F16 of two processes on one table no count, key or removal is lost, and none is double", async () => {
      const stores = new Stores(place);
      const options = stores.options();
      const store = dynamodbStore(options);
      await store.open(WORDS);
      await putOne(store, { namespace: STORM, key: "counter", value: "0", vector: null });
      const servants = ["node 22", "bun"].map(
        (runtime) =>
          new Servant(runtime, "servers/dynamodb-follow-entry.js", [runtime, place.endpoint, options.prefix!]),
      );
      try {
        for (const servant of servants) equal(await servant.next(), "ready");
        for (const servant of servants) await servant.ask({ verb: "storm" });
        let [orders, hits, seen] = [0, 0, 0];
        for (const end = Date.now() + 1000 * seconds; Date.now() < end; seen++) {
          hits += await obeyed(servants, ORDERS);
          orders += ORDERS;
          for (const servant of servants)
            for (const namespace of ["a", "b"]) await servant.ask({ verb: "clear", namespace });
          await seenInTime(servants, `${seen}`);
        }
        for (const servant of servants) await servant.ask({ verb: "calm" });
        const told = (await Promise.all(servants.map((servant) => servant.ask({ verb: "tell" })))) as [Told, Told];

        const entries = (await collect(store.scan())).filter(({ namespace }) => namespace === STORM);
        const [a, b] = told;
        equal((await store.get(STORM, "counter"))?.value, `${a.counted + b.counted}`);
        ok(a.counted > 0 && b.counted > 0, "both counted");
        const made = [...a.made, ...b.made];
        equal(new Set(made).size, made.length, "each id is given once");
        equal(new Set(entries.map(({ key }) => key)).size, entries.length);
        equal([await store.count(), await store.check()], [entries.length, { ok: true }]);
        const now = entries.map(({ id, value }) => [id, value]);
        for (const { followed, version } of told) equal([followed, version], [now, await store.version()]);
        const counts = { commits: [a.commits, b.commits], counted: [a.counted, b.counted], made: made.length };
        console.error({ seconds, orders, hits, seen, ...counts });
      } finally {
        await Promise.all(servants.map((servant) => servant.end()));
        await store.close();
      }
    });
  };

/** What one puts and deletes, the other, who may be late, finds, and does not find, after no longer than that. */
async function seenInTime([one, other]: readonly Servant[], namespace: string): Promise<void> {
  const ask = (verb: string) => ({ verb, query: QUESTION, namespace, response: "there" });
  await one!.ask(ask("put"));
  await later();
  equal(await other!.ask(ask("late get")), "there", "put");
  await one!.ask(ask("delete"));
  await later();
  equal(await other!.ask(ask("late get")), null, "deleted");
}

/** A timer may be early by a little. */
function later(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1.1 * STALENESS_MS));
}
