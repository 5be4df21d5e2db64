import { cp } from "node:fs/promises";
import { join } from "node:path";
import { pageOf, visitPages } from "../runtimes/browsers.ts";
import { launchChromium } from "../runtimes/chromium.ts";
import { inWorker } from "../runtimes/miniflare.ts";
import { runIn } from "../runtimes/processes.ts";
import { ROOT, reportIn, type Stage } from "../stage.ts";
import { MODEL_FILES, NO_NODE } from "../sync-embedder/stages.ts";
import { startFront } from "./front.ts";

/** Groups follow one another; those of a group, which mostly wait, run side by side. */
const PROCESSES: [runtime: string, ...others: string[]][][] = [[["node 22", "model"]], [["deno"], ["bun"]]];

/** One server that speaks every protocol, and every place it is asked from. */
export const embeddersStage: Stage = {
  name: "embedders",
  async run(tell) {
    const front = await startFront();
    const { origin, http2 } = front;
    try {
      const entry = join(ROOT, "dist/test/embedders/process-entry.js");
      const runProcess = async ([name, ...others]: [string, ...string[]]): Promise<void> => {
        const { stdout } = await runIn(name, [entry, origin, http2, ...others]);
        tell(`embedders, ${name}`, reportIn(stdout));
      };
      for (const group of PROCESSES) await Promise.all(group.map(runProcess));
      await Promise.all([askFromWorker(origin, tell), askFromPage(origin, tell)]);
    } finally {
      await front.close();
    }
  },
};

type Tell = Parameters<Stage["run"]>[0];

async function askFromWorker(origin: string, tell: Tell): Promise<void> {
  // The binding is workerd's own; what it sends, Miniflare hands on to this address.
  const platform = { ai: { binding: "AI", remoteProxyConnectionString: new URL(origin) } };
  await inWorker("../embedders/worker-entry.js", "embedders-worker", { platform }, async (report) => {
    tell("embedders, workerd", await report(`/?${new URLSearchParams({ origin })}`));
  });
}

async function askFromPage(origin: string, tell: Tell): Promise<void> {
  const folder = await pageOf("../embedders/page-entry.js", "embedders-page", "index", NO_NODE);
  for (const [part, source] of Object.entries(MODEL_FILES)) {
    await cp(join(ROOT, source), join(folder, part), { recursive: true });
  }
  await visitPages(launchChromium, folder, async (visit) => {
    tell("embedders, chromium", await visit(`/?${new URLSearchParams({ origin })}`));
  });
}
