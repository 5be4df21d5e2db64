import { MnemeError } from "../../src/index.ts";

/** What is used of hnswlib-wasm: its Emscripten module, of which every index gets an instance and a memory of its own. */
export interface Hnswlib {
  readonly HEAPU8: Uint8Array;
  readonly HierarchicalNSW: new (space: "ip", dimensions: number, autoSaveFilename: string) => HnswlibGraph;
}
/** Labels are whole numbers below 2^32. Distances are 1 − the dot product, in float32. */
export interface HnswlibGraph {
  initIndex(room: number, m: number, efConstruction: number, seed: number): void;
  resizeIndex(room: number): void;
  setEfSearch(ef: number): void;
  addPoint(vector: Float32Array, label: number, replaceDeleted: boolean): void;
  markDelete(label: number): void;
  getPoint(label: number): number[];
  /** Fewer than `k` when no more can be reached. */
  searchKnn(vector: Float32Array, k: number, filter: undefined): { distances: number[]; neighbors: number[] };
  delete(): void;
}
export type HnswlibFactory = (overrides: object) => Promise<Hnswlib>;

/** Fetches hnswlib-wasm. Default: `import("hnswlib-wasm/lib/hnswlib.mjs")`. */
export type LoadHnswlib = () => Promise<{ readonly default: HnswlibFactory }>;

/**
 * An instance. Not by the package's own entry, which shares one among all, mounts IndexedDB and prints; the file behind it
 * does none of these.
 */
export async function openHnswlib(load: LoadHnswlib = fetchHnswlib): Promise<Hnswlib> {
  let factory: HnswlibFactory;
  try {
    factory = (await load()).default;
  } catch (cause) {
    throw new MnemeError(
      "unsupported",
      'The package "hnswlib-wasm" cannot be loaded.',
      "npm install hnswlib-wasm@0.8.2, or use the exact index.",
      { cause },
    );
  }
  try {
    return await instantiate(factory);
  } catch (cause) {
    throw new MnemeError(
      "unsupported",
      "hnswlib-wasm does not start here: it compiles code that came as data, which this runtime forbids.",
      "Use the exact index in edge functions and under a strict content security policy.",
      { cause },
    );
  }
}

function fetchHnswlib(): ReturnType<LoadHnswlib> {
  return import("hnswlib-wasm/lib/hnswlib.mjs");
}

/**
 * It was built for pages, and asks for `window`. It also leaves some 150 names in the global scope. Both happen before the
 * factory returns its promise, so nothing else ever sees them.
 */
function instantiate(factory: HnswlibFactory): Promise<Hnswlib> {
  const scope = globalThis as { window?: unknown };
  const before = new Set(Object.getOwnPropertyNames(scope));
  scope.window ??= scope;
  try {
    return factory({ print: silently, printErr: silently });
  } finally {
    for (const name of Object.getOwnPropertyNames(scope)) {
      if (!before.has(name)) Reflect.deleteProperty(scope, name);
    }
  }
}

/** What it would print it also throws. */
function silently(): void {}
