import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { equal, ok } from "../conformance/assert.ts";
import { type Report, run } from "../harness.ts";
import { visitPages } from "../runtimes/browsers.ts";
import { launchChromium } from "../runtimes/chromium.ts";
import { runIn } from "../runtimes/processes.ts";
import { fetchFromWorker } from "../runtimes/workerd.ts";
import { execute, installed, ROOT, RUNTIMES, type Stage } from "../stage.ts";

const WELL = "simd exact semantic computed sync";

/** Asks an index for threads and posts whether one helped; the index is an inner file, as the package does not export it yet. */
const THREADS_PAGE = `import { ExactIndex } from "../node_modules/mneme/dist/src/vectors/exact-index.js";
const post = (name) => fetch("/report", { method: "POST", body: JSON.stringify({ passed: 0, failed: [{ name, error: "" }] }) });
const index = new ExactIndex(128, { threads: 2, helpFrom: 2100 });
const row = (i) => Float32Array.from({ length: 128 }, (_, j) => Math.sin(i * (j + 1)) / (1 + j));
for (let i = 1; i <= 2200; i++) index.add(i, "n", row(i));
index.settle();
let helped = 0;
for (const start = performance.now(); helped === 0 && performance.now() - start < 5000; ) {
  for (let i = 1; i <= 50; i++) {
    if (index.search("n", row(i), 1, 0.9)[0]?.id !== i) throw await post("another answer");
    helped += index.helped;
  }
  await new Promise((resolve) => setTimeout(resolve, 20));
}
index.close();
post(helped > 0 ? "a thread helped" : "it searched alone");
`;

/** One embedder of all that come together, and the one that wants a worker, which such a page may not wait for. */
const EMBEDDERS_PAGE = `import { openaiEmbedder, openSyncEmbedder } from "mneme/embedders";
const { fingerprint } = openaiEmbedder({ model: "text-embedding-3-small" });
openSyncEmbedder({ module: new URL("none.js", location.href) }).catch(({ code }) => {
  fetch("/report", { method: "POST", body: JSON.stringify({ passed: 0, failed: [{ name: \`\${fingerprint} \${code}\`, error: "" }] }) });
});
`;

