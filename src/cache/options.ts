import { checkEmbedder, type Embedder } from "../embedder.ts";
import { argumentError } from "../error.ts";
import { parseTtl, type Ttl } from "../ttl.ts";
import type { ExactIndexOptions } from "../vectors/exact-options.ts";
import type { SharedMemory } from "../vectors/vector-index.ts";
import { checkDeadline, checkLease, checkThreshold, type Usage, type WaitUntil } from "./call-options.ts";
import type { Compare, Judge } from "./comparing.ts";
import type { CacheEvent } from "./event.ts";
import { checkGuards, type GuardsOption } from "./guarding.ts";
import { type CheckedIndex, checkAlone, checkIndex, type IndexOption } from "./index-option.ts";
import { type Confidence, halvedEveryDay, isNoFailure, type Validate } from "./judgement.ts";
import { checkLimits, type Limits } from "./limits.ts";
import type { Policy } from "./policy.ts";
import { checkPrices, type Prices } from "./savings.ts";

/** What SemanticCache and SemanticCacheSync have in common; each adds its kinds of store. */
export interface CacheSettings<V = string> extends PolicySettings {
  embedder: Embedder;
  /** What finds the nearest. Default "exact"; "auto" without a factory is the same. */
  index?: IndexOption | undefined;
  /** How the exact index keeps vectors in memory. Default "float32"; the others take half and a quarter of it. */
  dtype?: ExactIndexOptions["dtype"];
  /** "codes": 140 bytes an entry are kept in memory, and vectors are fetched from the store. Default "rows". */
  resident?: ExactIndexOptions["resident"];
  /** So many threads search together where there are very many entries, if this runtime has threads. Default 1. */
  threads?: ExactIndexOptions["threads"];
  /**
   * "stale-tolerant": what other processes wrote to the store is found, at the latest `staleness` milliseconds afterwards. Default
   * "single": they share answers, but only those of the exact layer at once. "shared": other threads may search the index of
   * this cache (`share`). What `share` of such a cache gave: that index is searched here, by another cache of the same store.
   * "shadow": nothing is served; what would have been is told, and compared with what is computed instead.
   */
  mode?: Mode | "shadow" | SharedMemory | undefined;
  /** Default 0: every lookup asks the store whether it has changed. */
  staleness?: number | undefined;
  /**
   * Whether a response may be stored, and served. Default: texts that begin with "[ERROR]" or "[LLM Error]" may not.
   * False: all may.
   */
  validate?: Validate<V> | false | undefined;
  /**
   * What keeps an answer from another question that only looks the same, asked of each candidate of the semantic layer. Default: those of
   * mneme/guards. False: none. Or a list, or a function that makes one of the default ones.
   */
  guards?: GuardsOption | undefined;
  /**
   * The share of lookups that may be answered wrong, such as 0.01: what is served is decided by what is known of how often answers like
   * it were wrong, instead of by the threshold (docs/error-budget.md). Until enough is known only exact hits are served.
   */
  errorBudget?: number | undefined;
  /** What one learns from when a response was computed although a stored one was near: whether that would have done. */
  compare?: Compare<V> | undefined;
  /** Asked in the background whether a stored response answers a question, where that is not known well enough. */
  judge?: Judge<V> | undefined;
  /**
   * Of what is served under an error budget, how much is tried: judged in the background, or without `judge` computed and compared instead. Default 0.02
   * with `compare` or `judge`, else 0. With 1 the judge is asked of all that is served: it hits most.
   */
  explore?: number | undefined;
  /** Responses that say there is no answer: `is` tells them (default: null), they live for `ttl` at the most, and only the exact layer finds them. */
  negative?: { ttl: Ttl; is?: ((response: V) => boolean) | undefined } | undefined;
  /** How far to trust a hit. Default: its similarity, halved for every day of age. */
  confidence?: Confidence | undefined;
  /** Hits that are trusted less are misses. Default: none are. */
  minConfidence?: number | undefined;
  /** The most bytes of what is stored. Default: 32 KiB a query, 4 MiB a response, 64 KiB of metadata. */
  limits?: Partial<Limits> | undefined;
  /** For puts without a `ttl`. Default null: for ever. */
  defaultTtl?: Ttl | undefined;
  /** Told of hits, misses, puts, of what expired or made room, and of failures the cache went on without. */
  onEvent?: ((event: CacheEvent) => void) | undefined;
  /** Milliseconds since 1970. Default Date.now. */
  clock?: (() => number) | undefined;
  /** What a response took to make, for `stats` to tell what was spent and what was saved, by model. */
  usage?: ((response: V) => Usage | undefined) | undefined;
  /** What a million tokens of each model cost: then `stats` tells that too. */
  prices?: Prices | undefined;
  /**
   * Takes the writing of what was computed, which is then not waited for. Default: what Cloudflare, Vercel, Netlify or Supabase have
   * for the request under way; elsewhere it is waited for. False: it is waited for everywhere.
   */
  waitUntil?: WaitUntil | false | undefined;
  /** One process of all that share the store computes, the others wait for it: see `wrap`. Default: each computes for itself. */
  lease?: Ttl | undefined;
  /** Throw when the store or the embedder fails on the read path, instead of missing. Default false. */
  strict?: boolean | undefined;
  /** Milliseconds after which a lookup is a miss, whatever the store and the embedder are doing. Default: there is none. */
  deadline?: number | undefined;
}

