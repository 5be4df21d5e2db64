import { type IndexFactory, MnemeError } from "../../src/index.ts";
import { HnswIndex } from "./hnsw-index.ts";
import { type LoadHnswlib, openHnswlib } from "./hnsw-library.ts";

export interface HnswOptions {
  /** Links of a row: more find more and take more memory. 2 to 100; default 16. */
  m?: number | undefined;
  /** Rows looked at when one is added: more find more, and adding takes longer. Default 200. */
  efConstruction?: number | undefined;
  /** Rows looked at in a search, at least: more find more, and searching takes longer. Default 64. */
  efSearch?: number | undefined;
  /** Fetches hnswlib-wasm where `import("hnswlib-wasm/lib/hnswlib.mjs")` does not. */
  load?: LoadHnswlib | undefined;
}
export type { Hnswlib, HnswlibFactory, HnswlibGraph, LoadHnswlib } from "./hnsw-library.ts";

const LIMITS = { m: [2, 100], efConstruction: [1, 10_000], efSearch: [1, 10_000] } as const;
/** Fewer rows are scanned about as soon as a graph of them is walked; and a graph takes 1.6 MB whatever it holds. */
const GRAPH_FROM = 512;
/** A graph that grows needs room for itself twice, of the 2 GiB that hnswlib can have. */
const GRAPH_BYTES = 2 ** 29;

/**
 * An approximate index: HNSW graphs, by the package hnswlib-wasm (0.8.2). Its answers are exact in all but one thing: a row
 * that should be among the nearest may be missing.
 */
export function hnswIndex({ m = 16, efConstruction = 200, efSearch = 64, load }: HnswOptions = {}): IndexFactory {
  for (const [name, value] of Object.entries({ m, efConstruction, efSearch })) {
    const [least, most] = LIMITS[name as keyof typeof LIMITS];
    if (Number.isInteger(value) && value >= least && value <= most) continue;
    throw new MnemeError(
      "argument",
      `"${name}" expected a whole number from ${least} to ${most}, got ${String(value)}.`,
      "Leave it out for the default.",
    );
  }
  return async ({ dimensions }) => {
    const library = await openHnswlib(load);
    // float32s, two links a level on the lowest, a label; the upper levels are small.
    const rowBytes = 4 * (dimensions + 2 * m + 2);
    const graphRows = Math.max(GRAPH_FROM, 2 ** Math.floor(Math.log2(GRAPH_BYTES / rowBytes)));
    return new HnswIndex(library, { dimensions, m, efConstruction, efSearch, graphFrom: GRAPH_FROM, graphRows });
  };
}
