import type { Entry } from "../store/entry.ts";
import { type Steps, step } from "../store/steps.ts";
import type { NearestWanted } from "../store/store.ts";
import { scopeIn } from "../text/key.ts";
import type { Filter, Neighbour } from "../vectors/vector-index.ts";
import type { Engine } from "./engine.ts";
import { StoreIndex } from "./store-index.ts";

/** Asked for at first; most lookups are decided by the first one. */
export const FIRST_CANDIDATES = 4;

/** What searching found. The entry comes along where the store itself was searched. */
export interface Candidate extends Neighbour {
  readonly entry?: Entry;
}

/** The best of a namespace. An index that keeps no rows has them fetched from the store, those of the most promising entries. */
export function* nearest(engine: Engine, vector: Float32Array, wanted: NearestWanted): Steps<readonly Candidate[]> {
  const { index, store } = engine;
  const { namespace, scope, k, threshold, key } = wanted;
  if (index instanceof StoreIndex) {
    const found = yield* index.nearby(vector, wanted);
    return found
      .filter(({ entry, similarity }) => {
        const isMeant = similarity >= threshold || entry.key === key;
        return isMeant && entry.namespace === namespace && scopeIn(entry.key) === scope;
      })
      .map(({ entry, similarity }) => ({ id: entry.id, similarity, entry }));
  }
  const filter = filterOf(engine, wanted);
  if (!index.needsRows) return index.search(namespace, vector, k, threshold, filter);
  const search = index.begin!(namespace, vector, k, threshold, filter);
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
  vectors: readonly Float32Array[],
  { namespace, scope, threshold }: Pick<NearestWanted, "namespace" | "scope" | "threshold">,
): Neighbour[][] | undefined {
  const { index } = engine;
  if (vectors.length < 2 || index.needsRows || filterOf(engine, { namespace, scope }) !== undefined) return undefined;
  try {
    return index.searchMany?.(namespace, vectors, FIRST_CANDIDATES, threshold);
  } catch (error) {
    engine.forgive("get", error);
    return undefined;
  }
}

/** Another thread's index tells nothing of scopes: there the entries themselves do, one by one. */
function filterOf(
  { projection, shared }: Engine,
  { namespace, scope }: Pick<NearestWanted, "namespace" | "scope">,
): Filter | undefined {
  return shared === undefined ? projection.scopes.filter(namespace, scope) : undefined;
}