/** What the store remembers: left out, it is as it was when the store was last opened with it. */
interface PolicySettings {
  /** The least cosine similarity of a semantic hit, inclusive; −1…1. Default 0.85. */
  threshold?: number | undefined;
  /** False: a text is hashed and embedded as it is; else with white space collapsed and case folded. Default true. */
  normalise?: boolean | undefined;
  /** With more entries than this, those used least recently go. Default null: as many as there are. */
  maxEntries?: number | null | undefined;
  /** The same for single namespaces. */
  quotas?: Readonly<Record<string, number>> | undefined;
  /** Every use of an entry makes its time to live begin anew. Default false. */
  slidingTtl?: boolean | undefined;
}

export type Mode = "single" | "stale-tolerant" | "shared";

export interface CheckedSettings {
  readonly embedder: Embedder;
  /** What was given of it. */
  readonly policy: { readonly [K in keyof Policy]: Policy[K] | undefined };
  readonly mode: Mode;
  /** Of the index that is searched here, where it is that of another thread. */
  readonly writer: SharedMemory | undefined;
  /** Whether nothing is served. */
  readonly shadow: boolean;
  readonly guards: GuardsOption;
  readonly errorBudget: number | undefined;
  readonly compare: Compare<never> | undefined;
  readonly judge: Judge<never> | undefined;
  readonly explore: number;
  readonly negative: { ttl: number | null; is: (response: never) => boolean } | undefined;
  readonly staleness: number;
  readonly validate: Validate<never>;
  readonly confidence: Confidence;
  readonly minConfidence: number | undefined;
  readonly limits: Limits;
  readonly defaultTtl: number | null;
  readonly index: CheckedIndex;
  readonly vectors: VectorSettings;
  readonly onEvent: (event: CacheEvent) => void;
  readonly clock: () => number;
  readonly deadline: number | undefined;
  readonly strict: boolean;
  readonly usage: ((response: never) => Usage | undefined) | undefined;
  readonly prices: Prices;
  readonly waitUntil: WaitUntil | false | undefined;
  readonly lease: number | null;
}
type VectorSettings = Pick<CacheSettings, "dtype" | "resident" | "threads">;

export function checkSettings<V>(settings: CacheSettings<V>): CheckedSettings {
  if (typeof settings !== "object" || settings === null) {
    throw argumentError("options", "an object", settings, "Pass at least { embedder }.");
  }
  const { dtype, resident, threads, staleness = 0, minConfidence, strict = false } = settings;
  const { onEvent = () => {}, clock = Date.now, confidence = halvedEveryDay } = settings;
  const { usage = () => undefined, waitUntil = false } = settings;
  const validate = settings.validate === false ? () => true : (settings.validate ?? isNoFailure);
  for (const [name, given] of Object.entries({
    onEvent,
    clock,
    confidence,
    validate,
    usage,
    ...(waitUntil && { waitUntil }),
  })) {
    if (typeof given !== "function")
      throw argumentError(name, "a function", given, "Pass a function, or leave it out.");
  }
  if (!(typeof staleness === "number" && staleness >= 0)) {
    throw argumentError("staleness", "a number of milliseconds from 0", staleness, "0 asks the store every time.");
  }
  if (minConfidence !== undefined && !Number.isFinite(minConfidence)) {
    throw argumentError("minConfidence", "a number", minConfidence, "Leave it out to serve all hits.");
  }
  const { compare, judge } = settings;
  if (compare !== undefined && compare !== "equal" && typeof compare !== "function") {
    throw argumentError("compare", '"equal" or a function', compare, "It is told a computed and a stored response.");
  }
  if (judge !== undefined && typeof judge !== "function") {
    throw argumentError("judge", "a function", judge, "It is told a query and a hit, and answers true or false.");
  }
  const explore =
    checkShare("explore", settings.explore, 1) ?? (compare === undefined && judge === undefined ? 0 : 0.02);
  const index = checkIndex(settings.index);
  const vectors = { dtype, resident, threads };
  const mode = checkMode(settings.mode);
  if (index === "store") checkAlone({ ...vectors, mode: mode.mode === "shared" ? "shared" : undefined });
  return {
    embedder: checkEmbedder(settings.embedder),
    policy: checkPolicy(settings),
    guards: checkGuards(settings.guards),
    errorBudget: checkShare("errorBudget", settings.errorBudget, 0.5),
    compare: compare as Compare<never> | undefined,
    judge: judge as Judge<never> | undefined,
    explore,
    negative: checkNegative(settings.negative),
    ...mode,
    staleness,
    validate: validate as Validate<never>,
    confidence,
    minConfidence,
    limits: checkLimits(settings.limits),
    defaultTtl: parseTtl(settings.defaultTtl ?? null, "defaultTtl"),
    index,
    vectors,
    onEvent,
    clock,
    deadline: checkDeadline(settings.deadline),
    strict: checkFlag("strict", strict) ?? false,
    usage: settings.usage as CheckedSettings["usage"],
    prices: checkPrices(settings.prices),
    waitUntil: settings.waitUntil,
    lease: checkLease(settings.lease),
  };
}

