// Runs the store's suites in Node, Deno or Bun, by one client.
//   postgres-process-entry.ts CLIENT URL FRONT
import { run } from "../harness.ts";
import { postgresTests } from "./postgres.test.ts";
import { CLIENTS } from "./postgres-clients.ts";

const [name, url, front] = process.argv.slice(2) as [string, string, string];
const { client, end } = await CLIENTS[name]!(url, front);
console.log(JSON.stringify(await run({ [name]: postgresTests(client, { runs: 10 }) })));
await end();
