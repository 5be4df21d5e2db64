import { checkEmbedder, type Embedder } from "../embedder.ts";
import { argumentError, MnemeError } from "../error.ts";
import type { Store } from "../store/store.ts";

export interface ReembedOptions {
  /** Read only. Opened with the identity it has; it stays yours to close, as does `to`. */
  from: Store;
  /** New, or what an earlier run with the same `from` left unfinished. */
  to: Store;
  /** What `to` is filled with. */
  embedder: Embedder;
  /** Only entries of these. Default: all. */
  namespaces?: readonly string[] | undefined;
  /** Texts that are embedded by one call. Default 64. */
  batch?: number | undefined;
  /** Calls of the embedder at a time. Default 8. */
  concurrency?: number | undefined;
  /** Told after every batch. */
  onProgress?: ((progress: ReembedProgress) => void) | undefined;
  /** What was committed by then stays, and the next run goes on from there. */
  signal?: AbortSignal | undefined;
  /** How the cache that filled `from` was opened, for a store that does not say. Default true. */
  normalise?: boolean | undefined;
  /** How often a call of the embedder is tried. Default 5. */
  attempts?: number | undefined;
  /** Before the second try, in milliseconds; twice as long before each one after. Default 500. */
  waitMs?: number | undefined;
  /** Milliseconds since 1970: what is expired is not worth embedding. Default Date.now. */
  clock?: (() => number) | undefined;
}

export interface ReembedProgress {
  /** Entries of the source that are dealt with, those of earlier runs included. */
  done: number;
  /** How many the source had when this run began. */
  total: number;
  /** Texts embedded by this run. */
  embedded: number;
}

export interface ReembedSettings extends ReembedOptions {
  namespaces: string[] | undefined;
  batch: number;
  concurrency: number;
  attempts: number;
  waitMs: number;
  clock: () => number;
}

export function checkOptions(options: ReembedOptions): ReembedSettings {
  if (typeof options !== "object" || options === null) {
    throw argumentError("options", "an object", options, "Pass at least { from, to, embedder }.");
  }
  const { from, to, embedder, namespaces, batch = 64, concurrency = 8, attempts = 5, waitMs = 500 } = options;
  for (const [name, store] of Object.entries({ from, to })) {
    if (typeof store?.commit !== "function") throw argumentError(name, "a store", store, "For example memoryStore().");
  }
  if (from === to) throw sameStore(to);
  for (const [name, given] of Object.entries({ batch, concurrency, attempts })) {
    if (!Number.isSafeInteger(given) || given < 1)
      throw argumentError(name, "a whole number from 1", given, "Or leave it out.");
  }
  if (!(waitMs >= 0)) throw argumentError("waitMs", "milliseconds", waitMs, "Or leave it out.");
  if (
    namespaces !== undefined &&
    !(Array.isArray(namespaces) && namespaces.every((name) => typeof name === "string"))
  ) {
    throw argumentError("namespaces", "an array of strings", namespaces, "Leave it out for all of them.");
  }
  for (const [name, given] of Object.entries({ onProgress: options.onProgress, clock: options.clock })) {
    if (given !== undefined && typeof given !== "function")
      throw argumentError(name, "a function", given, "Or leave it out.");
  }
  const named = namespaces && [...new Set<string>(namespaces)].sort();
  const clock = options.clock ?? Date.now;
  return {
    ...options,
    embedder: checkEmbedder(embedder),
    namespaces: named,
    batch,
    concurrency,
    attempts,
    waitMs,
    clock,
  };
}

export function sameStore(to: Store): MnemeError {
  const problem = `"from" and "to" are one ${to.name} store.`;
  return new MnemeError("argument", problem, "Give a new destination: embedding in place could leave neither.");
}
