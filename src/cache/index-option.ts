import { argumentError } from "../error.ts";
import type { IndexFactory } from "../vectors/vector-index.ts";

/**
 * "store": the store itself is searched, where it can do that (`Store.search`): nothing is read at opening, and no memory held.
 * `{ auto }`: exact until there are more than `above` entries (500,000) and the median search takes `latencyMs` (5) or longer;
 * then the index made by the factory, until there are fewer than half as many.
 */
export type IndexOption =
  | "exact"
  | "auto"
  | "store"
  | IndexFactory
  | { auto: IndexFactory; above?: number | undefined; latencyMs?: number | undefined };

export type CheckedIndex = "exact" | "store" | IndexFactory | { auto: IndexFactory; above: number; latencyMs: number };

const DEFAULT_ABOVE = 500_000;
const DEFAULT_LATENCY_MS = 5;

export function checkIndex(index: IndexOption = "exact"): CheckedIndex {
  if (index === "exact" || index === "auto") return "exact";
  if (index === "store") return index;
  if (typeof index === "function") return index;
  if (typeof index?.auto === "function") {
    const { auto, above = DEFAULT_ABOVE, latencyMs = DEFAULT_LATENCY_MS } = index;
    if ([above, latencyMs].every((n) => typeof n === "number" && n >= 0)) return { auto, above, latencyMs };
  }
  throw argumentError(
    "index",
    '"exact", "auto", "store", a factory, or { auto: factory, above, latencyMs }',
    index,
    "Options of an approximate index go to its own factory.",
  );
}

/** What is about an index of the cache's own. */
export function checkAlone(others: Readonly<Record<string, unknown>>): void {
  for (const [name, given] of Object.entries(others)) {
    if (given === undefined) continue;
    throw argumentError(name, 'nothing beside index: "store"', given, "The store has its own index: leave it out.");
  }
}
