import { readFile } from "node:fs/promises";
import type { Report } from "../harness.ts";
import { installed, type Stage } from "../stage.ts";
import { bundle, KERNELS, kernelBytes, wasmFromGlobal } from "./bundle.ts";

interface EdgeRuntimePackage {
  EdgeRuntime: new (options: {
    initialCode: string;
    extend: (context: Record<string, unknown>) => Record<string, unknown>;
    codeGeneration: { strings: boolean; wasm: boolean };
  }) => { dispatchFetch(url: string): Promise<Response> };
}

/** Vercel's edge runtime, with code generation off as it is in production: only a deployed module may run. */
export const edgeStages: Stage[] = [
  {
    name: "edge-runtime",
    async run(tell) {
      const { EdgeRuntime } = await installed<EdgeRuntimePackage>("edge-runtime");
      const conditions = ["edge-light", "worker", "browser"];
      const script = await bundle("edge-entry.js", "edge/function.js", {
        conditions,
        format: "iife",
        plugins: [wasmFromGlobal],
      });
      const modules: Record<string, WebAssembly.Module> = {};
      for (const name of KERNELS) modules[name] = new WebAssembly.Module(await kernelBytes(name));
      const runtime = new EdgeRuntime({
        initialCode: await readFile(script, "utf8"),
        extend: (context) => Object.assign(context, modules),
        codeGeneration: { strings: false, wasm: false },
      });
      const answer = await runtime.dispatchFetch("http://edge.test/");
      tell("edge-runtime", (await answer.json()) as Report);
    },
  },
];
