import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Report, run } from "../harness.ts";
import { visitPages } from "../runtimes/browsers.ts";
import { bundle, KERNELS, kernelBytes, wasmBesideScript } from "../runtimes/bundle.ts";
import { launchChromium } from "../runtimes/chromium.ts";
import { runIn } from "../runtimes/processes.ts";
import { installed, ROOT, RUNTIMES, reportIn, type Stage } from "../stage.ts";
import { startNeonFront } from "./neon-front.ts";
import { startPostgres } from "./postgres-server.ts";
import { postgresStress } from "./postgres-stress.ts";

type Tell = Parameters<Stage["run"]>[0];

const PROCESSES: [runtime: string, client: string][] = [
  ["node 22", "pg"],
  ["node 22", "postgres.js"],
  ["node 22", "PGlite"],
  ["node 22", "neon HTTP"],
  ["node 22", "neon Pool"],
  ["deno", "PGlite"],
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
        await inWorker(query, tell);
        await inPage(query, tell);
        tell("postgres, two processes", await run({ stress: postgresStress(server.url) }));
      } finally {
        await front.close();
      }
    } finally {
      await server.close();
    }
  },
};

/** Neon's driver is installed beside the runtimes. */
const nodePaths = [join(RUNTIMES, "node_modules")];

async function inWorker(query: string, tell: Tell): Promise<void> {
  const { Miniflare } = await installed<MiniflarePackage>("miniflare");
  const script = await bundle("../servers/postgres-worker-entry.js", "postgres-worker/worker.js", {
    conditions: ["workerd", "worker", "browser"],
    plugins: [wasmBesideScript],
    nodePaths,
  });
  const miniflare = new Miniflare({
    host: "127.0.0.1",
    port: 0,
    compatibilityDate: "2026-07-01",
    modules: [
      { type: "ESModule", path: "worker.js", contents: await readFile(script, "utf8") },
      ...(await Promise.all(
        KERNELS.map(async (path) => ({ type: "CompiledWasm", path, contents: await kernelBytes(path) })),
      )),
    ],
  });
  try {
    const answer = await miniflare.dispatchFetch(`http://worker.test/${query}`);
    const body = await answer.text();
    if (!answer.ok) throw new Error(body);
    tell("postgres, workerd, neon HTTP", JSON.parse(body) as Report);
  } finally {
    await miniflare.dispose();
  }
}

async function inPage(query: string, tell: Tell): Promise<void> {
  const script = await bundle("../servers/postgres-page-entry.js", "postgres-page/index.js", { nodePaths });
  const folder = dirname(script);
  await writeFile(join(folder, "index.html"), '<!doctype html><script type="module" src="index.js"></script>');
  await visitPages(launchChromium, folder, async (visit) => {
    tell("postgres, chromium, neon HTTP", await visit(`/${query}`));
  });
}

interface MiniflarePackage {
  Miniflare: new (
    options: object,
  ) => {
    dispatchFetch(url: string): Promise<Response>;
    dispose(): Promise<void>;
  };
}
