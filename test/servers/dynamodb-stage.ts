import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Report } from "../harness.ts";
import { visitPages } from "../runtimes/browsers.ts";
import { bundle, KERNELS, kernelBytes, wasmBesideScript } from "../runtimes/bundle.ts";
import { launchChromium } from "../runtimes/chromium.ts";
import { runIn } from "../runtimes/processes.ts";
import { installed, ROOT, RUNTIMES, reportIn, type Stage } from "../stage.ts";
import { startFront } from "./dynamodb-front.ts";
import { startDynamoDB } from "./dynamodb-server.ts";
import { writeTogether } from "./dynamodb-writers.ts";

/** Where test packages are, for the SDK to be found by bundles. */
const nodePaths = [join(RUNTIMES, "node_modules")];

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
        tell("dynamodb, workerd", await inWorker(`${query}`));
        tell("dynamodb, chromium", await inPage(server.endpoint, front.endpoint));
        tell("dynamodb, two processes on one table", await writeTogether(server.endpoint));
      } finally {
        await front.close();
      }
    } finally {
      await server.close();
    }
  },
};

interface MiniflarePackage {
  Miniflare: new (options: object) => { dispatchFetch(url: string): Promise<Response>; dispose(): Promise<void> };
}

async function inWorker(query: string): Promise<Report> {
  const { Miniflare } = await installed<MiniflarePackage>("miniflare");
  const script = await bundle("../servers/dynamodb-worker-entry.js", "dynamodb-worker/worker.js", {
    conditions: ["workerd", "worker", "browser"],
    plugins: [wasmBesideScript],
    nodePaths,
  });
  const kernels = KERNELS.map(async (path) => ({ type: "CompiledWasm", path, contents: await kernelBytes(path) }));
  const miniflare = new Miniflare({
    host: "127.0.0.1",
    port: 0,
    compatibilityDate: "2026-07-01",
    modules: [
      { type: "ESModule", path: "worker.js", contents: await readFile(script, "utf8") },
      ...(await Promise.all(kernels)),
    ],
  });
  try {
    const answer = await miniflare.dispatchFetch(`http://worker.test/?${query}`);
    const body = await answer.text();
    if (!answer.ok) throw new Error(body);
    return JSON.parse(body) as Report;
  } finally {
    await miniflare.dispose();
  }
}

async function inPage(server: string, front: string): Promise<Report> {
  const script = await bundle("../servers/dynamodb-page-entry.js", "dynamodb-page/index.js", { nodePaths });
  await writeFile(join(dirname(script), "index.html"), '<!doctype html><script type="module" src="index.js"></script>');
  const line = await startFront(server, "good");
  try {
    const query = new URLSearchParams({ endpoint: line.endpoint, front });
    let report: Report | undefined;
    await visitPages(launchChromium, dirname(script), async (visit) => {
      report = await visit(`/?${query}`);
    });
    return report!;
  } finally {
    await line.close();
  }
}
