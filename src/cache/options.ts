import { argumentError } from "../error.ts";
import type { JsonObject } from "../store/entry.ts";
import type { ExactIndexOptions } from "../vectors/exact-options.ts";
import type { IndexFactory, SharedMemory } from "../vectors/vector-index.ts";
import { checkEmbedder, type Embedder } from "./embedder.ts";
import type { CacheEvent } from "./event.ts";
import { parseTtl, type Ttl } from "./ttl.ts";
import { loss } from "./value.ts";

/** What SemanticCache and SemanticCacheSync have in common; each adds its kinds of store. */
export interface CacheSettings {
  embedder: Embedder;
  /** The least cosine similarity of a semantic hit, inclusive; −1…1. Default 0.85. */
  threshold?: number | undefined;
  /** What finds the nearest. Default "exact"; "auto" without a factory is the same. */
  index?: IndexOption | undefined;
  /** How the exact index keeps vectors in memory. Default "float32"; the others take half and a quarter of it. */
  dtype?: ExactIndexOptions["dtype"];
  /** "codes": 140 bytes an entry are kept in memory, and vectors are fetched from the store. Default "rows". */
  resident?: ExactIndexOptions["resident"];
  /** So many threads search together where there are very many entries, if this runtime has threads. Default 1. */
  threads?: ExactIndexOptions["threads"];
  /**
   * "shared": other threads may search the index of this cache (`share`). What `share` of such a cache gave: it is searched
   * here, by another cache of the same store. Default "single".
   */
  mode?: "single" | "shared" | SharedMemory | undefined;
  /** False: a text is hashed and embedded as it is; else with white space collapsed and case folded. Default true. */
  normalise?: boolean | undefined;
  /** For puts without a `ttl`. Default null: for ever. */
  defaultTtl?: Ttl | undefined;
  /** Told of hits, misses, expiries and of failures the cache went on without. */
  onEvent?: ((event: CacheEvent) => void) | undefined;
  /** Milliseconds since 1970. Default Date.now. */
  clock?: (() => number) | undefined;
  /** Throw when the store or the embedder fails on the read path, instead of missing. Default false. */
  strict?: boolean | undefined;
}

/**
 * `{ auto }`: exact until there are more than `above` entries (500,000) and the median search takes `latencyMs` (5) or longer;
 * then the index made by the factory, until there are fewer than half as many.
 */
export type IndexOption =
  | "exact"
  | "auto"
  | IndexFactory
  | { auto: IndexFactory; above?: number | undefined; latencyMs?: number | undefined };

export interface GetOptions {
  /** Default "default". Entries of one namespace are never found from another. */
  namespace?: string | undefined;
  /** For this lookup alone. */
  threshold?: number | undefined;
  /** Miss without looking. */
  bypass?: boolean | undefined;
  /** Count the hit as a use of the entry. Default true. */
  touch?: boolean | undefined;
  signal?: AbortSignal | undefined;
}

export interface PutOptions {
  namespace?: string | undefined;
  /** Default: the cache's `defaultTtl`. */
  ttl?: Ttl | undefined;
  tags?: readonly string[] | undefined;
  metadata?: object | undefined;
  signal?: AbortSignal | undefined;
}

export interface WrapOptions extends GetOptions, Omit<PutOptions, "signal"> {}

export interface DeleteOptions {
  namespace?: string | undefined;
}

export const DEFAULT_NAMESPACE = "default";
const DEFAULT_THRESHOLD = 0.85;
const DEFAULT_ABOVE = 500_000;
const DEFAULT_LATENCY_MS = 5;

export type CheckedSettings = Readonly<
  {
    [K in Exclude<keyof CacheSettings, "defaultTtl" | "index" | keyof VectorSettings>]-?: Exclude<
      CacheSettings[K],
      undefined
    >;
  } & {
    defaultTtl: number | null;
    index: CheckedIndex;
    vectors: VectorSettings;
  }
