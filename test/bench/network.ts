import { existsSync } from "node:fs";
import { join } from "node:path";
import { SemanticCache } from "../../src/index.ts";
import { CountingProxy, type Traffic } from "../servers/counting-proxy.ts";
import { execute, RUNTIMES } from "../stage.ts";
import { CacheBed, stored } from "./cache-bed.ts";
import { type Bench, type Line, spread } from "./measure.ts";
import { type Backend, SERVERS } from "./network-backends.ts";
import { ANSWER, Calls } from "./network-calls.ts";
import { measureSemanticCache } from "./network-peer.ts";

const DIMENSIONS = 768;
const FILLED_AT_ONCE = 200;
/** With fewer entries, calls are timed less often. */
const FULL = 10_000;
/** How often the traffic of a call is counted; the one before is not: it makes connections, and scripts known. */
const COUNTED = 2;

const NOTES = [
  `Round trips and bytes are those on the wire, counted by a proxy: what a call takes on the average. Round trips are requests: those sent at once count each. Headers of HTTP are in the bytes; there is no TLS.`,
  `p50 and p99 are milliseconds over the loopback, without the proxy: what client, server and cache work. A network adds its own time for each round trip.`,
  `Vectors have ${DIMENSIONS} dimensions, answers ${ANSWER.length} bytes; embedding is not included. Every answer is checked.`,
  `"Following" is mode "stale-tolerant" with staleness 0; all else is mode "single".`,
];

/** What the verbs of a cache cost on each networked store: on the wire, and in time. `sets` names servers. */
export const benchNetwork: Bench = async ({ entries = FULL, sets = Object.keys(SERVERS) }) => {
  const unknown = sets.filter((name) => !(name in SERVERS));
  if (unknown.length > 0) throw new Error(`--sets expected some of ${Object.keys(SERVERS)}, not ${unknown}.`);
  if (!existsSync(join(RUNTIMES, "node_modules/@upstash/semantic-cache"))) {
    await execute(process.execPath, ["test/setup.mjs", "--all"]); // servers and their clients
  }
  const lines: Line[] = [];
  for (const name of sets) {
    let data = "";
    await SERVERS[name]!(async (backend) => {
      console.error(`bench: ${backend.name}`);
      const bed = new CacheBed(Math.min(entries, backend.most ?? entries), DIMENSIONS);
      try {
        if (data !== backend.data) await fill(backend, bed);
        data = backend.data;
        lines.push(...(await measured(backend, bed)));
      } finally {
        bed.remove();
      }
    });
  }
  const notes = [
    ...NOTES,
    `${entries.toLocaleString("en")} entries; 2,000 in DynamoDB Local at the most, which is slow to fill.`,
  ];
  return { notes, lines, sections: { "@upstash/semantic-cache": await measureSemanticCache() } };
};

async function fill({ connect, index, port }: Backend, bed: CacheBed): Promise<void> {
  const { store, end } = await connect(port);
  const cache = await SemanticCache.open({ guards: false, embedder: bed.embedder, store: store(), index });
  for (let from = 0; from < bed.entries; from += FILLED_AT_ONCE) {
    const count = Math.min(FILLED_AT_ONCE, bed.entries - from);
    await cache.putMany(Array.from({ length: count }, (_, i) => ({ query: stored(from + i), response: ANSWER })));
  }
  await cache.close();
  await end();
}

async function measured(backend: Backend, bed: CacheBed): Promise<Line[]> {
  const proxy = await CountingProxy.before(backend.port);
  const behind = await Calls.open(backend, proxy.port, bed);
  const traffic: Traffic[] = [];
  for (const { before, run, after } of behind.all) {
    const sum: Traffic = { roundTrips: 0, sent: 0, received: 0 };
    for (let i = 0; i <= COUNTED; i++) {
      await before?.(i);
      const { roundTrips, sent, received } = proxy.traffic;
      await run(i);
      const now = proxy.traffic;
      await after?.(i);
      if (i === 0) continue;
      sum.roundTrips += now.roundTrips - roundTrips;
      sum.sent += now.sent - sent;
      sum.received += now.received - received;
    }
    traffic.push(sum);
    await behind.settle();
  }
  await behind.close();
  await proxy.close();

  const direct = await Calls.open(backend, backend.port, bed);
  const lines: Line[] = [];
  for (const [which, { name, timed, before, run, after }] of direct.all.entries()) {
    const times: number[] = [];
    const calls = Math.ceil(timed * Math.min(1, bed.entries / FULL));
    for (let i = 0; i <= calls; i++) {
      await before?.(i);
      const start = performance.now();
      await run(i);
      if (i > 0) times.push(performance.now() - start);
      await after?.(i);
    }
    const { roundTrips, sent, received } = traffic[which]!;
    const { median, p99 } = spread(times);
    lines.push({
      store: backend.name,
      call: name,
      "round trips": Number((roundTrips / COUNTED).toFixed(1)),
      sent: Math.round(sent / COUNTED),
      received: Math.round(received / COUNTED),
      p50: Number(median.toFixed(3)),
      p99: Number(p99.toFixed(3)),
    });
    await direct.settle();
  }
  await direct.close();
  return lines;
}
