import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { ROOT } from "../stage.ts";

/** What the cache and the memory have in common beside stores, texts and vectors. */
const BOTH = ["src/error.ts", "src/abort.ts", "src/embedder.ts", "src/place.ts", "src/ttl.ts"];

/** Who may import whom. A key is a folder or file, the longest that fits; each may import itself. */
const ALLOWED: Record<string, string[]> = {
  assembly: [],
  "src/error.ts": [],
  "src/abort.ts": [],
  "src/embedder.ts": ["src/abort.ts", "src/store", "src/error.ts"],
  "src/place.ts": ["src/error.ts"],
  "src/ttl.ts": ["src/error.ts"],
  "src/kernel": [
    "src/error.ts",
    "#kernel-modules",
    "#engine-modules",
    "#kernel-thread",
    "node:worker_threads",
    "kernel.rows.wasm",
    "kernel.rows.wasm?module",
    "kernel.simd.wasm",
    "kernel.simd.wasm?module",
  ],
  "src/vectors": ["src/kernel", "src/error.ts"],
  "src/store": ["src/error.ts"],
  "src/text": ["src/error.ts"],
  "src/cache": ["src/vectors", "src/store", "src/text", ...BOTH, "#path-store", "#guards", "#background"],
  "src/calibrate": ["src/cache", "src/vectors", "src/store", "src/text", ...BOTH],
  "src/recording": ["src/cache", "src/store", "src/text", ...BOTH, "node:fs/promises"],
  "src/memory": ["src/vectors", "src/store", "src/text", ...BOTH, "#path-store"],
  "src/cli": ["mneme", "mneme/*", "node:*", "#path-store"],
  "src/index.ts": ["src/cache", "src/memory", "src/store", "src/text", "src/vectors", ...BOTH],
  adapters: ["src/index.ts", "src/memory/index.ts", "src/error.ts"],
  examples: ["mneme", "mneme/*", "node:*"],
  "examples/langchain.ts": ["mneme", "mneme/*", "@langchain/core"],
  "examples/mcp-server.ts": ["mneme", "mneme/*", "@modelcontextprotocol/sdk"],
  "examples/langgraph.ts": ["mneme", "mneme/*", "@langchain/langgraph"],
  "examples/langgraph-memory.ts": ["mneme", "mneme/*", "@langchain/langgraph"],
  "examples/cloudflare-worker": ["mneme", "mneme/*", "@upstash/redis"],
  "examples/vercel-edge": ["mneme", "mneme/*", "@neondatabase/serverless"],
};

export const layerTests: Suite = (test) => {
  for (const layer of Object.keys(ALLOWED)) {
    test(`${layer} imports only what it may`, () => {
      for (const file of sources().filter((file) => layerOf(file) === layer)) {
        for (const imported of importsOf(file)) {
          ok(allowed(layer, file, imported), `${file} imports ${imported}`);
        }
      }
    });
  }

  test("every source file belongs to a layer, and no file is a drawer", () => {
    for (const file of sources()) {
      ok(layerOf(file) !== undefined, `${file} is in no layer`);
      ok(!/^(utils?|types|common|helpers?)\.ts$/.test(basename(file)), `${file}: name it after the noun it holds`);
    }
  });

  test("only the kernel knows WebAssembly", () => {
    for (const file of sources().filter((file) => file.startsWith("src/") || file.startsWith("adapters/"))) {
      const code = readFileSync(join(ROOT, file), "utf8").replace(/\/\/.*|\/\*[\s\S]*?\*\//g, "");
      ok(file.startsWith("src/kernel/") || !/\bWebAssembly\b/.test(code), `${file} uses WebAssembly`);
    }
  });
};

function sources(): string[] {
  return ["assembly", "src", "adapters", "examples"].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts"))
      .map((file) => join(folder, file)),
  );
}

function layerOf(file: string): string | undefined {
  return Object.keys(ALLOWED)
    .filter((layer) => file === layer || file.startsWith(`${layer}/`))
    .sort((a, b) => b.length - a.length)[0];
}

/** What a file imports: bare names as they are, relative ones as paths from the root. */
function importsOf(file: string): string[] {
  const code = readFileSync(join(ROOT, file), "utf8");
  const found = code.matchAll(
    /^(?:import|export)\b[^"'`;]*?\bfrom "([^"]+)"|^import "([^"]+)"|\bimport\("([^"]+)"\)/gm,
  );
  return [...found].map(([, from, bare, dynamic]) => {
    const specifier = from ?? bare ?? dynamic ?? "";
    return specifier.startsWith(".") ? relative(ROOT, join(ROOT, dirname(file), specifier)) : specifier;
  });
}

function allowed(layer: string, file: string, imported: string): boolean {
  if (layer === "adapters") return allowedInAdapter(file, imported);
  return [layer, ...ALLOWED[layer]!].some((rule) =>
    rule.endsWith("*") ? imported.startsWith(rule.slice(0, -1)) : imported === rule || imported.startsWith(`${rule}/`),
  );
}

/** SDKs whose packages are not called as their product. */
const SDKS: Record<string, string[]> = {
  indexeddb: ["idb-keyval"],
  prometheus: ["prom-client"],
  mcp: ["@modelcontextprotocol/sdk", "zod"], // which the SDK takes its schemas from
};

/** An adapter may import the public types, errors alone, files of its own product or of what its folder holds, and the one SDK it exists for. */
function allowedInAdapter(file: string, imported: string): boolean {
  if (ALLOWED.adapters!.includes(imported) || imported.startsWith("node:")) return true;
  const product = (path: string): string => basename(path).replace(/[-.].*/, "");
  if (imported.startsWith("adapters/")) {
    const shared = basename(dirname(file)).replace(/s$/, "");
    return (
      dirname(imported) === dirname(file) &&
      (basename(file) === "index.ts" || [product(file), shared].includes(product(imported)))
    );
  }
  const sdks = file.endsWith("indexeddb.ts") ? SDKS.indexeddb! : (SDKS[product(file)] ?? [product(file)]);
  return !imported.startsWith("src/") && sdks.some((sdk) => imported.includes(sdk));
}
