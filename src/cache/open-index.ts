import { argumentError } from "../error.ts";
import { type Steps, step } from "../store/steps.ts";
import type { Awaitable, Store } from "../store/store.ts";
import { GrowingIndex } from "../vectors/growing-index.ts";
import type { VectorIndex } from "../vectors/vector-index.ts";
import type { CheckedSettings } from "./options.ts";
import { StoreIndex } from "./store-index.ts";

/** The vector engine, or how it is fetched. */
type VectorEngine = typeof import("./vector-engine.ts");
export type LoadEngine = () => Awaitable<VectorEngine>;

export function kindOf({ exact }: VectorIndex): "exact" | "approximate" {
  return exact ? "exact" : "approximate";
}

/** The index that the settings ask for. It is made before a store is opened: what it refuses must not be stamped into one. */
export function* openIndex(
  { index, vectors, mode, writer, embedder: { dimensions } }: CheckedSettings,
  load: LoadEngine,
  store: Store,
  onChange: (index: VectorIndex, error?: unknown) => void,
): Steps<VectorIndex> {
  if (mode === "shared") {
    const { shareIndex } = yield* step(load());
    return shareIndex(dimensions, writer, index, vectors);
  }
  if (index === "store") return new StoreIndex(dimensions, store);
  if (typeof index === "function") {
    const made = yield* step(index({ dimensions }));
    if (made?.dimensions === dimensions) return made;
    throw argumentError("index", `a factory of indexes for ${dimensions} dimensions`, made?.dimensions, "Check it.");
  }
  if (index === "exact" && Object.values(vectors).every((option) => option === undefined)) {
    return new GrowingIndex(dimensions, load);
  }
  const { AutoIndex, ExactIndex } = yield* step(load());
  if (index === "exact") return new ExactIndex(dimensions, vectors);
  const exact = (): VectorIndex => new ExactIndex(dimensions, vectors);
  return new AutoIndex(dimensions, { ...index, exact, rows: () => store.scan({ fields: "vectors" }), onChange });
}
