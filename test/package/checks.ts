import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { equal, ok } from "../conformance/assert.ts";
import { run } from "../harness.ts";
import { execute, ROOT, SCRATCH, type Stage } from "../stage.ts";
import { casefoldTests, pythonUnicode } from "./casefold.ts";
import { exampleTests } from "./examples.ts";
import { layerTests } from "./layers.ts";
import { readmeTests } from "./readme.ts";
import { referenceTests } from "./reference.ts";

/** Of the core with its kernel, minified and gzipped. */
const SIZE_LIMIT = 37_000;

/** Of a memory with its kernel, minified and gzipped. */
const MEMORY_LIMIT = 56_000;

/** What all guards add, minified and gzipped. */
const GUARDS_LIMIT = 10_240;

/** Of what an adapter adds to a program that has the core, minified and gzipped. */
const ADAPTER_LIMIT = 4096;

/** Of mneme/mcp, half of which is what models are told. */
const MCP_LIMIT = 11_000;

/** Of each part that mneme/openai is fetched in, minified and gzipped. */
const OPENAI_LIMIT = 4_000;

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
    const { core, engine, guards, inCore, inCache } = await sizes();
    const memory = await loadedAtOnce('export { AgentMemory } from "mneme/memory";');
    const guardsAlone = await sizeOfGuards();
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
        test(`a memory is at most ${MEMORY_LIMIT} bytes gzipped, and has nothing of caches in it`, () => {
          ok(memory.bytes <= MEMORY_LIMIT, `it is ${memory.bytes} bytes`);
          equal(
            memory.inputs.filter((input) => /src\/cache\//.test(input)),
            [],
          );
        });
        test("a cache has nothing of memories in it, even of what it fetches later", () => {
          equal(
            inCache.filter((input) => /src\/memory\//.test(input)),
            [],
          );
        });
        test(`guards are at most ${GUARDS_LIMIT} bytes gzipped, fetched apart from the core`, () => {
          ok(guardsAlone <= GUARDS_LIMIT, `they are ${guardsAlone} bytes`);
          ok(guards > 0 && inCore.length === 0, `the core has ${inCore}`);
        });
        test(`each embedder adds at most ${ADAPTER_LIMIT} bytes gzipped`, async () => {
          for (const [name, bytes] of Object.entries(await sizesOfEmbedders()))
            ok(bytes <= ADAPTER_LIMIT, `${name} has ${bytes}`);
        });
        test(`each adapter of a model's SDK, and of metrics, adds at most ${ADAPTER_LIMIT} bytes gzipped`, async () => {
          const adapters = {
            cacheMiddleware: "llm/ai-sdk",
            embeddingMiddleware: "llm/ai-sdk",
            langchainCache: "llm/langchain",
            langgraphCache: "llm/langgraph",
            langgraphStore: "llm/langgraph",
            prometheusMetrics: "metrics/prometheus",
            otelMetrics: "metrics/opentelemetry",
          };
          for (const [name, file] of Object.entries(adapters)) {
            const size = await added(`export { ${name} } from "./dist/adapters/${file}.js";`);
            ok(size <= ADAPTER_LIMIT, `${name} has ${size}`);
          }
        });
        test(`mneme/mcp adds at most ${MCP_LIMIT} bytes gzipped`, async () => {
          const size = await added('export * from "./dist/adapters/mcp/mcp.js";');
          ok(size <= MCP_LIMIT, `it has ${size}`);
        });
        test(`mneme/openai comes in parts of at most ${OPENAI_LIMIT} bytes gzipped`, async () => {
          const parts = await partsOf("adapters/llm/openai.js");
          ok(parts.length > 4 && parts.every((size) => size <= OPENAI_LIMIT), `they are ${parts}`);
        });
        test("a bundle made with mneme-no-guards has none, and says so when they are wanted", noGuards);
      },
    });
    const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} KB`;
    const measured = `core with kernel: ${kilobytes(core)} gzipped; memory with kernel: ${kilobytes(memory.bytes)}; engine for many rows: ${kilobytes(engine)}; guards: ${kilobytes(guards)}`;
    tell(`checks (${measured}; Unicode of Python: ${unicode ?? "no Python"})`, report);
  },
};

/** A bundle in parts: what is loaded with a part, and how large parts are. */
async function bundled(contents: string) {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: ROOT },
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
  const sizeOf = (wanted: (name: string) => boolean): number => {
    const files = outputFiles.filter(({ path }) => wanted(relative(ROOT, path)));
    return files.reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).byteLength, 0);
  };
  const inputsOf = (chunks: Iterable<string>): string[] =>
    [...chunks].flatMap((name) => Object.keys(metafile.outputs[name]!.inputs));
  return { loaded, sizeOf, inputsOf, all: Object.keys(metafile.inputs) };
}

/** What a program loads that uses a cache, and what it loads besides: once there are many entries, and for guards. */
async function sizes(): Promise<{ core: number; engine: number; guards: number; inCore: string[]; inCache: string[] }> {
  const { loaded, sizeOf, inputsOf, all } = await bundled('export { SemanticCache } from "mneme";');
  const core = loaded("<stdin>");
  const engine = loaded("cache/vector-engine.js");
  const kit = loaded("guards/kit.js");
  return {
    core: sizeOf((name) => core.has(name)),
    engine: sizeOf((name) => engine.has(name) && !core.has(name)),
    guards: sizeOf((name) => kit.has(name) && !core.has(name)),
    inCore: inputsOf(core).filter(isOfGuards),
    inCache: all,
  };
}

async function loadedAtOnce(contents: string): Promise<{ bytes: number; inputs: string[] }> {
  const { loaded, sizeOf, inputsOf } = await bundled(contents);
  const chunks = loaded("<stdin>");
  return { bytes: sizeOf((name) => chunks.has(name)), inputs: inputsOf(chunks) };
}

function isOfGuards(input: string): boolean {
  return input.includes("text/guards/");
}

/** Each alone, as a program gets it that imports no other; the few of Node's workers are more. */
async function sizesOfEmbedders(): Promise<Record<string, number>> {
  const index = readFileSync(join(ROOT, "adapters/embedders/index.ts"), "utf8");
  const names = [...index.matchAll(/\b\w+Embedder\b/g)]
    .map(([name]) => name)
    .filter((name) => !/Sync|Worker/.test(name));
  const sizes = names.map(async (name) => [
    name,
    await added(`export { ${name} } from "./dist/adapters/embedders/index.js";`),
  ]);
  return Object.fromEntries(await Promise.all(sizes));
}

/** What some code adds to a program that has the core, minified and gzipped. */
async function added(contents: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: ROOT },
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    write: false,
    external: [
      "@energetic-ai/*",
      "@langchain/*",
      "@modelcontextprotocol/*",
      "@opentelemetry/*",
      "prom-client",
      "zod/v4",
      "#sync-worker",
    ], // those of others are not here, and let be by the bundler
    plugins: [
      {
        name: "core",
        setup({ onResolve }) {
          onResolve({ filter: /\/src\/(memory\/)?index\.js$/ }, () => ({ path: "mneme", external: true }));
        },
      },
    ],
  });
  return gzipSync(outputFiles[0]!.contents, { level: 9 }).byteLength;
}

async function sizeOfGuards(): Promise<number> {
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, "dist/src/text/guards/default.js")],
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
  });
  return gzipSync(outputFiles[0]!.contents, { level: 9 }).byteLength;
}

/** The sizes of what is loaded together, then on demand, of a built file. */
async function partsOf(path: string): Promise<number[]> {
  const { outputFiles } = await build({
    entryPoints: [join(ROOT, "dist", path)],
    bundle: true,
    splitting: true,
    outdir: "bundle",
    minify: true,
    format: "esm",
    write: false,
  });
  return outputFiles.map(({ contents }) => gzipSync(contents, { level: 9 }).byteLength);
}

async function noGuards(): Promise<void> {
  const program = `
    import { SemanticCache } from "mneme";
    const embedder = { fingerprint: "one", dimensions: 1, embed: (texts) => texts.map(() => [1]) };
    const code = await SemanticCache.open({ embedder }).then(() => "opened", (error) => error.code);
    const cache = await SemanticCache.open({ embedder, guards: false });
    await cache.put("2 eggs", "two");
    const hit = await cache.get("6 eggs");
    await cache.close();
    console.log(code, hit.response);`;
  const file = join(SCRATCH, "no-guards.mjs"); // inside the package, whose name and addons it imports
  const { metafile } = await build({
    stdin: { contents: program, resolveDir: ROOT },
    bundle: true,
    outfile: file,
    format: "esm",
    platform: "node",
    conditions: ["mneme-no-guards"],
    external: ["#path-store", "#kernel-thread"],
    metafile: true,
    logLevel: "error",
  });
  const has = Object.keys(metafile.inputs).filter(isOfGuards);
  equal(
    has.map((input) => basename(input)),
    ["none.js"],
  );
  const { stdout } = await execute(process.execPath, [file]);
  equal(stdout.trim(), "unsupported two");
}

function leaves(tree: object): string[] {
  return Object.values(tree).flatMap((value) => (typeof value === "string" ? [value] : leaves(value as object)));
}
