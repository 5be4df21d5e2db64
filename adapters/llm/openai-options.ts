import type { Hit, SemanticCache, Ttl, WaitUntil } from "../../src/index.ts";
import type { Fetch, ModelRequest } from "./openai-call.ts";

// biome-ignore lint/suspicious/noExplicitAny: what is stored is told from other responses by its scope
export type ModelCache = Pick<SemanticCache<any>, "wrap" | "stream">;

export interface CachedFetchOptions {
  /** What asks upstream. Default: the global `fetch`. */
  fetch?: Fetch | undefined;
  /** What answers depend on besides the request: a tenant. Any JSON. */
  scope?: ((request: ModelRequest) => unknown) | undefined;
  /** False: only the same question, to the letter, is answered. Default true. */
  semantic?: boolean | ((request: ModelRequest) => boolean) | undefined;
  /** True: this request is none of the cache's business. */
  bypass?: ((request: ModelRequest) => boolean) | undefined;
  namespace?: string | undefined;
  ttl?: Ttl | undefined;
  tags?: readonly string[] | undefined;
  threshold?: number | undefined;
  waitUntil?: WaitUntil | undefined;
  lease?: Ttl | undefined;
  /** Milliseconds from word to word of a replayed stream. Default 0: all is there at once. */
  pace?: number | undefined;
  /** Store, too, what was cut short, filtered or refused. Default false. */
  keepTruncated?: boolean | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: what is stored is the body of a response, of whatever kind
  onHit?: ((hit: Hit<any>, request: ModelRequest) => void) | undefined;
}
