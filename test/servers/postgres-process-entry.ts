// Runs the store's suites in Node, Deno or Bun, by one client.
//   postgres-process-entry.ts CLIENT URL FRONT
import { run, type Suite } from "../harness.ts";
import { postgresModels, postgresTests } from "./postgres.test.ts";
import { postgresCacheTests } from "./postgres-cache.test.ts";
import { CLIENTS } from "./postgres-clients.ts";
import { postgresOwnTests } from "./postgres-own.test.ts";
import { postgresScrubTests } from "./postgres-scrub.test.ts";
import { postgresSearchTests } from "./postgres-search.test.ts";
import { postgresServerTests } from "./postgres-server.test.ts";

const [name, url, front] = process.argv.slice(2) as [string, string, string];
const { client, end } = await CLIENTS[name]!(url, front);
const isNode = !("Deno" in globalThis || "Bun" in globalThis);
const suites: Record<string, Suite> = {};
if (name === "pg")
  suites.models = postgresModels(client, { runs: 10 }); // the rest is asked of it with pgvector
else suites.store = postgresTests(client, { runs: 2, scrubs: name !== "neon HTTP" });
if (isNode) suites["its own"] = postgresOwnTests(client);
if (name === "PGlite" || name === "pg") suites.search = postgresSearchTests(client, { all: name === "pg" });
if (name === "pg") {
  suites["on a server"] = postgresServerTests(url, front);
  suites.scrub = postgresScrubTests;
  suites["searched itself"] = postgresCacheTests(client, url);
}
console.log(JSON.stringify(await run(suites)));
await end();
