// Runs the store's suites in Node, Deno or Bun, by one client.
//   redis-process-entry.ts CLIENT REDIS FRONT TOKEN
import { run } from "../harness.ts";
import { redisTests } from "./redis.test.ts";
import { TCP_CLIENTS, upstashClient } from "./redis-clients.ts";
import { redisFailureTests } from "./redis-failures.test.ts";
import { redisOwnTests } from "./redis-own.test.ts";

const [name, redis, url, token] = process.argv.slice(2) as [string, string, string, string];
const open = TCP_CLIENTS[name];
const { client, end } = open ? await open(redis) : { client: await upstashClient({ url, token }), end: () => {} };
const report = await run({
  [name]: redisTests(client, { runs: 15 }),
  [`${name}, Redis's own`]: redisOwnTests(client),
  ...(name === "ioredis" ? { failures: redisFailureTests(redis, { url, token }, client) } : {}),
});
console.log(JSON.stringify(report));
end();
