import type { Hit, SemanticCache, Ttl, WaitUntil } from "../../src/index.ts";
import { Unkept } from "./openai-answer.ts";
import { type Call, type Endpoint, type Fetch, type ModelRequest, readCall } from "./openai-call.ts";
import type { Protocol } from "./openai-protocol.ts";

export type { Endpoint, ModelRequest };

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

/** Fetched when they are first spoken. */
const PROTOCOLS: Record<Exclude<Endpoint, "embeddings">, () => Promise<Protocol>> = {
  "chat/completions": () => import("./openai-chat.ts").then(({ chat }) => chat),
  responses: () => import("./openai-responses.ts").then(({ responses }) => responses),
  messages: () => import("./openai-messages.ts").then(({ messages }) => messages),
};

/**
 * A `fetch` for `new OpenAI({ fetch })`, `new Anthropic({ fetch })` and all that speaks as they do: questions that mean the same are
 * answered from the cache, whole or streamed; all else passes.
 */
export function cachedFetch(cache: ModelCache, options: CachedFetchOptions = {}): Fetch {
  const { fetch = (input, init) => globalThis.fetch(input, init) } = options;
  return async (input, init) => {
    const { call, pass } = await readCall(fetch, input, init);
    if (call === undefined) return pass();
    let answer: Response | undefined;
    try {
      answer = await answered(cache, call, options);
    } catch (error) {
      call.signal?.throwIfAborted();
      if (error instanceof Unkept) return error.answer();
    }
    return answer ?? pass(); // the cache's trouble is not the caller's
  };
}

/** Undefined: it is none of the cache's business. */
async function answered(cache: ModelCache, call: Call, options: CachedFetchOptions): Promise<Response | undefined> {
  const { endpoint } = call;
  if (options.bypass?.(call)) return undefined;
  if (endpoint === "embeddings") {
    const { embeddings } = await import("./openai-embeddings.ts");
    return embeddings({ cache, call, options });
  }
  const [{ generate }, protocol] = await Promise.all([import("./openai-generation.ts"), PROTOCOLS[endpoint]()]);
  return generate({ cache, call, options, protocol });
}
