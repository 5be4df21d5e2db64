import { redisStore } from "../../adapters/stores/redis.ts";
import { obeyed } from "../chaos/follow.ts";
import { equal } from "../conformance/assert.ts";
import { collect, newEntry } from "../conformance/store-under-test.ts";
import type { Suite } from "../harness.ts";
import { Servant } from "../servant.ts";
import { WORDS } from "../unit/cache-fixtures.ts";
import { PATIENT } from "./patient.ts";
import { newPrefix } from "./redis.test.ts";
import { TCP_CLIENTS } from "./redis-clients.ts";

export interface Storm {
  verb: "storm";
  namespace: string;
  rounds: number;
  /** Keys that every process puts. */
  shared: string[];
}

const ORDERS = 1000;
const ROUNDS = 500;

/** Two processes with a cache each on one Redis. */
export const redisTogetherTests =
  (url: string): Suite =>
  (test) => {
    const together = (name: string, run: (servants: Servant[], prefix: string) => Promise<void>): void =>
      test(name, async () => {
        const prefix = newPrefix();
        const servants = ["a", "b"].map(
          (name) => new Servant("node 22", "servers/redis-follow-entry.js", [name, url, prefix]),
        );
        try {
          for (const servant of servants) equal(await servant.next(), "ready");
          await run(servants, prefix);
        } finally {
          await Promise.all(servants.map((servant) => servant.end()));
        }
      });

    together(
      "F12 what one process puts, overwrites, deletes or clears, the next lookup of the other sees",
      (servants) => obeyed(servants, ORDERS).then(() => {}),
    );

    together("F16 two processes that write at once lose and double nothing", async (servants, prefix) => {
      const { client, end } = await TCP_CLIENTS.ioredis!(url);
      const store = redisStore({ ...PATIENT, client, prefix });
      const namespace = "storm";
      await store.open(WORDS);
      await store.commit([{ put: newEntry({ namespace, key: "count", value: "0" }) }]);
      const start = await store.version();
      const storm: Storm = { verb: "storm", namespace, rounds: ROUNDS, shared: ["x", "y", "z"] };
      const left = (await Promise.all(servants.map((servant) => servant.ask(storm)))).flat() as string[];
      const entries = await collect(store.scan({ namespace }));
      equal(entries.map(({ key }) => key).sort(), [...left, ...storm.shared, "count"].sort());
      equal(new Set(entries.map(({ id }) => id)).size, entries.length);
      equal(
        [await store.count(namespace), (await store.oldest(1e9, namespace)).length],
        [entries.length, entries.length],
      );
      equal([(await store.get(namespace, "count"))?.value], [`${2 * ROUNDS}`]);
      const removals = 2 * Math.ceil(ROUNDS / 3);
      equal(await store.version(), start + 4 * ROUNDS + removals, "one for each commit, none for what was refused");
      equal((await store.changesSince(start))?.removed.length, removals);
      equal(await store.check(), { ok: true });
      end();
    });
  };
