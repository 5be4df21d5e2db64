import { type Report, run } from "../harness.ts";
import { startPostgres } from "../servers/postgres-server.ts";
import { startRedis } from "../servers/redis-server.ts";
import { startUpstashFront } from "../servers/upstash-front.ts";
import type { Stage } from "../stage.ts";
import { cliTests, runtimeTests } from "./cli.test.ts";
import { serverTests } from "./servers.test.ts";

/** The command line as processes on real files: all of it in one Node, the essence elsewhere. */
export const cliStage: Stage = {
  name: "cli",
  async run(tell) {
    tell("cli, node 22", await run({ cli: cliTests }));
    for (const runtime of ["node 20", "node 26", "deno", "bun"]) {
      tell(`cli, ${runtime}`, await run({ cli: runtimeTests(runtime) }));
    }
    tell("cli, stores on servers", await onServers());
  },
};

async function onServers(): Promise<Report> {
  const redis = await startRedis();
  const front = await startUpstashFront(redis.url);
  try {
    const postgres = await startPostgres();
    try {
      return await run({ cli: serverTests(redis.url, front, postgres.url) });
    } finally {
      await postgres.close();
    }
  } finally {
    await front.close();
    await redis.close();
  }
}
