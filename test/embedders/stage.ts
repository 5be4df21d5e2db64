import { cp } from "node:fs/promises";
import { join } from "node:path";
import { pageOf, visitPages } from "../runtimes/browsers.ts";
import { launchChromium } from "../runtimes/chromium.ts";
import { inWorker } from "../runtimes/miniflare.ts";
import { runIn } from "../runtimes/processes.ts";
import { ROOT, reportIn, type Stage } from "../stage.ts";
import { MODEL_FILES, NO_NODE } from "../sync-embedder/stages.ts";
import { startFront } from "./front.ts";

/** Programs, and what each does besides. */
const PROCESSES: Record<string, string[]> = { "node 22": ["model"], deno: [], bun: [] };

/** One server that speaks every protocol, and every place it is asked from. */
export const embeddersStage: Stage = {
  name: "embedders",
  async run(tell) {
    const front = await startFront();
    const { origin, http2 } = front;
    try {
      const entry = join(ROOT, "dist/test/embedders/process-entry.js");
      for (const [name, others] of Object.entries(PROCESSES)) {
        tell(`embedders, ${name}`, reportIn((await runIn(name, [entry, origin, http2, ...others])).stdout));
      }
      const platform = { ai: { binding: "AI", remoteProxyConnectionString: new URL(origin) } };
      await inWorker("../embedders/worker-entry.js", "embedders-worker", { platform }, async (report) => {
        tell("embedders, workerd", await report(`/?${new URLSearchParams({ origin })}`));
      });
      const folder = await pageOf("../embedders/page-entry.js", "embedders-page", "index", NO_NODE);
      for (const [part, source] of Object.entries(MODEL_FILES))
        await cp(join(ROOT, source), join(folder, part), { recursive: true });
      await visitPages(launchChromium, folder, async (visit) => {
        tell("embedders, chromium", await visit(`/?${new URLSearchParams({ origin })}`));
      });
    } finally {
      await front.close();
    }
  },
};
