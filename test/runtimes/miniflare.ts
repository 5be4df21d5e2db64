import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { BuildOptions } from "esbuild";
import type { Report } from "../harness.ts";
import { installed } from "../stage.ts";
import { bundle, KERNELS, kernelBytes, wasmBesideScript } from "./bundle.ts";

interface MiniflarePackage {
  Miniflare: new (
    options: object,
  ) => {
    dispatchFetch(url: string): Promise<Response>;
    dispose(): Promise<void>;
  };
}

export interface WorkerOptions {
  /** Of bundling, beside those that every worker has. */
  bundling?: BuildOptions;
  /** WebAssembly beside the kernels, by name. */
  wasm?: Record<string, Uint8Array>;
  /** Of Miniflare: bindings, databases. */
  platform?: object;
}

/** Runs a compiled entry as a worker of Cloudflare's own local platform. `report` answers what the worker does at a path. */
export async function inWorker(
  entry: string,
  folder: string,
  { bundling, wasm = {}, platform }: WorkerOptions,
  work: (report: <Answer = Report>(path: string) => Promise<Answer>) => Promise<void>,
): Promise<void> {
  const { Miniflare } = await installed<MiniflarePackage>("miniflare");
  const script = await bundle(entry, `${folder}/worker.js`, {
    conditions: ["workerd", "worker", "browser"],
    plugins: [wasmBesideScript],
    ...bundling,
  });
  const kernels = await Promise.all(KERNELS.map(async (path) => [path, await kernelBytes(path)] as const));
  const miniflare = new Miniflare({
    host: "127.0.0.1",
    port: 0,
    compatibilityDate: "2026-07-01",
    modules: [
      { type: "ESModule", path: basename(script), contents: await readFile(script, "utf8") },
      ...[...kernels, ...Object.entries(wasm)].map(([path, contents]) => ({ type: "CompiledWasm", path, contents })),
    ],
    ...platform,
  });
  try {
    await work(async <Answer>(path: string) => {
      const answer = await miniflare.dispatchFetch(`http://worker.test${path}`);
      const body = await answer.text();
      if (!answer.ok) throw new Error(body);
      return JSON.parse(body) as Answer;
    });
  } finally {
    await miniflare.dispose();
  }
}
