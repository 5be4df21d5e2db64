// Runs the store's suites in a Cloudflare Worker, by @upstash/redis.
import { Redis } from "@upstash/redis/cloudflare";
import { run } from "../harness.ts";
import { redisTestsAgain } from "./redis.test.ts";

export default {
  async fetch(_request: Request, { URL: url, TOKEN: token }: { URL: string; TOKEN: string }): Promise<Response> {
    const client = new Redis({ url, token });
    return Response.json(await run({ redis: redisTestsAgain(client, { scrubs: false }) }));
  },
};
