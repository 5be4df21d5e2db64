// Runs the store's suites in a Cloudflare Worker, by @upstash/redis.
import { Redis } from "@upstash/redis/cloudflare";
import { run } from "../harness.ts";
import { redisTests } from "./redis.test.ts";
import { redisOwnTests } from "./redis-own.test.ts";

export default {
  async fetch(_request: Request, { URL: url, TOKEN: token }: { URL: string; TOKEN: string }): Promise<Response> {
    const client = new Redis({ url, token });
    return Response.json(await run({ redis: redisTests(client, { runs: 4 }), "Redis's own": redisOwnTests(client) }));
  },
};
