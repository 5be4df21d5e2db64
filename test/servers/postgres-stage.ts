import { join } from "node:path";
import { run } from "../harness.ts";
import { pageOf, visitPages } from "../runtimes/browsers.ts";
import { launchChromium } from "../runtimes/chromium.ts";
import { inWorker } from "../runtimes/miniflare.ts";
import { runIn } from "../runtimes/processes.ts";
import { ROOT, RUNTIMES, reportIn, type Stage } from "../stage.ts";
import { edgeExampleTests } from "./examples.test.ts";
import { startNeonFront } from "./neon-front.ts";
import { postgresFaults } from "./postgres-faults.ts";
import { startPostgres } from "./postgres-server.ts";
import { postgresStress } from "./postgres-stress.ts";

/** Where Neon's driver is bundled from. */
const bundling = { nodePaths: [join(RUNTIMES, "node_modules")] };

const PROCESSES: [runtime: string, client: string][] = [
  ["node 22", "pg"],
  ["node 22", "postgres.js"],
  ["node 22", "PGlite"],
  ["node 22", "neon HTTP"],
  ["node 22", "neon Pool"],
  ["deno", "postgres.js"],
  ["deno", "neon HTTP"],
  ["bun", "postgres.js"],
  ["bun", "neon HTTP"],
];

/** The store on a real PostgreSQL with pgvector, by every client; and what speaks Neon's protocol before it. */
export const postgresStage: Stage = {
  name: "postgres",
  async run(tell) {
    const server = await startPostgres();
    try {
      const front = await startNeonFront();
      try {
        const entry = join(ROOT, "dist/test/servers/postgres-process-entry.js");
        for (const [runtime, client] of PROCESSES) {
          const { stdout } = await runIn(runtime, [entry, client, server.url, front.address]);
          tell(`postgres, ${runtime}, ${client}`, reportIn(stdout));
        }
        const query = `?${new URLSearchParams({ url: server.url, front: front.address })}`;
        await inWorker("../servers/postgres-worker-entry.js", "postgres-worker", { bundling }, async (report) => {
          tell("postgres, workerd, neon HTTP", await report(`/${query}`));
        });
        const folder = await pageOf("../servers/postgres-page-entry.js", "postgres-page", "index", bundling);
        await visitPages(launchChromium, folder, async (visit) => {
          tell("postgres, chromium, neon HTTP", await visit(`/${query}`));
        });
        const examples = edgeExampleTests(server.url, bundling);
        tell("postgres, the edge function among the examples", await run({ examples }));
        for (const [client, suite] of Object.entries(postgresFaults(server, front))) {
          tell(`postgres, between faults (${client})`, await run({ faults: suite }));
        }
        tell("postgres, two processes", await run({ stress: postgresStress(server.url) }));
      } finally {
        await front.close();
      }
    } finally {
      await server.close();
    }
  },
};
