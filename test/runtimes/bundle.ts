import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { type BuildOptions, build, type Plugin } from "esbuild";
import { ROOT, SCRATCH } from "../stage.ts";

/** Bundles one of the compiled entries of this folder, as users bundle their own programs. Returns the file. */
export async function bundle(entry: string, output: string, options: BuildOptions): Promise<string> {
  const outfile = join(SCRATCH, output);
  await build({
    entryPoints: [join(ROOT, "dist/test/runtimes", entry)],
    outfile,
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    logLevel: "error",
    ...options,
  });
  return outfile;
}

/** Leaves imports of .wasm to the runtime, under the bare file name. */
export const wasmBesideScript: Plugin = {
  name: "wasm-beside-script",
  setup(build) {
    build.onResolve({ filter: /\.wasm$/ }, ({ path }) => ({ path: basename(path), external: true }));
  },
};

/** Takes modules from a global, as Vercel's bundler does with "?module". */
export const wasmFromGlobal: Plugin = {
  name: "wasm-from-global",
  setup(build) {
    build.onResolve({ filter: /\.wasm\?module$/ }, ({ path }) => ({ path: basename(path), namespace: "wasm" }));
    build.onLoad({ filter: /.*/, namespace: "wasm" }, ({ path }) => ({
      contents: `export default globalThis[${JSON.stringify(path.split("?")[0])}];`,
    }));
  },
};

/** The kernels' files, which Workers deploy beside a script. */
export const KERNELS = ["kernel.rows.wasm", "kernel.simd.wasm"] as const;

export async function kernelBytes(name: (typeof KERNELS)[number]): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await readFile(join(ROOT, "dist", name)));
}

export const SQL_JS_MODULE = "sql-wasm-browser.wasm";

export async function sqlJsModule(): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await readFile(join(ROOT, "node_modules/sql.js/dist", SQL_JS_MODULE)));
}