>;
type VectorSettings = Pick<CacheSettings, "dtype" | "resident" | "threads">;
type CheckedIndex = "exact" | IndexFactory | { auto: IndexFactory; above: number; latencyMs: number };

export function checkSettings(settings: CacheSettings): CheckedSettings {
  if (typeof settings !== "object" || settings === null) {
    throw argumentError("options", "an object", settings, "Pass at least { embedder }.");
  }
  const {
    onEvent = () => {},
    clock = Date.now,
    normalise = true,
    dtype,
    resident,
    threads,
    mode = "single",
  } = settings;
  for (const [name, given] of Object.entries({ onEvent, clock })) {
    if (typeof given !== "function")
      throw argumentError(name, "a function", given, "Pass a function, or leave it out.");
  }
  if (typeof normalise !== "boolean") throw argumentError("normalise", "a boolean", normalise, "Or leave it out.");
  if (mode !== "single" && mode !== "shared" && (typeof mode !== "object" || mode === null)) {
    throw argumentError("mode", '"single", "shared" or what `share` gave', mode, "Leave it out for one thread.");
  }
  return {
    embedder: checkEmbedder(settings.embedder),
    mode,
    normalise,
    threshold: checkThreshold(settings.threshold ?? DEFAULT_THRESHOLD),
    defaultTtl: parseTtl(settings.defaultTtl ?? null, "defaultTtl"),
    index: checkIndex(settings.index),
    vectors: { dtype, resident, threads },
    onEvent,
    clock,
    strict: settings.strict ?? false,
  };
}

/** What threads share is found again by all of them: entries of a memory of one's own are not. */
export function checkShared({ mode }: CheckedSettings, store: unknown): void {
  if (mode === "single" || store !== undefined) return;
  throw argumentError("store", "one that other threads can open too", store, "Give a store, or a path.");
}

export function checkThreshold(threshold: number): number {
  if (typeof threshold === "number" && threshold >= -1 && threshold <= 1) return threshold;
  throw argumentError(
    "threshold",
    "a number from -1 to 1",
    threshold,
    "0.85 is a usual start; `mneme calibrate` finds yours.",
  );
}

function checkIndex(index: IndexOption = "exact"): CheckedIndex {
  if (index === "exact" || index === "auto") return "exact";
  if (typeof index === "function") return index;
  if (typeof index?.auto === "function") {
    const { auto, above = DEFAULT_ABOVE, latencyMs = DEFAULT_LATENCY_MS } = index;
    if ([above, latencyMs].every((n) => typeof n === "number" && n >= 0)) return { auto, above, latencyMs };
  }
  throw argumentError(
    "index",
    '"exact", "auto", a factory, or { auto: factory, above, latencyMs }',
    index,
    "Options of an approximate index go to its own factory.",
  );
}

export function checkQueries(queries: readonly string[]): readonly string[] {
  if (Array.isArray(queries)) return queries;
  throw argumentError("queries", "an array of strings", queries, "Pass the questions as texts.");
}

export function checkText(name: "query" | "namespace", text: string): string {
  if (typeof text === "string") return text;
  throw argumentError(
    name,
    "a string",
    text,
    name === "query" ? "Pass the question as text." : "Leave it out for the default.",
  );
}

export function checkTags(tags: readonly string[] = []): string[] {
  if (Array.isArray(tags) && tags.every((tag) => typeof tag === "string")) return [...tags];
  throw argumentError("tags", "an array of strings", tags, "Tags are names by which entries are found again.");
}

/** Returns a copy. */
export function checkMetadata(metadata: object = {}): JsonObject {
  const remedy = "Pass a plain object of JSON values.";
  if (typeof metadata !== "object" || metadata === null || Array.isArray(metadata)) {
    throw argumentError("metadata", "an object", metadata, remedy);
  }
  const problem = loss(metadata, "metadata", []);
  if (problem !== undefined) throw argumentError("metadata", "JSON", metadata, `${problem} ${remedy}`);
  return JSON.parse(JSON.stringify(metadata)) as JsonObject;
}
