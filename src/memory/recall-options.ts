import { argumentError } from "../error.ts";
import { checkCount, checkShare } from "./check.ts";
import type { Degraded } from "./event.ts";
import type { FilterOptions } from "./filter.ts";
import type { Memory } from "./memory.ts";
import type { CheckedSettings } from "./options.ts";
import type { ReadOptions } from "./read-set.ts";

export interface RecallOptions extends FilterOptions, ReadOptions {
  query: string;
  /** Default 10, at most 100. */
  limit?: number | undefined;
  /** For this recall alone: how much likeness in meaning counts, the rest being that in words. */
  alpha?: number | undefined;
  /** The least relevance of both together, 0…1, as a share of the best there is. Default 0.1. */
  minScore?: number | undefined;
  /** The least cosine similarity; what has no vector needs none, nor what has most of the query's words, by how rare they are. Default 0.311. */
  minSimilarity?: number | undefined;
  /** The least final score, 0…1. Default: none. Where a query names a time, only what is of that time comes above 0.71. */
  minRankScore?: number | undefined;
  /** So many of the results are durable memories, where those are nearly as good. Default 2. */
  reserve?: number | undefined;
  /** Also what was just said in this conversation. Default false: for 5 minutes, memories with `metadata.format` "turn" are left out. */
  includeFreshTurns?: boolean | undefined;
  includeHandoffs?: boolean | undefined;
  /** Also what the results are linked to. */
  includeLinked?: boolean | undefined;
  /** Results are left out from the first one on that would take more than so many tokens, by estimate; there is always one. */
  maxTokens?: number | undefined;
  /** Whether what is served counts as recalled. Default true. */
  reinforce?: boolean | undefined;
  /** The query's vector, where the caller has it: then it is not embedded. */
  embedding?: ArrayLike<number> | undefined;
  signal?: AbortSignal | undefined;
}

export interface Recalled {
  results: Result[];
  /** What the answer had to do without. Undefined: nothing. */
  degraded: Degraded | undefined;
  /** How many more there were for whom `maxTokens` was too little. */
  omitted: number;
  /** Where it was looked. */
  searched: { namespace: string; origin: string | undefined }[];
}

export interface Result {
  memory: Memory;
  /** 0…1, to be compared within this answer only. */
  score: number;
  /** Its cosine similarity to the query, where that was seen. */
  similarity: number | undefined;
  /** Of a long memory the part that is most like the query, if that is more like it than the whole (`chunks`). */
  passage?: string;
  /** Undefined: it is of the namespace asked for. Else where it comes from: a namespace, "link:" or "call:" before it where that is why. */
  origin: string | undefined;
  /** Whether it is here because a result is linked to it. */
  linked: boolean;
}

const MOST = 100;
/** Cosine: less is not about the same thing. */
const LEAST_SIMILARITY = 0.311;

export interface CheckedRecall {
  readonly query: string;
  readonly limit: number;
  readonly alpha: number;
  readonly minScore: number;
  readonly minSimilarity: number;
  readonly minRankScore: number | undefined;
  readonly reserve: number;
  readonly maxTokens: number;
}

export function checkRecall(options: RecallOptions, settings: CheckedSettings): CheckedRecall {
  const { query, maxTokens } = options;
  if (typeof query !== "string" || query.trim() === "") {
    throw argumentError(
      "query",
      "a text with something in it",
      query,
      "To look through memories without one, use list().",
    );
  }
  const limit = checkCount(options.limit, "limit", 1) ?? 10;
  return {
    query,
    limit: Math.min(limit, MOST),
    alpha: checkShare(options.alpha, "alpha") ?? settings.alpha,
    minScore: checkShare(options.minScore, "minScore") ?? 0.1,
    minSimilarity: checkShare(options.minSimilarity, "minSimilarity", -1) ?? LEAST_SIMILARITY,
    minRankScore: checkShare(options.minRankScore, "minRankScore"),
    reserve: checkCount(options.reserve, "reserve") ?? 2,
    maxTokens:
      maxTokens === Number.POSITIVE_INFINITY
        ? maxTokens
        : (checkCount(maxTokens, "maxTokens", 1) ?? Number.POSITIVE_INFINITY),
  };
}