/** The package as npm would publish it, installed in a project of its own, and used from there. */
export const consumerStage: Stage = {
  name: "consumers",
  async run(tell) {
    const folder = await mkdtemp(join(tmpdir(), "mneme-consumer-"));
    try {
      await makeConsumer(folder);
      tell("consumers of the packed package", await run({ consumer: (test) => consumerTests(folder, test) }));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function makeConsumer(folder: string): Promise<void> {
  const { stdout } = await execute("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder]);
  const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
  await writeFile(join(folder, "package.json"), '{ "type": "module", "private": true }\n');
  const flags = ["--no-audit", "--no-fund", "--loglevel=error"];
  await execute("npm", ["install", ...flags, join(folder, filename)], { cwd: folder });
  await cp(join(ROOT, "dist/test/package/consumer-app.js"), join(folder, "app.js"));
  await writeFile(join(folder, "main.js"), 'import { useMneme } from "./app.js";\nconsole.log(await useMneme());\n');
  await writeFile(
    join(folder, "page.js"),
    `import { useMneme } from "./app.js";
const post = (passed, failed) => fetch("/report", { method: "POST", body: JSON.stringify({ passed, failed }) });
useMneme().then((answer) => post(1, [{ name: answer, error: "" }]), (error) => post(0, [{ name: String(error), error: "" }]));
`,
  );
  await writeFile(
    join(folder, "worker.js"),
    `import { useMneme } from "./app.js";
export default { fetch: async () => new Response(await useMneme()) };
`,
  );
  await writeFile(join(folder, "index.html"), '<!doctype html><script type="module" src="/page.js"></script>\n');
  await mkdir(join(folder, "threads"));
  await cp(join(folder, "index.html"), join(folder, "threads/index.html"));
  await writeFile(join(folder, "threads/page.js"), THREADS_PAGE);
  await mkdir(join(folder, "embedders"));
  await cp(join(folder, "index.html"), join(folder, "embedders/index.html"));
  await writeFile(join(folder, "embedders/page.js"), EMBEDDERS_PAGE);
}

function consumerTests(folder: string, test: (name: string, run: () => unknown) => void): void {
  for (const runtime of ["node 20", "node 26", "deno", "bun"]) {
    test(`${runtime} imports it`, async () => {
      equal((await runIn(runtime, [join(folder, "main.js")], folder)).stdout.trim(), WELL);
    });
  }

  test("only the package comes along, and the few lines its IndexedDB store stands on", async () => {
    const names = (await readdir(join(folder, "node_modules"))).filter((name) => !name.startsWith("."));
    equal(names.sort(), ["idb-keyval", "mneme"]);
  });

  test("inner files cannot be imported", async () => {
    await writeFile(join(folder, "inner.js"), 'import "mneme/dist/src/kernel/kernel.js";\n');
    const error = await runIn("node 20", [join(folder, "inner.js")], folder).then(
      () => "it could",
      (error: Error) => error.message,
    );
    ok(error.includes("ERR_PACKAGE_PATH_NOT_EXPORTED"), error);
  });

  test("mneme/kernel.wasm is the kernel", async () => {
    const script = `import { readFile } from "node:fs/promises";
const url = import.meta.resolve("mneme/kernel.wasm");
console.log(WebAssembly.Module.exports(new WebAssembly.Module(await readFile(new URL(url)))).length);`;
    await writeFile(join(folder, "wasm.js"), script);
    ok(Number((await runIn("node 20", [join(folder, "wasm.js")], folder)).stdout) > 10, "it has exports");
  });

  test("esbuild bundles it for a browser, and the bundle runs in Chromium and in Node", async () => {
    const { build } = await import("esbuild");
    const options = { absWorkingDir: folder, bundle: true, format: "esm", minify: true, logLevel: "error" } as const;
    await build({ ...options, entryPoints: ["page.js"], outfile: "esbuild/page.js" });
    await cp(join(folder, "index.html"), join(folder, "esbuild/index.html"));
    equal(await answerOfPage(join(folder, "esbuild")), WELL);
    await build({ ...options, entryPoints: ["main.js"], outfile: "esbuild/main.mjs", platform: "node" });
    equal((await runIn("node 20", [join(folder, "esbuild/main.mjs")], folder)).stdout.trim(), WELL);
  });

  test("Vite bundles it, and the bundle runs in Chromium", async () => {
    const { build } = await installed<{ build(options: object): Promise<unknown> }>("vite");
    await build({ root: folder, logLevel: "error", configFile: false, build: { outDir: "vite", emptyOutDir: true } });
    equal(await answerOfPage(join(folder, "vite")), WELL);
  });

  test("Vite bundles the threads that help too; where a bundler leaves them out an index searches alone", async () => {
    const root = join(folder, "threads");
    const { build } = await installed<{ build(options: object): Promise<unknown> }>("vite");
    await build({ root, logLevel: "error", configFile: false, build: { outDir: "vite", target: "es2022" } });
    equal(await answerOfPage(join(root, "vite")), "a thread helped");
    const esbuild = await import("esbuild");
    const options = { absWorkingDir: root, bundle: true, format: "esm", logLevel: "error" } as const;
    await esbuild.build({ ...options, entryPoints: ["page.js"], outfile: "esbuild/page.js" });
    await cp(join(root, "index.html"), join(root, "esbuild/index.html"));
    equal(await answerOfPage(join(root, "esbuild")), "it searched alone");
  });

  test("Vite bundles all embedders with the worker of one, without being told how", async () => {
    const root = join(folder, "embedders");
    const { build } = await installed<{ build(options: object): Promise<unknown> }>("vite");
    await build({ root, logLevel: "error", configFile: false, build: { outDir: "vite" } });
    ok(
      (await readdir(join(root, "vite/assets"))).some((name) => name.startsWith("sync-entry")),
      "its worker",
    );
    equal(await answerOfPage(join(root, "vite")), "openai:text-embedding-3-small:dim1536 unsupported");
  });

  test("wrangler bundles it, and the bundle runs in workerd", async () => {
    await mkdir(join(folder, "home"), { recursive: true });
    const script = join(RUNTIMES, "node_modules/wrangler/bin/wrangler.js");
    const node = join(RUNTIMES, "node_modules/node22/bin/node"); // wrangler refuses Node 20
    const flags = ["--dry-run", "--outdir", "wrangler", "--name", "app", "--compatibility-date", "2025-05-01"];
    await execute(node, [script, "deploy", "worker.js", ...flags], {
      cwd: folder,
      env: { HOME: join(folder, "home"), WRANGLER_SEND_METRICS: "false", CI: "true" },
    });
    const built = await readdir(join(folder, "wrangler"));
    const modules = built.filter((name) => name.endsWith(".wasm"));
    equal(modules.length, 2, `wrangler wrote ${built}`); // the small kernel and the whole one
    const answer = await fetchFromWorker(join(folder, "wrangler/worker.js"), modules, "2025-05-01");
    equal(await answer.text(), WELL);
  });

  test("where Workers get no module, the bytes are refused and the scalar kernel answers", async () => {
    const { build } = await import("esbuild");
    await build({
      absWorkingDir: folder,
      entryPoints: ["worker.js"],
      outfile: "unaware/worker.js", // bundled by someone who does not know of the "workerd" condition
      bundle: true,
      format: "esm",
      logLevel: "error",
    });
    const answer = await fetchFromWorker(join(folder, "unaware/worker.js"), [], "2025-05-01");
    equal(await answer.text(), WELL.replace("simd", "scalar"));
  });
}

/** The page posts what `useMneme` answered as the name of a "failure", as a report has no other place for a text. */
async function answerOfPage(folder: string): Promise<string> {
  let report: Report | undefined;
  await visitPages(launchChromium, folder, async (visit) => {
    report = await visit("/");
  });
  return report?.failed[0]?.name ?? "nothing";
}
