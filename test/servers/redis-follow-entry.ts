// One of several processes with a cache on one Redis, that does what it is told, a line at a time.
//   redis-follow-entry.ts NAME URL PREFIX

import { createInterface } from "node:readline";
import { redisStore } from "../../adapters/stores/redis.ts";
import { MnemeError, SemanticCache } from "../../src/index.ts";
import type { Order } from "../chaos/follow.ts";
import { newEntry } from "../conformance/store-under-test.ts";
import { WORDS } from "../unit/cache-fixtures.ts";
import { PATIENT } from "./patient.ts";
import { TCP_CLIENTS } from "./redis-clients.ts";
import type { Storm } from "./redis-together.ts";

const [name, url, prefix] = process.argv.slice(2) as [string, string, string];
const { client, end } = await TCP_CLIENTS.ioredis!(url);
const store = redisStore({ ...PATIENT, client, prefix });
const cache = await SemanticCache.open({ embedder: WORDS, store, mode: "stale-tolerant" });

console.log("ready");
for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await obey(JSON.parse(line) as Order | Storm)));
}
await cache.close();
end();

async function obey(order: Order | Storm): Promise<unknown> {
  if (order.verb === "storm") return storm(order);
  const { verb, query, namespace, response } = order;
  if (verb === "get") return (await cache.get(query, { namespace, threshold: 0.8 }))?.response ?? null;
  if (verb === "put") return cache.put(query, response, { namespace });
  if (verb === "delete") return cache.delete(query, { namespace });
  return cache.clear(namespace);
}

/** Many commits at once, of its own keys and of those that the other one writes, too. Answers the keys it left behind. */
async function storm({ namespace, rounds, shared }: Storm): Promise<string[]> {
  const left: string[] = [];
  let round = 0;
  const work = async (): Promise<void> => {
    while (round < rounds) {
      const i = round++;
      const own = `${name} ${i}`;
      const put = { put: newEntry({ namespace, key: own, vector: null }) };
      const { applied } = await store.commit([put, { put: newEntry({ namespace, key: shared[i % shared.length]! }) }]);
      if (i % 3 === 0) await store.commit([{ remove: applied[0]! }]);
      else left.push(own);
      await countUp(namespace);
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  return left;
}

/** Until the count was at the revision it was read at; and it is touched once. */
async function countUp(namespace: string): Promise<void> {
  for (;;) {
    const { id, value, revision } = (await store.get(namespace, "count"))!;
    try {
      const counted = newEntry({ namespace, key: "count", value: `${Number(value) + 1}` });
      await store.commit([
        { put: counted, when: { revision } },
        { touch: [id], at: 5000 },
      ]);
      return;
    } catch (error) {
      if (!(error instanceof MnemeError && error.code === "conflict")) throw error;
    }
  }
}
