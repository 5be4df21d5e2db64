import type { Engine } from "./engine.ts";
import type { Filter } from "./filter.ts";
import type { Ranked } from "./fusion.ts";
import type { Searched } from "./keyword-index.ts";
import type { ReadPlace } from "./read-set.ts";
import { pastShelf, type Row } from "./row.ts";
import { isDurable } from "./tier.ts";

/** How like the query something is, by the piece of it that is most like it, if that is more like it than the whole. */
export interface Near extends Ranked {
  piece?: number | undefined;
}

/** What was found by meaning and by words, over all places; best first. */
export interface Legs {
  /** Undefined: the query could not be embedded. */
  vector: Near[] | undefined;
  keyword: Ranked[];
  /** What is only among the best of one leg, by the other; best first. */
  besides: { vector: Near[]; keyword: Ranked[] };
  /** Those that are less like the query than is asked for, and say most of it in its very words: a name that no embedder knows. */
  said: ReadonlySet<number>;
}

/** What is most of the query, by how rare its words are. */
const MOST = 0.5;

/** Of a set this much smaller than the namespace, each is looked at; of others those are asked that come near. */
const FEW = 8;

export interface LegsWanted {
  vector: Float32Array | undefined;
  /** Undefined: words do not count. */
  text: string | undefined;
  pool: number;
  minSimilarity: number;
  filter: Filter;
}

/**
 * Scores are those of the same scale whatever namespace they come from: what is weak there is weak here. (Were each namespace's
 * best worth as much as any other's, anything in a namespace above would rank with the best.)
 */
export function legsOf(engine: Engine, places: readonly ReadPlace[], wanted: LegsWanted): Legs {
  const { vector, text, pool, minSimilarity, filter } = wanted;
  const { catalogue } = engine;
  const nearest: Near[] = [];
  const worded: Searched[] = [];
  for (const place of places) {
    const { namespace } = place;
    const sees = (row: Row): boolean => isSeen(row, place, filter);
    const accepts = (seq: number): boolean => {
      const row = catalogue.at(seq);
      return row !== undefined && sees(row);
    };
    const few = filter.isSelective ? fewOf(engine, namespace, filter, sees) : undefined;
    const shelves = filter.knownAt === undefined ? [namespace] : [namespace, pastShelf(namespace)];
    for (const shelf of shelves) {
      if (vector !== undefined) nearest.push(...near(engine, shelf, vector, pool, few ?? accepts));
      const isIn = few === undefined ? accepts : (seq: number) => few.has(seq);
      worded.push({ namespace: shelf, filter: isIn });
    }
  }
  const found = vector && bestOf(nearest, pool);
  if (text === undefined) return { vector: found, keyword: [], besides: { vector: [], keyword: [] }, said: new Set() };
  const searched = catalogue.words.searchTogether(
    worded,
    text,
    pool,
    found?.map(({ id }) => id),
  );
  const keyword = bestOf(searched.found, pool);
  const left = new Set(keyword.map(({ id }) => id));
  const also = searched.also.filter(({ id }) => !left.has(id));
  for (const { id } of found ?? []) left.delete(id);
  const compared: Near[] = [];
  if (vector !== undefined && left.size > 0) {
    for (const { namespace } of worded) compared.push(...near(engine, namespace, vector, left.size, left));
  }
  const unlike = [...(found ?? []), ...compared].flatMap(({ id, score }) => (score < minSimilarity ? [id] : []));
  const said = unlike.length === 0 ? [] : searched.saying(unlike, MOST);
  return {
    vector: found,
    keyword,
    besides: { vector: bestOf(compared, left.size), keyword: bestOf(also, pool) },
    said: new Set(said),
  };
}

function near(
  { catalogue }: Engine,
  shelf: string,
  vector: Float32Array,
  most: number,
  among: ReadonlySet<number> | ((seq: number) => boolean),
): Near[] {
  const found = new Map<number, Near>();
  for (const { id, similarity } of catalogue.vectors.search(shelf, vector, most, -1, among)) {
    found.set(id, { id, score: similarity });
  }
  for (const { seq, piece, similarity } of catalogue.pieces.nearest(shelf, vector, most, among)) {
    if (similarity > (found.get(seq)?.score ?? -1)) found.set(seq, { id: seq, score: similarity, piece });
  }
  return [...found.values()];
}

/** Whether it is meant, and may be seen from where it is asked for. */
export function isSeen(row: Row, { namespace, durableOnly }: ReadPlace, filter: Filter): boolean {
  return row.namespace === namespace && (!durableOnly || isDurable(row.tier)) && filter.accepts(row);
}

/** The memories that a selective filter leaves, if they are few; of the past, all are asked. */
function fewOf(
  { catalogue }: Engine,
  namespace: string,
  filter: Filter,
  sees: (row: Row) => boolean,
): ReadonlySet<number> | undefined {
  if (filter.knownAt !== undefined) return undefined;
  const most = catalogue.count(namespace) / FEW;
  const found = new Set<number>();
  for (const row of catalogue.of(namespace)) {
    if (!sees(row)) continue;
    found.add(row.seq);
    if (found.size > most) return undefined;
  }
  return found;
}

function bestOf<R extends Ranked>(hits: R[], most: number): R[] {
  return hits.sort((a, b) => b.score - a.score || a.id - b.id).slice(0, most);
}
