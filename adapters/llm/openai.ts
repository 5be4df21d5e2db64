import { Unkept } from "./openai-answer.ts";
import { type Call, type Endpoint, type Fetch, type ModelRequest, readCall } from "./openai-call.ts";
import type { CachedFetchOptions, ModelCache } from "./openai-options.ts";
import type { Protocol } from "./openai-protocol.ts";

export type { CachedFetchOptions, Endpoint, ModelCache, ModelRequest };

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
