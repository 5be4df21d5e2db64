// Runs the store's suites in Node, Deno or Bun, by one client.
//   redis-process-entry.ts CLIENT URL TOKEN
import { run } from "../harness.ts";
import { redisTests } from "./redis.test.ts";
import { TCP_CLIENTS, upstashClient } from "./redis-clients.ts";

const [name, url, token] = process.argv.slice(2) as [string, string, string];
const open = TCP_CLIENTS[name];
const { client, end } = open ? await open(url) : { client: await upstashClient({ url, token }), end: () => {} };
console.log(JSON.stringify(await run({ [name]: redisTests(client, { runs: 15 }) })));
end();
