import { join } from "node:path";
import { redisStore } from "../../adapters/stores/redis.ts";
import { commandOf } from "../../adapters/stores/redis-client.ts";
import { freePort } from "../free-port.ts";
import { type Report, run } from "../harness.ts";
import { pageOf, visitPages } from "../runtimes/browsers.ts";
import { launchChromium } from "../runtimes/chromium.ts";
import { inWorker } from "../runtimes/miniflare.ts";
import { runIn } from "../runtimes/processes.ts";
import { ROOT, RUNTIMES, reportIn, type Stage } from "../stage.ts";
import { workerExampleTests } from "./examples.test.ts";
import { FAULTS, FaultProxy } from "./fault-proxy.ts";
import { type FaultyStore, faultTests, type Line } from "./faults.test.ts";
import { HTTP_FAULTS, HttpFaultProxy } from "./http-fault-proxy.ts";
import { newPrefix } from "./redis.test.ts";
import { TCP_CLIENTS, upstashClient } from "./redis-clients.ts";
import { REDIS_PASSWORD, type RedisServer, startRedis } from "./redis-server.ts";
import { redisTogetherTests } from "./redis-together.ts";
import { startUpstashFront, type UpstashFront } from "./upstash-front.ts";

/** What bytes do to a client over HTTP, requests show sooner; but nobody may answer, or be there. */
const BYTES: Line = { faults: ["hang", "gone"], before: (port) => FaultProxy.before(port) };
const REQUESTS: Line = {
  faults: HTTP_FAULTS.filter((fault) => fault !== "away behind a gateway"), // to the client it is as one that is broken
  before: (port) => HttpFaultProxy.before(port),
};

type Tell = Parameters<Stage["run"]>[0];

/** All of it once directly and once over HTTP; the promises of stores by every client, in every runtime. */
const PROCESSES: [runtime: string, client: string, how: "whole" | "again"][] = [
  ["node 22", "ioredis", "whole"],
  ["node 22", "upstash", "whole"],
  ["node 22", "node-redis", "again"],
  ["deno", "node-redis", "again"],
  ["deno", "upstash", "again"],
  ["bun", "ioredis", "again"],
  ["bun", "upstash, nothing decoded", "again"],
];
/** Where @upstash/redis is bundled from. */
const bundling = { nodePaths: [join(RUNTIMES, "node_modules")] };

/** The store on a real Redis: directly, and over HTTP. */
export const redisStage: Stage = {
  name: "redis",
  async run(tell) {
    const server = await startRedis();
    try {
      const front = await startUpstashFront(server.url);
      try {
        for (const place of PROCESSES) await runProcess(place, server, front, tell);
        tell("redis, the Worker among the examples", await run({ examples: workerExampleTests(server.url, bundling) }));
        tell("redis, two processes", await run({ together: redisTogetherTests(server.url) }));
        tell("redis, between faults", await betweenFaults(() => faultyRedis(server), [{ ...BYTES, faults: FAULTS }]));
        tell("redis, between faults (upstash)", await betweenFaults(() => faultyUpstash(front), [BYTES, REQUESTS]));
        const { url, token } = front;
        const worker = { bundling, platform: { bindings: { URL: url, TOKEN: token } } };
        await inWorker("../servers/redis-worker-entry.js", "redis-worker", worker, async (report) => {
          tell("redis, workerd, upstash", await report("/"));
        });
        const folder = await pageOf("../servers/redis-page-entry.js", "redis-page", "index", bundling);
        await visitPages(launchChromium, folder, async (visit) => {
          tell("redis, chromium, upstash", await visit(`/?${new URLSearchParams({ url, token })}`));
        });
      } finally {
        await front.close();
      }
    } finally {
      await server.close();
    }
    const cluster = await startCluster();
    try {
      await runProcess(["node 22", "ioredis, a cluster", "again"], cluster, undefined, tell);
    } finally {
      await cluster.close();
    }
  },
};

async function runProcess(
  [runtime, client, how]: (typeof PROCESSES)[number],
  server: RedisServer,
  front: UpstashFront | undefined,
  tell: Tell,
): Promise<void> {
  const file = join(ROOT, "dist/test/servers/redis-process-entry.js");
  const addresses = front === undefined ? [server.url] : [server.url, front.url, front.token];
  tell(`redis, ${runtime}, ${client}`, reportIn((await runIn(runtime, [file, client, how, ...addresses])).stdout));
}

/** Each fault beside the others, as they mostly wait, and on a store of its own: opening one reads all that is in it. */
async function betweenFaults(faulty: () => FaultyStore, lines: readonly Line[]): Promise<Report> {
  const single = lines.flatMap((line) => line.faults.map((fault) => ({ ...line, faults: [fault] })));
  const reports = await Promise.all(single.map((line) => run({ faults: faultTests(faulty(), line) })));
  return {
    passed: reports.reduce((sum, { passed }) => sum + passed, 0),
    failed: reports.flatMap(({ failed }) => failed),
  };
}

function faultyRedis({ url }: RedisServer): FaultyStore {
  const prefix = newPrefix();
  return {
    port: Number(new URL(url).port),
    secrets: [REDIS_PASSWORD],
    async open(port, patience) {
      const { client, end } = await TCP_CLIENTS["ioredis, impatient"]!(url.replace(/:\d+$/, `:${port}`));
      return { store: redisStore({ client, prefix, ...patience }), end: async () => end() };
    },
  };
}

/** Its own attempts are left to the store. */
function faultyUpstash({ url, token }: UpstashFront): FaultyStore {
  const prefix = newPrefix();
  return {
    port: Number(new URL(url).port),
    secrets: [token, REDIS_PASSWORD],
    async open(port, patience) {
      const client = await upstashClient({ url: `http://127.0.0.1:${port}`, token, retry: false });
      return { store: redisStore({ client, prefix, retries: 0, ...patience }), end: async () => {} };
    },
  };
}

/** A cluster of one: what it refuses is a script with keys of several slots. */
async function startCluster(): Promise<RedisServer> {
  const busPort = `${await freePort()}`;
  const cluster = await startRedis(
    "--cluster-enabled",
    "yes",
    "--cluster-port",
    busPort,
    "--cluster-announce-ip",
    "127.0.0.1",
  );
  const { client, end } = await TCP_CLIENTS.ioredis!(cluster.url);
  await commandOf(client)(["CLUSTER", "ADDSLOTSRANGE", "0", "16383"]);
  while (!String(await commandOf(client)(["CLUSTER", "INFO"])).includes("cluster_state:ok")) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  end();
  return cluster;
}
