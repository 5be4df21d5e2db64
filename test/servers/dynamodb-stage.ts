import { join } from "node:path";
import { tableTests } from "../cli/servers.test.ts";
import { type Report, run } from "../harness.ts";
import { pageOf, visitPages } from "../runtimes/browsers.ts";
import { launchChromium } from "../runtimes/chromium.ts";
import { inWorker } from "../runtimes/miniflare.ts";
import { runIn } from "../runtimes/processes.ts";
import { ROOT, RUNTIMES, reportIn, type Stage } from "../stage.ts";
import { startFront } from "./dynamodb-front.ts";
import { startDynamoDB } from "./dynamodb-server.ts";
import { writeTogether } from "./dynamodb-writers.ts";

/** Where the SDK is bundled from. */
const bundling = { nodePaths: [join(RUNTIMES, "node_modules")] };

/** One server, and every place a store can speak to it from. */
export const dynamodbStage: Stage = {
  name: "dynamodb",
  async run(tell) {
    const server = await startDynamoDB();
    try {
      const front = await startFront(server.endpoint);
      try {
        const addresses = [server.endpoint, front.endpoint];
        const query = new URLSearchParams({ endpoint: server.endpoint, front: front.endpoint });
        const entry = join(ROOT, "dist/test/servers/dynamodb-entry.js");
        for (const [runtime, ...whole] of [["node 22", "whole"], ["deno"], ["bun"]] as const) {
          tell(`dynamodb, ${runtime}`, reportIn((await runIn(runtime, [entry, ...addresses, ...whole])).stdout));
        }
        await inWorker("../servers/dynamodb-worker-entry.js", "dynamodb-worker", { bundling }, async (report) => {
          tell("dynamodb, workerd", await report(`/?${query}`));
        });
        tell("dynamodb, chromium", await inPage(server.endpoint, front.endpoint));
        tell("dynamodb, the command line", await run({ cli: tableTests(server.endpoint) }));
        tell("dynamodb, two processes on one table", await writeTogether(server.endpoint));
      } finally {
        await front.close();
      }
    } finally {
      await server.close();
    }
  },
};

/** DynamoDB Local does not let pages ask it: a front that does stands before it. */
async function inPage(server: string, front: string): Promise<Report> {
  const folder = await pageOf("../servers/dynamodb-page-entry.js", "dynamodb-page", "index", bundling);
  const line = await startFront(server, "good");
  try {
    const query = new URLSearchParams({ endpoint: line.endpoint, front });
    let report: Report | undefined;
    await visitPages(launchChromium, folder, async (visit) => {
      report = await visit(`/?${query}`);
    });
    return report!;
  } finally {
    await line.close();
  }
}
