import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { BuildOptions } from "esbuild";
import { execute, installed, ROOT, reportIn, type Stage } from "../stage.ts";
import { bundle, KERNELS, kernelBytes, wasmFromGlobal } from "./bundle.ts";

interface EdgeRuntimePackage {
  EdgeRuntime: new (options: {
    initialCode: string;
    extend: (context: Record<string, unknown>) => Record<string, unknown>;
    codeGeneration: { strings: boolean; wasm: boolean };
  }) => Runtime;
  runServer(options: { runtime: Runtime; host: string }): Promise<{ url: string; close(): Promise<void> }>;
}
interface Runtime {
  dispatchFetch(url: string): Promise<Response>;
}

/** Vercel's edge runtime, with code generation off as it is in production: only a deployed module may run. */
export const edgeStages: Stage[] = [
  {
    name: "edge-runtime",
    async run(tell) {
      // In a process of its own, as it computes where it is: here servers of other stages have to answer.
      const { stdout } = await execute(process.execPath, [join(ROOT, "dist/test/runtimes/edge-process-entry.js")]);
      tell("edge-runtime", reportIn(stdout));
    },
  },
];

/** What a compiled entry answers as an edge function. */
export async function fetchFromEdge(entry: string, folder: string): Promise<Response> {
  const runtime = await edgeRuntime(entry, folder);
  return runtime.dispatchFetch("http://edge.test/");
}

/** Runs a compiled entry as an edge function that is asked at an address. `process.env` is what is given. */
export async function inEdgeRuntime(
  entry: string,
  folder: string,
  { bundling, env }: { bundling: BuildOptions; env: Record<string, string> },
  work: (url: string) => Promise<void>,
): Promise<void> {
  const { runServer } = await installed<EdgeRuntimePackage>("edge-runtime");
  const runtime = await edgeRuntime(entry, folder, bundling, { process: { env } });
  const server = await runServer({ runtime, host: "127.0.0.1" });
  try {
    await work(server.url);
  } finally {
    await server.close();
  }
}

async function edgeRuntime(
  entry: string,
  folder: string,
  bundling: BuildOptions = {},
  globals: Record<string, unknown> = {},
): Promise<Runtime> {
  const { EdgeRuntime } = await installed<EdgeRuntimePackage>("edge-runtime");
  const conditions = ["edge-light", "worker", "browser"];
  const script = await bundle(entry, `${folder}/function.js`, {
    conditions,
    format: "iife",
    plugins: [wasmFromGlobal],
    ...bundling,
  });
  const modules: Record<string, WebAssembly.Module> = {};
  for (const name of KERNELS) modules[name] = new WebAssembly.Module(await kernelBytes(name));
  return new EdgeRuntime({
    initialCode: await readFile(script, "utf8"),
    extend: (context) => Object.assign(context, modules, globals),
    codeGeneration: { strings: false, wasm: false },
  });
}
