import { approximateTokens, ITEM_TOKENS, withinBudget } from "./budget.ts";
import type { Engine } from "./engine.ts";
import type { Filter } from "./filter.ts";
import { isSeen } from "./legs.ts";
import { LateError, within } from "./patience.ts";
import { effectiveImportance } from "./quality.ts";
import type { Found } from "./ranking.ts";
import type { ReadPlace } from "./read-set.ts";
import type { CheckedRecall, RecallOptions, Result } from "./recall-options.ts";
import type { Kept } from "./record.ts";
import { durableReserve, importanceReserve } from "./reserve.ts";
import { type Row, rowOf } from "./row.ts";
import { isDurable } from "./tier.ts";

/** A reranker is given so many, or more if more are wanted. */
export const RERANKED = 20;
/** What is only linked to a result is worth this share of the least of them. */
const LINKED = 0.5;

/** A result, and what it stands for. */
interface Served extends Found {
  kept: Kept;
  passage: string | undefined;
  linked: boolean;
}

export interface Serving {
  results: Result[];
  served: Found[];
  omitted: number;
  floored: number;
}

/** The results of what was found, in order: no more than are wanted, each once, with what there is room for. */
export async function serve(
  engine: Engine,
  found: readonly Found[],
  {
    asked,
    options,
    places,
    filter,
  }: {
    asked: CheckedRecall;
    options: RecallOptions;
    places: readonly ReadPlace[];
    filter: Filter;
  },
): Promise<Serving> {
  const { limit, reserve, minRankScore = 0, maxTokens } = asked;
  const of = { score: ({ score }: Found) => score, durable: ({ row }: Found) => isDurable(row.tier) };
  const seen = new Map(places.map((place) => [place.namespace, place]));
  const isServed = (row: Row): boolean => {
    const place = seen.get(row.namespace);
    return place !== undefined && isSeen(row, place, filter);
  };
  const window = durableReserve(found, limit, reserve, of);
  const { rerank } = engine.settings.models;
  const pool = rerank === undefined ? window : poolOf(found, window, limit);
  let served = await fetched(engine, pool, isServed);
  if (rerank !== undefined) served = await reranked(engine, asked.query, served, options.signal);
  served = served.slice(0, limit);
  const enough = served.filter(({ score }) => score >= minRankScore);
  const floored = served.length - enough.length;
  const isPast = filter.knownAt !== undefined;
  const all = options.includeLinked ? await withLinked(engine, enough, { limit, isPast, isServed }) : enough;
  const { kept, omitted } = withinBudget(all, ({ kept }) => costOf(kept), maxTokens);
  const results = kept.map(
    ({ kept: { memory }, score, similarity, passage, linked }): Result => ({
      memory,
      score,
      similarity,
      ...(passage !== undefined && { passage }),
      origin: seen.get(memory.namespace)?.origin,
      linked,
    }),
  );
  return { results, served: kept, omitted, floored };
}

/** What takes its place in a prompt. */
function costOf({ memory }: Kept): number {
  return ITEM_TOKENS + approximateTokens(memory.content);
}

/** As the store has them now. What is not to be served any more, or has gone, is left out. */
async function fetched(
  engine: Engine,
  found: readonly Found[],
  isServed: (row: Row) => boolean,
  linked = false,
): Promise<Served[]> {
  if (found.length === 0) return [];
  const entries = await engine.store.getMany(found.map(({ row }) => row.seq));
  return found.flatMap((one, i): Served[] => {
    const entry = entries[i];
    if (entry === undefined) return [];
    const { row, kept } = rowOf(entry);
    // What was changed since may have other pieces.
    const piece = row.revision === one.row.revision ? one.piece : undefined;
    return isServed(row) ? [{ ...one, row, kept, passage: passageOf(kept, piece), linked }] : [];
  });
}

function passageOf({ memory, pieces }: Kept, piece: number | undefined): string | undefined {
  const passage = piece === undefined ? undefined : pieces?.[piece];
  return passage && memory.content.slice(passage.start, passage.end);
}

/** The window, and after it what might deserve a place in it. */
function poolOf(found: readonly Found[], window: readonly Found[], limit: number): Found[] {
  const chosen = new Set(window);
  const order = [...window, ...found.filter((one) => !chosen.has(one))];
  return importanceReserve(order, limit, Math.max(RERANKED, limit), {
    score: ({ score }) => score,
    importance: ({ row }) => effectiveImportance(row),
  });
}

/** In the order the user's model gives, if it gives one in time. The scores stay those of the ranking. */
async function reranked(
  engine: Engine,
  query: string,
  served: Served[],
  signal: AbortSignal | undefined,
): Promise<Served[]> {
  const { models, modelWithin } = engine.settings;
  if (served.length < 2) return served;
  const began = performance.now();
  const tell = (outcome: "ranked" | "failed" | "late"): void =>
    engine.emit({ type: "rerank", outcome, ms: performance.now() - began });
  const texts = served.map(({ passage, kept }) => passage ?? kept.memory.content);
  try {
    const scores = await within(modelWithin, signal, (signal) => models.rerank!(query, texts, signal));
    if (scores.length !== texts.length || !scores.every(Number.isFinite)) {
      throw new TypeError(`rerank was given ${texts.length} texts, and returned no number for each of them`);
    }
    tell("ranked");
    const order = served.map((one, i) => ({ one, judged: scores[i]! }));
    return order.sort((a, b) => b.judged - a.judged).map(({ one }) => one);
  } catch (error) {
    signal?.throwIfAborted();
    tell(error instanceof LateError ? "late" : "failed");
    engine.emit({ type: "error", operation: "recall: rerank", error });
    return served;
  }
}

/**
 * With what the results are linked to, of the same namespace each; less than the least of them, and only if there is room. A
 * link shows nothing that could not be found.
 */
async function withLinked(
  engine: Engine,
  served: Served[],
  { limit, isPast, isServed }: { limit: number; isPast: boolean; isServed: (row: Row) => boolean },
): Promise<Served[]> {
  const { catalogue } = engine;
  const score = LINKED * Math.min(...served.map(({ score }) => score));
  const seen = new Set(served.map(({ row }) => row.seq));
  const linked = served.flatMap(({ row: from }) =>
    from.links.flatMap((id): Found[] => {
      const states = [catalogue.get(id), ...(isPast ? catalogue.pastOf(id) : [])];
      const row = states.find((row) => row?.namespace === from.namespace && isServed(row));
      if (row === undefined || seen.has(row.seq)) return [];
      seen.add(row.seq);
      return [{ row, score, similarity: undefined }];
    }),
  );
  const more = await fetched(engine, linked, isServed, true);
  return [...served, ...more].slice(0, limit);
}
