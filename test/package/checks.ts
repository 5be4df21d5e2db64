import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { ok } from "../conformance/assert.ts";
import { run } from "../harness.ts";
import { execute, ROOT, type Stage } from "../stage.ts";
import { exampleTests } from "./examples.ts";
import { layerTests } from "./layers.ts";
import { readmeTests } from "./readme.ts";

/** Of the core with its kernel, minified and gzipped. */
const SIZE_LIMIT = 17_500;

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
    const size = await coreSize();
    const report = await run({
      layers: layerTests,
      readme: readmeTests,
      examples: exampleTests,
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
        test(`the core is at most ${SIZE_LIMIT} bytes gzipped`, () => {
          ok(size <= SIZE_LIMIT, `it is ${size} bytes`);
        });
      },
    });
    tell(`checks (core with kernel: ${(size / 1000).toFixed(1)} KB gzipped)`, report);
  },
};

async function coreSize(): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: 'export { SemanticCache } from "mneme";', resolveDir: ROOT },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    write: false,
    external: ["#path-store"], // loaded when a path is given, as a chunk of its own
    logLevel: "error",
  });
  return gzipSync(outputFiles[0]!.contents, { level: 9 }).byteLength;
}

function leaves(tree: object): string[] {
  return Object.values(tree).flatMap((value) => (typeof value === "string" ? [value] : leaves(value as object)));
}
