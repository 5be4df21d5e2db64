import { existsSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { ok } from "../conformance/assert.ts";
import { run } from "../harness.ts";
import { execute, ROOT, type Stage } from "../stage.ts";
import { casefoldTests, pythonUnicode } from "./casefold.ts";
import { exampleTests } from "./examples.ts";
import { layerTests } from "./layers.ts";
import { readmeTests } from "./readme.ts";
import { referenceTests } from "./reference.ts";

/** Of the core with its kernel, minified and gzipped. */
const SIZE_LIMIT = 26_500;

/** Scripts of package.json: anyone can run one alone. */
const SCRIPTS: Record<string, string> = {
  "format and lint": "check:format",
  "no dead code": "check:dead",
  "package contents": "check:package",
  "published types": "check:types",
};

export const checkStage: Stage = {
  name: "checks",
  async run(tell) {
    const { core, engine } = await sizes();
    const unicode = await pythonUnicode();
    const report = await run({
      layers: layerTests,
      readme: readmeTests,
      reference: referenceTests,
      examples: exampleTests,
      casefold: casefoldTests(unicode),
      package: (test) => {
        for (const [name, script] of Object.entries(SCRIPTS)) {
          test(name, () => execute("npm", ["run", "--silent", script], { env: { NO_COLOR: "1" } }));
        }
        test("every export and import of package.json is a built file", () => {
          const { exports, imports, bin } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as object & {
            exports: object;
            imports: object;
            bin: object;
          };
          for (const file of [exports, imports, bin].flatMap(leaves))
            ok(existsSync(join(ROOT, file)), `${file} is missing`);
        });
        test("each kernel is under 12 KB", () => {
          for (const name of ["rows", "simd", "simd-shared"]) {
            const { size } = statSync(join(ROOT, `dist/kernel.${name}.wasm`));
            ok(size < 12_000, `${name} has ${size} bytes`);
          }
        });
        test(`the core is at most ${SIZE_LIMIT} bytes gzipped`, () => {
          ok(core <= SIZE_LIMIT, `it is ${core} bytes`);
        });
      },
    });
    const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} KB`;
    const measured = `core with kernel: ${kilobytes(core)} gzipped; engine for many rows: ${kilobytes(engine)}`;
    tell(`checks (${measured}; Unicode of Python: ${unicode ?? "no Python"})`, report);
  },
};

/** What a program loads that uses a cache, and what it loads besides once there are many entries. */
async function sizes(): Promise<{ core: number; engine: number }> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: 'export { SemanticCache } from "mneme";', resolveDir: ROOT },
    bundle: true,
    splitting: true,
    outdir: "bundle",
    minify: true,
    format: "esm",
    platform: "browser",
    write: false,
    metafile: true,
    external: ["#path-store", "#kernel-thread"],
    logLevel: "error",
  });
  const outputs = Object.entries(metafile.outputs);
  /** All that comes with what begins at an entry. */
  const loaded = (entry: string): Set<string> => {
    const chunks = new Set<string>();
    const load = (name: string): void => {
      chunks.add(name);
      for (const { path, kind } of metafile.outputs[name]!.imports) {
        if (kind === "import-statement" && path in metafile.outputs && !chunks.has(path)) load(path);
      }
    };
    load(outputs.find(([, { entryPoint }]) => entryPoint?.endsWith(entry))![0]);
    return chunks;
  };
  const of = (wanted: (name: string) => boolean): number => {
    const files = outputFiles.filter(({ path }) => wanted(relative(ROOT, path)));
    return files.reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).byteLength, 0);
  };
  const core = loaded("<stdin>");
  const engine = loaded("cache/vector-engine.js");
  return { core: of((name) => core.has(name)), engine: of((name) => engine.has(name) && !core.has(name)) };
}

function leaves(tree: object): string[] {
  return Object.values(tree).flatMap((value) => (typeof value === "string" ? [value] : leaves(value as object)));
}
