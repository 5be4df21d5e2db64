import { join } from "node:path";
import { runIn } from "../runtimes/processes.ts";
import { ROOT, reportIn, type Stage } from "../stage.ts";
import { type RedisServer, startRedis } from "./redis-server.ts";
import { startUpstashFront, type UpstashFront } from "./upstash-front.ts";

const PROCESSES: [runtime: string, client: string][] = [
  ["node 22", "ioredis"],
  ["node 22", "node-redis"],
  ["node 22", "upstash"],
  ["deno", "ioredis"],
  ["deno", "upstash"],
  ["bun", "ioredis"],
  ["bun", "upstash"],
];

/** The store on a real Redis: directly, and over HTTP. */
export const redisStage: Stage = {
  name: "redis",
  async run(tell) {
    const server = await startRedis();
    try {
      const front = await startUpstashFront(server.url);
      try {
        await runProcesses(server, front, tell);
      } finally {
        await front.close();
      }
    } finally {
      await server.close();
    }
  },
};

async function runProcesses(server: RedisServer, front: UpstashFront, tell: Parameters<Stage["run"]>[0]) {
  const file = join(ROOT, "dist/test/servers/redis-process-entry.js");
  for (const [runtime, client] of PROCESSES) {
    const { stdout } = await runIn(runtime, [file, client, server.url, front.url, front.token]);
    tell(`redis, ${runtime}, ${client}`, reportIn(stdout));
  }
}
