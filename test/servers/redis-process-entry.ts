// Runs the store's suites in Node, Deno or Bun, by one client.
//   redis-process-entry.ts CLIENT REDIS FRONT TOKEN
import { run } from "../harness.ts";
import { redisTests } from "./redis.test.ts";
import { TCP_CLIENTS, upstashClient } from "./redis-clients.ts";
import { redisFailureTests } from "./redis-failures.test.ts";
import { redisOwnTests } from "./redis-own.test.ts";

/** @upstash/redis may be told to leave answers as they are, and to send each command by itself. */
const OPTIONS: Record<string, object> = {
  "upstash, nothing decoded": { automaticDeserialization: false, responseEncoding: false, enableAutoPipelining: false },
};

const [name, redis, url, token] = process.argv.slice(2) as [string, string, string, string];
const open = TCP_CLIENTS[name];
const { client, end } = open
  ? await open(redis)
  : { client: await upstashClient({ url, token, ...OPTIONS[name] }), end: () => {} };
const report = await run({
  [name]: redisTests(client, { runs: open ? 10 : 4 }),
  [`${name}, Redis's own`]: redisOwnTests(client),
  ...(name === "ioredis" ? { failures: redisFailureTests(redis, { url, token }, client) } : {}),
});
console.log(JSON.stringify(report));
end();
