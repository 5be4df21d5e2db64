import { argumentError } from "../error.ts";
import { checkCount, checkNamespace } from "./check.ts";
import { vectorsOf } from "./embedding.ts";
import type { Engine } from "./engine.ts";
import { type Filter, type FilterOptions, filterOf, isLive } from "./filter.ts";
import { legsOf } from "./legs.ts";
import type { Memory } from "./memory.ts";
import { isWithin } from "./namespace-path.ts";
import { keptOf } from "./neighbours.ts";
import { ranking } from "./ranking.ts";
import { checkRecall } from "./recall-options.ts";
import { reinforce } from "./reinforce.ts";
import { renewed } from "./renewal.ts";
import type { Row } from "./row.ts";

export interface SearchOptions extends FilterOptions {
  /** A namespace and all below it. Default: everything. */
  within?: string | undefined;
  /** Default: none, and all is in the order in which it was first stored. */
  query?: string | undefined;
  /**
   * What comes first. "similarity" (default): what is most like the query in meaning, however little that is. "relevance": what
   * `recall` finds, in its order. All else comes after it, without a score, in the order in which it was first stored.
   */
  by?: "similarity" | "relevance" | undefined;
  /** What no other filter can tell. */
  where?: ((memory: Memory) => boolean) | undefined;
  /** Default 10. */
  limit?: number | undefined;
  /** Passed over, before `limit` counts. */
  offset?: number | undefined;
  /** Whether what is found that `recall` could have given, too, counts as recalled. Default false. */
  reinforce?: boolean | undefined;
  signal?: AbortSignal | undefined;
}

export interface Match {
  memory: Memory;
  /** Its cosine similarity, or its score as in `recall`. Undefined: the query did not find it. */
  score: number | undefined;
}

/** Memories are fetched so many at a time until there are enough for which `where` holds. */
const PAGE = 256;

/** Everything that passes the filters, page by page, what answers the query best first. */
export async function search(engine: Engine, options: SearchOptions): Promise<Match[]> {
  const { query, where, by = "similarity", signal } = options;
  const within = options.within === undefined ? undefined : checkNamespace(options.within, "within");
  if (by !== "similarity" && by !== "relevance") {
    throw argumentError("by", '"similarity" or "relevance"', by, "Leave it out for the first.");
  }
  const offset = checkCount(options.offset, "offset") ?? 0;
  const end = offset + (checkCount(options.limit, "limit") ?? 10);
  const asked = query === undefined ? undefined : checkRecall({ query }, engine.settings);
  filterOf(options, 0); // what is wrong with it is said before anything is paid for
  signal?.throwIfAborted();
  const began = performance.now();
  const vector = asked && (await vectorOf(engine, asked.query, signal));
  const embedMs = performance.now() - began;

  await engine.follow();
  const now = engine.now();
  const filter = filterOf(options, now);
  const namespaces = engine.catalogue.namespaces().filter((name) => within === undefined || isWithin(name, within));
  let rows = await rowsIn(engine, new Set(namespaces), filter);
  if (where !== undefined) rows = await passing(engine, rows, where, asked === undefined ? end : rows.length);
  if (asked === undefined) return matchesOf(engine, rows.slice(offset, end), new Map());

  const meant = new Map(rows.map((row) => [row.seq, row]));
  const isAlone = by === "similarity" && vector !== undefined;
  const places = namespaces.map((namespace) => ({ namespace, origin: undefined, durableOnly: false }));
  const legs = legsOf(engine, places, {
    vector,
    text: isAlone ? undefined : asked.query,
    pool: Math.max(isAlone ? end : rows.length, 1),
    minSimilarity: asked.minSimilarity,
    filter: { ...filter, isSelective: true, accepts: ({ seq }) => meant.has(seq) },
  });
  const scores = new Map<number, number>();
  if (by === "similarity") for (const { id, score } of legs.vector ?? legs.keyword) scores.set(id, score);
  else {
    const when = { now, target: engine.settings.times(asked.query, now) };
    for (const { row, score } of ranking(engine, [legs], asked, when)) scores.set(row.seq, score);
  }
  const found = [...scores.keys()].map((seq) => meant.get(seq)!);
  const page = [...found, ...rows.filter(({ seq }) => !scores.has(seq))].slice(offset, end);
  const least = isAlone ? asked.minSimilarity : 0; // who is less like it comes with it, but is no answer
  const recalled = page.filter(({ seq }) => scores.get(seq)! >= least);
  const used = recalled.filter((row) => isLive(row, now));
  if (options.reinforce && used.length > 0) engine.afterwards("reinforce", () => reinforce(engine, used, now));
  const matches = await matchesOf(engine, page, scores);
  engine.emit({
    type: "recall",
    namespace: within,
    results: recalled.length,
    omitted: 0,
    floored: 0,
    degraded: engine.settings.embedder !== undefined && vector === undefined ? "keyword_only" : undefined,
    ms: performance.now() - began,
    embedMs,
  });
  return matches;
}

async function vectorOf(
  engine: Engine,
  query: string,
  signal: AbortSignal | undefined,
): Promise<Float32Array | undefined> {
  const { queryPrefix, embedWithin } = engine.settings;
  const vectors = await vectorsOf(engine, [queryPrefix + query], {
    operation: "recall",
    ms: embedWithin.recall,
    signal,
  });
  return vectors?.[0];
}

/** In the order in which they were first stored. */
async function rowsIn(engine: Engine, namespaces: ReadonlySet<string>, filter: Filter): Promise<Row[]> {
  const meant: Row[] = [];
  for (const namespace of namespaces) {
    for (const row of engine.catalogue.of(namespace)) if (filter.accepts(row)) meant.push(row);
  }
  if (filter.knownAt !== undefined) {
    for (const row of engine.catalogue.past()) {
      if (namespaces.has(row.namespace) && filter.accepts(row)) meant.push(row);
    }
  }
  await renewed(
    engine,
    meant.filter((row) => !filter.isAlive(row)),
  );
  return meant.filter(filter.isAlive).sort((a, b) => a.seq - b.seq);
}

/** The first `enough` of them for which it holds. */
async function passing(
  engine: Engine,
  rows: readonly Row[],
  where: (memory: Memory) => boolean,
  enough: number,
): Promise<Row[]> {
  const found: Row[] = [];
  for (let at = 0; at < rows.length && found.length < enough; at += PAGE) {
    const page = rows.slice(at, at + PAGE);
    const known = await keptOf(engine.store, page);
    for (const row of page) {
      const kept = known.get(row.seq);
      if (kept !== undefined && where(kept.memory)) found.push(row);
    }
  }
  return found;
}

async function matchesOf(engine: Engine, page: readonly Row[], scores: ReadonlyMap<number, number>): Promise<Match[]> {
  const known = await keptOf(engine.store, page);
  return page.flatMap((row) => {
    const kept = known.get(row.seq);
    return kept === undefined ? [] : [{ memory: kept.memory, score: scores.get(row.seq) }];
  });
}
