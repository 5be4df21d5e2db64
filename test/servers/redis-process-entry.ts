// Runs the store's suites in Node, Deno or Bun, by one client.
//   redis-process-entry.ts CLIENT whole|again REDIS FRONT TOKEN
import { run, type Suite } from "../harness.ts";
import { redisTests, redisTestsAgain } from "./redis.test.ts";
import { TCP_CLIENTS, upstashClient } from "./redis-clients.ts";
import { redisFailureTests } from "./redis-failures.test.ts";
import { redisOwnTests } from "./redis-own.test.ts";
import { redisScrubTests } from "./redis-scrub.test.ts";

/** @upstash/redis may be told to leave answers as they are, and to send each command by itself. */
const OPTIONS: Record<string, object> = {
  "upstash, nothing decoded": { automaticDeserialization: false, responseEncoding: false, enableAutoPipelining: false },
};

const [name, how, redis, url, token] = process.argv.slice(2) as [string, "whole" | "again", string, string, string];
const open = TCP_CLIENTS[name];
const { client, end } = open
  ? await open(redis)
  : { client: await upstashClient({ url, token, ...OPTIONS[name] }), end: () => {} };
const suites: Record<string, Suite> = {};
if (how === "whole") {
  suites[name] = redisTests(client, { runs: open ? 10 : 2, scrubs: open !== undefined, again: open === undefined });
  suites[`${name}, Redis's own`] = redisOwnTests(client);
  if (open) suites.scrub = redisScrubTests;
  if (open) suites.failures = redisFailureTests(redis, { url, token }, client);
} else {
  suites[name] = redisTestsAgain(client, { scrubs: open !== undefined });
}
console.log(JSON.stringify(await run(suites)));
end();
