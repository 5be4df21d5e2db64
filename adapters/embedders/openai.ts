import { type Embedder, MnemeError } from "../../src/index.ts";
import { type BatchOptions, batchedEmbedder, type Limits } from "./embedder-batches.ts";
import { checkNone, type HttpOptions, type Post, serverAt } from "./embedder-http.ts";
import { checkName, dimensionsOf, expect, fingerprintOf } from "./embedder-identity.ts";

/** What is used of a client of `openai`. */
export interface OpenAIClient {
  readonly embeddings: { create(body: never, options?: { signal?: AbortSignal }): PromiseLike<unknown> };
}

export interface OpenAIEmbedderOptions extends BatchOptions, HttpOptions {
  model: string;
  /** Numbers in a vector. Known for OpenAI's own models. */
  dimensions?: number | undefined;
  /**
   * Whether the server is asked for so many dimensions. Default: if they are fewer than the model is known to have. Many servers
   * refuse to be asked.
   */
  shorten?: boolean | undefined;
  /** An `OpenAI` or `AzureOpenAI` of yours, which has its own key, address and retries. */
  client?: OpenAIClient | undefined;
  apiKey?: string | undefined;
  /**
   * How vectors come: "base64" is a third as long and exact. Default: "base64" from OpenAI itself, "float" from others, not all of
   * which can do it; a client decides by itself. Whatever comes is understood.
   */
  encoding?: "base64" | "float" | undefined;
  /** Whose models these are, for the fingerprint: another server may have another model of the same name. Default "openai". */
  provider?: string | undefined;
}

const NAME = "openaiEmbedder";
const OPENAI = "https://api.openai.com/v1";
const DIMENSIONS = { "text-embedding-3-small": 1536, "text-embedding-3-large": 3072, "text-embedding-ada-002": 1536 };

/** OpenAI takes 2048 texts and 300,000 tokens. A code unit is three bytes at the most, a token one at the least. */
const LIMITS: Limits = { most: 2048, longest: 100_000, parallel: 4 };

/** OpenAI's embeddings, or those of any server that speaks its protocol: by `fetch`, or by a client of yours. */
export function openaiEmbedder(options: OpenAIEmbedderOptions): Embedder {
  const { model, client, apiKey, encoding, shorten, provider = "openai" } = options ?? {};
  checkName(NAME, "model", model, "text-embedding-3-small");
  checkName(NAME, "provider", provider, "openai");
  const known = dimensionsOf(NAME, model, options.dimensions, DIMENSIONS);
  const full = (DIMENSIONS as Record<string, number>)[model];
  const isAsked = shorten ?? (full !== undefined && known !== full);
  const isEncoding = encoding === undefined || encoding === "base64" || encoding === "float";
  expect(isEncoding, NAME, 'encoding: "base64" or "float"', "Correct it.");
  const body = { model, ...(isAsked ? { dimensions: known } : {}) };
  const ask = client === undefined ? askServer(options, apiKey) : askClient(client, options);
  return batchedEmbedder(
    {
      name: NAME,
      fingerprint: fingerprintOf(provider, model, known, { prefix: options.prefix }),
      dimensions: known,
      limits: LIMITS,
      embed: async (input, signal) => vectorsIn(await ask({ ...body, input }, signal), input.length),
    },
    options,
  );
}

function askServer(options: OpenAIEmbedderOptions, apiKey: string | undefined): Post {
  const { baseURL = OPENAI, encoding } = options;
  const encoding_format = encoding ?? (String(baseURL).startsWith(OPENAI) ? "base64" : "float");
  const post = serverAt(NAME, OPENAI, "/embeddings", options, apiKey);
  return (body, signal) => post({ ...body, encoding_format }, signal);
}

function askClient(client: OpenAIClient, options: OpenAIEmbedderOptions): Post {
  const isClient = typeof client?.embeddings?.create === "function";
  expect(isClient, NAME, "a client with embeddings.create()", "For example { client: new OpenAI() }.");
  checkNone(NAME, options);
  // Without a format openai asks for base64, and decodes it.
  const format = options.encoding === undefined ? {} : { encoding_format: options.encoding };
  return async (body, signal) => client.embeddings.create({ ...body, ...format } as never, { signal });
}

/** In the order of the texts, which is not that of the answer. */
function vectorsIn(answer: unknown, count: number): unknown {
  const { data } = (answer ?? {}) as { data?: { index?: unknown; embedding?: unknown }[] };
  if (!Array.isArray(data) || data.length !== count) return data;
  const vectors = new Map<unknown, unknown>();
  // A server that knows no index keeps to the order.
  for (const [i, item] of data.entries()) vectors.set(item?.index ?? i, decoded(item?.embedding));
  return data.map((_, i) => {
    if (vectors.has(i)) return vectors.get(i);
    throw new MnemeError(
      "embedder",
      `${NAME} got no vector for text ${i}, and another twice.`,
      "Look after the server.",
    );
  });
}

function decoded(embedding: unknown): unknown {
  if (typeof embedding !== "string") return embedding;
  try {
    const binary = atob(embedding);
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
    return new Float32Array(bytes.buffer); // the least byte first, as engines have it
  } catch (cause) {
    const problem = `${NAME} got a vector that is no base64 of float32s.`;
    throw new MnemeError("vector", problem, 'Try { encoding: "float" }.', { cause });
  }
}
