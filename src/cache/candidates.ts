import type { Entry } from "../store/entry.ts";
import { type Steps, step } from "../store/steps.ts";
import type { Neighbour } from "../vectors/vector-index.ts";
import type { Engine } from "./engine.ts";
import { StoreIndex } from "./store-index.ts";

/** Asked for at first; most lookups are decided by the first one. */
export const FIRST_CANDIDATES = 4;

/** What searching found. The entry comes along where the store itself was searched. */
export interface Candidate extends Neighbour {
  readonly entry?: Entry;
}

/** The best of a namespace. An index that keeps no rows has them fetched from the store, those of the most promising entries. */
export function* nearest(
  { index, store }: Engine,
  namespace: string,
  vector: Float32Array,
  k: number,
  threshold: number,
): Steps<readonly Candidate[]> {
  if (index instanceof StoreIndex) {
    const found = yield* index.nearby(namespace, vector, k, threshold);
    return found
      .filter(({ entry, similarity }) => similarity >= threshold && entry.namespace === namespace)
      .map(({ entry, similarity }) => ({ id: entry.id, similarity, entry }));
  }
  if (!index.needsRows) return index.search(namespace, vector, k, threshold);
  const search = index.begin!(namespace, vector, k, threshold);
  for (let ids = search.wanted(); ids.length > 0; ids = search.wanted()) {
    const entries = yield* step(store.getMany(ids));
    search.give(
      ids,
      entries.map((entry) => (entry?.namespace === namespace ? entry.vector : undefined)),
    );
  }
  return search.found;
}

/** The first candidates of many vectors, where the index finds them in one pass. Where it cannot, each is searched for alone. */
export function searchAtOnce(
  engine: Engine,
  namespace: string,
  vectors: readonly Float32Array[],
  threshold: number,
): Neighbour[][] | undefined {
  const { index } = engine;
  if (vectors.length < 2 || index.needsRows) return undefined;
  try {
    return index.searchMany?.(namespace, vectors, FIRST_CANDIDATES, threshold);
  } catch (error) {
    engine.forgive("get", error);
    return undefined;
  }
}
