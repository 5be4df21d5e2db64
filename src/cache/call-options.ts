import { argumentError } from "../error.ts";
import type { JsonObject } from "../store/entry.ts";
import { parseTtl, type Ttl } from "../ttl.ts";
import { OWN_TAGS } from "./marks.ts";
import { loss } from "./value.ts";

// What single calls are told. Of a cache as a whole: options.ts.

/**
 * What a response depends on besides the query: model, system prompt, tools, tenant, earlier turns. Any JSON. Only entries of
 * an equal one are found, in both layers; the order of keys does not matter, nor undefined, functions, headers and signals.
 */
type Scope = unknown;

export interface GetOptions {
  /** Default "default". Entries of one namespace are never found from another. */
  namespace?: string | undefined;
  scope?: Scope;
  /** For this lookup alone. */
  threshold?: number | undefined;
  /** False: only the exact layer is asked, and nothing is embedded. Default true. */
  semantic?: boolean | undefined;
  /** Miss without looking. */
  bypass?: boolean | undefined;
  /** Count the hit as a use of the entry. Default true. */
  touch?: boolean | undefined;
  /** The query's vector, where the caller has it: then it is not embedded. */
  embedding?: ArrayLike<number> | undefined;
  /** Milliseconds after which it is a miss. Default: that of the cache. */
  deadline?: number | undefined;
  signal?: AbortSignal | undefined;
}

export type NearestOptions = Omit<GetOptions, "semantic" | "bypass" | "touch" | "deadline">;

/** One of `putMany`. */
export interface PutItem<V = string> extends Omit<PutOptions, "signal"> {
  query: string;
  response: V;
}

export interface PutOptions {
  namespace?: string | undefined;
  scope?: Scope;
  /** Default: the cache's `defaultTtl`. */
  ttl?: Ttl | undefined;
  tags?: readonly string[] | undefined;
  metadata?: object | undefined;
  /** False: only the exact layer will find it, and it is not embedded. Default true. */
  semantic?: boolean | undefined;
  /** The query's vector, where the caller has it: then it is not embedded. */
  embedding?: ArrayLike<number> | undefined;
  /** What the response took to make: it is told by `stats` as spent. Default: nothing is told. */
  usage?: ((response: never) => Usage | undefined) | undefined;
  signal?: AbortSignal | undefined;
}

/** Of calls that compute what is not found. */
export interface ComputeOptions<V = string> extends GetOptions, Omit<PutOptions, "signal" | "usage"> {
  /** Whether what was computed may be stored; "exact": for the exact layer alone. Default: what the cache's `validate` says. */
  admit?: ((response: V) => boolean | "exact") | undefined;
  /** What a response took to make: it is told by `stats` as spent, and as saved by each hit. Default: the cache's. */
  usage?: ((response: V) => Usage | undefined) | undefined;
  /**
   * Takes the writing of what was computed, which is then not waited for: that of the request on an edge. Default: the cache's, or
   * what the platform has for the request under way.
   */
  waitUntil?: WaitUntil | undefined;
  /**
   * One process of all that share the store computes, and the others wait for what it stores; one that has told nothing for so long
   * is not waited for any more. Default: the cache's.
   */
  lease?: Ttl | undefined;
}

export interface WrapOptions<V = string> extends ComputeOptions<V> {
  /** A hit that is older is served all the same, and computed anew in the background. Default: none is. */
  staleAfter?: Ttl | undefined;
}

export interface DeleteOptions {
  namespace?: string | undefined;
  scope?: Scope;
}

/** What a response took to make. */
export interface Usage {
  model: string;
  inputTokens?: number | undefined;
  outputTokens?: number | undefined;
}

/** Keeps a request's runtime alive until a promise has settled. */
export type WaitUntil = (work: Promise<unknown>) => void;

const DEFAULT_NAMESPACE = "default";

export function checkThreshold(threshold: number): number {
  if (typeof threshold === "number" && threshold >= -1 && threshold <= 1) return threshold;
  throw argumentError(
    "threshold",
    "a number from -1 to 1",
    threshold,
    "0.85 is a usual start; `mneme calibrate` finds yours.",
  );
}

export function checkDeadline(deadline: number | undefined): number | undefined {
  if (deadline === undefined || (typeof deadline === "number" && deadline >= 0)) return deadline;
  throw argumentError("deadline", "a number of milliseconds from 0", deadline, "Leave it out to wait for the store.");
}

/** Milliseconds; null: there is none. */
export function checkLease(lease: Ttl | undefined): number | null {
  return lease === undefined ? null : parseTtl(lease, "lease");
}

export function checkQueries(queries: readonly string[]): readonly string[] {
  if (Array.isArray(queries)) return queries;
  throw argumentError("queries", "an array of strings", queries, "Pass the questions as texts.");
}

export function checkItems<V>(items: readonly PutItem<V>[]): readonly PutItem<V>[] {
  if (Array.isArray(items) && items.every((item) => typeof item === "object" && item !== null)) return items;
  throw argumentError("items", "an array of objects", items, "Pass { query, response } and options for each.");
}

export function checkQuery(query: string): string {
  if (typeof query === "string") return query;
  throw argumentError("query", "a string", query, "Pass the question as text.");
}

export function checkNamespace(namespace: string): string {
  if (typeof namespace === "string") return namespace;
  throw argumentError("namespace", "a string", namespace, "Leave it out for the default.");
}

export function namespaceOf({ namespace = DEFAULT_NAMESPACE }: { namespace?: string | undefined }): string {
  return checkNamespace(namespace);
}

export function checkTags(tags: readonly string[] = []): string[] {
  if (Array.isArray(tags) && tags.every((tag) => typeof tag === "string")) {
    const own = tags.find((tag) => tag.startsWith(OWN_TAGS));
    if (own === undefined) return [...tags];
    throw argumentError("tags", `tags that do not begin with "${OWN_TAGS}"`, own, "Those are the cache's own.");
  }
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
