import { join } from "node:path";
import { postgresStore } from "../../adapters/stores/postgres.ts";
import { redisStore } from "../../adapters/stores/redis.ts";
import { SemanticCache, type Store } from "../../src/index.ts";
import { inWorker } from "../runtimes/miniflare.ts";
import { startNeonFront } from "../servers/neon-front.ts";
import { CLIENTS } from "../servers/postgres-clients.ts";
import { startPostgres } from "../servers/postgres-server.ts";
import { TCP_CLIENTS } from "../servers/redis-clients.ts";
import { startRedis } from "../servers/redis-server.ts";
import { startUpstashFront } from "../servers/upstash-front.ts";
import { RUNTIMES } from "../stage.ts";
import { embedder, entryOf } from "./cold-rows.ts";
import { type Bench, type Line, spread } from "./measure.ts";

const BATCH = 500;
const STARTS = 5;

/** A Worker opens a cache of many entries that lie elsewhere, and answers: how long that takes, and how many requests. */
export const benchCold: Bench = async ({ entries = 10_000 }) => {
  const ended: (() => Promise<void>)[] = [];
  try {
    const redis = await startRedis();
    ended.push(() => redis.close());
    const upstash = await startUpstashFront(redis.url);
    ended.push(() => upstash.close());
    const postgres = await startPostgres();
    ended.push(() => postgres.close());
    const neon = await startNeonFront();
    ended.push(() => neon.close());

    const tcp = await TCP_CLIENTS.ioredis!(redis.url);
    const kept = redisStore({ client: tcp.client, timeout: 600_000 });
    await fill(kept, entries);
    const cache = await SemanticCache.open({ embedder, store: kept, resident: "codes" });
    await cache.close(); // keeps its index
    tcp.end();
    const pg = await CLIENTS.pg!(postgres.url, "");
    await fill(postgresStore({ client: pg.client, vectors: "pgvector" }), entries);
    await pg.end();

    const lines: Line[] = [];
    const platform = {
      bindings: { URL: upstash.url, TOKEN: upstash.token, POSTGRES: postgres.url, NEON: neon.address },
    };
    const bundling = { nodePaths: [join(RUNTIMES, "node_modules")] };
    for (const way of ["redis, rows", "redis, codes", "postgres, store"]) {
      const times: number[] = [];
      let told: Record<string, number | string> = {};
      for (let start = 0; start < STARTS; start++) {
        await inWorker("../bench/cold-worker-entry.js", "cold-worker", { bundling, platform }, async (report) => {
          const before = performance.now();
          told = (await report(`/?${new URLSearchParams({ way, row: "777" })}`)) as unknown as typeof told;
          times.push(performance.now() - before);
        });
      }
      if (told.response !== "answer 777") throw new Error(`${way} answered ${told.response}`);
      const { opening, asking, indexBytes } = told as Record<string, number>;
      const { median, max } = spread(times);
      lines.push({ way, entries, "ms to the first answer": median, most: max, opening: opening!, asking: asking! });
      lines.at(-1)!["index MB"] = indexBytes! / 1e6;
    }
    return { notes: NOTES, lines };
  } finally {
    for (const end of ended.reverse()) await end();
  }
};

const NOTES = [
  `${embedder.dimensions} dimensions; a Worker in workerd, started ${STARTS} times, over loopback HTTP (Upstash's protocol before Redis, Neon's before Postgres).`,
  `"rows" reads every entry; "codes" (resident: "codes") reads the index kept beside them; "store" (index: "store") reads nothing.`,
  `"opening" and "asking" are requests: to open, and for one get of what was never asked in these words. Compiling the Worker's script is in the first answer.`,
];

async function fill(store: Store, entries: number): Promise<void> {
  await store.open(embedder);
  for (let row = 0; row < entries; row += BATCH) {
    const count = Math.min(BATCH, entries - row);
    await store.commit(Array.from({ length: count }, (_, i) => ({ put: entryOf(row + i) })));
  }
}