export function checkPolicy(settings: PolicySettings): CheckedSettings["policy"] {
  const { threshold, maxEntries, quotas } = settings;
  if (quotas !== undefined && (typeof quotas !== "object" || quotas === null || Array.isArray(quotas))) {
    throw argumentError("quotas", "an object of namespaces and numbers", quotas, "For example { support: 5000 }.");
  }
  return {
    threshold: threshold === undefined ? undefined : checkThreshold(threshold),
    normalise: checkFlag("normalise", settings.normalise),
    maxEntries: maxEntries == null ? maxEntries : checkCap("maxEntries", maxEntries),
    quotas: quotas && new Map(Object.entries(quotas).map(([name, cap]) => [name, checkCap(`quotas.${name}`, cap)])),
    slidingTtl: checkFlag("slidingTtl", settings.slidingTtl),
  };
}

function checkShare(name: string, share: number | undefined, most: number): number | undefined {
  if (share === undefined || (typeof share === "number" && share >= 0 && share <= most)) return share;
  throw argumentError(name, `a share from 0 to ${most}`, share, "0.01 is one in a hundred.");
}

function checkNegative<V>(negative: CacheSettings<V>["negative"]): CheckedSettings["negative"] {
  if (negative === undefined) return undefined;
  if (typeof negative !== "object" || negative === null) {
    throw argumentError("negative", "an object", negative, 'For example { ttl: "5m" }.');
  }
  const { ttl, is = (response: V) => response === null } = negative;
  if (typeof is !== "function")
    throw argumentError("negative.is", "a function", is, "Or leave it out: null is negative.");
  return { ttl: parseTtl(ttl, "negative.ttl"), is: is as (response: never) => boolean };
}

function checkCap(name: string, cap: number): number {
  if (Number.isSafeInteger(cap) && cap >= 1) return cap;
  throw argumentError(name, "a whole number from 1", cap, "Use clear() to remove all entries.");
}

function checkFlag(name: string, given: boolean | undefined): boolean | undefined {
  if (given === undefined || typeof given === "boolean") return given;
  throw argumentError(name, "a boolean", given, "Pass true or false, or leave it out.");
}

function checkMode(mode: CacheSettings["mode"] = "single"): Pick<CheckedSettings, "mode" | "writer" | "shadow"> {
  const [writer, shadow] = [undefined, false];
  if (mode === "single" || mode === "stale-tolerant" || mode === "shared") return { mode, writer, shadow };
  if (mode === "shadow") return { mode: "single", writer, shadow: true };
  if (typeof mode === "object" && mode !== null) return { mode: "shared", writer: mode, shadow };
  const expected = '"single", "stale-tolerant", "shared", "shadow" or what `share` gave';
  throw argumentError("mode", expected, mode, "Leave it out for a store of one process.");
}

/** What threads share is found again by all of them: entries of a memory of one's own are not. */
export function checkShared({ mode }: CheckedSettings, store: unknown): void {
  if (mode !== "shared" || store !== undefined) return;
  throw argumentError("store", "one that other threads can open too", store, "Give a store, or a path.");
}
