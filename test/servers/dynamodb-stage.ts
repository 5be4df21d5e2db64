import { join } from "node:path";
import { tableTests } from "../cli/servers.test.ts";
import { run } from "../harness.ts";
import { pageOf, visitPages } from "../runtimes/browsers.ts";
import { launchChromium } from "../runtimes/chromium.ts";
import { inWorker } from "../runtimes/miniflare.ts";
import { runIn } from "../runtimes/processes.ts";
import { ROOT, RUNTIMES, reportIn, type Stage } from "../stage.ts";
import { startFront } from "./dynamodb-front.ts";
import { startDynamoDB } from "./dynamodb-server.ts";

/** Where the SDK is bundled from. */
const bundling = { nodePaths: [join(RUNTIMES, "node_modules")] };

type Process = [place: string, runtime: string, suites: string];
/** Groups follow one another; those of a group, of which one mostly waits, run side by side. */
const PROCESSES: Process[][] = [
  [["node 22", "node 22", "whole"]],
  [
    ["between faults", "node 22", "faults"],
    ["deno", "deno", "shared"],
  ],
  [
    ["two processes on one table", "node 22", "together"],
    ["bun", "bun", "shared"],
  ],
];

/** One server, and every place a store can speak to it from. */
export const dynamodbStage: Stage = {
  name: "dynamodb",
  async run(tell) {
    const server = await startDynamoDB();
    const bad = await startFront(server.endpoint, "bad");
    const good = await startFront(server.endpoint); // DynamoDB Local does not let pages ask it
    try {
      const entry = join(ROOT, "dist/test/servers/dynamodb-entry.js");
      const runProcess = async ([place, runtime, suites]: Process): Promise<void> => {
        const { stdout } = await runIn(runtime, [entry, suites, server.endpoint, bad.endpoint]);
        tell(`dynamodb, ${place}`, reportIn(stdout));
      };
      for (const group of PROCESSES) await Promise.all(group.map(runProcess));
      const addresses = (endpoint: string) => new URLSearchParams({ endpoint, front: bad.endpoint });
      await inWorker("../servers/dynamodb-worker-entry.js", "dynamodb-worker", { bundling }, async (report) => {
        tell("dynamodb, workerd", await report(`/?${addresses(server.endpoint)}`));
      });
      const folder = await pageOf("../servers/dynamodb-page-entry.js", "dynamodb-page", "index", bundling);
      await visitPages(launchChromium, folder, async (visit) => {
        tell("dynamodb, chromium", await visit(`/?${addresses(good.endpoint)}`));
      });
      tell("dynamodb, the command line", await run({ cli: tableTests(server.endpoint) }));
    } finally {
      for (const { close } of [bad, good, server]) await close();
    }
  },
};
