import type { Embedder } from "../../src/index.ts";
import { type BatchOptions, batchedEmbedder } from "./embedder-batches.ts";
import { checkName, dimensionsOf, expect, fingerprintOf } from "./embedder-identity.ts";
import { checkedRetries, retryAfter, retrying, type Verdict } from "./embedder-retry.ts";

/** What is used of an embedding model of the AI SDK: EmbeddingModelV2 (ai 5), V3 (ai 6), V4 (ai 7). */
export interface AiSdkEmbeddingModel {
  readonly provider: string;
  readonly modelId: string;
  readonly maxEmbeddingsPerCall?: PromiseLike<number | undefined> | number | undefined;
  readonly supportsParallelCalls?: PromiseLike<boolean> | boolean;
  doEmbed(options: never): PromiseLike<{ embeddings: unknown }>;
}

export interface AiSdkEmbedderOptions extends BatchOptions {
  /** `openai.embedding("text-embedding-3-small")`, or any other provider's. */
  model: AiSdkEmbeddingModel;
  /** Numbers in a vector. Known for some models. */
  dimensions?: number | undefined;
  /**
   * Whether the model is asked for so many dimensions. Default: if they are fewer than it is known to have. Models of ai 5 and 6 take
   * them in `providerOptions` only.
   */
  shorten?: boolean | undefined;
  /** For the provider: { openai: { dimensions: 512 } }. Part of the fingerprint. */
  providerOptions?: Record<string, Record<string, unknown>> | undefined;
  headers?: Record<string, string> | undefined;
  /** How often a call is tried again that the provider calls worth it: models do not, only `embed` of ai does. Default 2. */
  retries?: number | undefined;
}

const NAME = "aiSdkEmbedder";
const DIMENSIONS = {
  "text-embedding-3-small": 1536,
  "text-embedding-3-large": 3072,
  "text-embedding-ada-002": 1536,
  "gemini-embedding-001": 3072,
  "mistral-embed": 1024,
  "embed-english-v3.0": 1024,
  "embed-multilingual-v3.0": 1024,
};

/** Calls at the same time, to a model that has nothing against it. */
const PARALLEL = 4;

/** An embedding model of the AI SDK. */
export function aiSdkEmbedder(options: AiSdkEmbedderOptions): Embedder {
  const { model, shorten, providerOptions, headers } = options ?? {};
  expect(
    typeof model?.doEmbed === "function",
    NAME,
    "model: an embedding model, not its name",
    'For example { model: openai.embedding("text-embedding-3-small") }.',
  );
  const { modelId } = model;
  checkName(NAME, "model.provider", model.provider, "openai.embedding");
  checkName(NAME, "model.modelId", modelId, "text-embedding-3-small");
  const dimensions = dimensionsOf(NAME, modelId, options.dimensions, DIMENSIONS);
  const full = (DIMENSIONS as Record<string, number>)[modelId];
  const isAsked = shorten ?? (full !== undefined && dimensions !== full);
  const retries = checkedRetries(NAME, options.retries);
  const others = { providerOptions, headers, dimensions: isAsked ? dimensions : undefined };
  const given = Object.fromEntries(Object.entries(others).filter(([, value]) => value !== undefined));
  return batchedEmbedder(
    {
      name: NAME,
      fingerprint: fingerprintOf(model.provider, modelId, dimensions, {
        options: providerOptions && JSON.stringify(providerOptions),
        prefix: options.prefix,
      }),
      dimensions,
      async limits() {
        const [most, isParallel] = [await model.maxEmbeddingsPerCall, await model.supportsParallelCalls];
        return { most: most ?? Number.POSITIVE_INFINITY, parallel: isParallel === false ? 1 : PARALLEL };
      },
      async embed(values, abortSignal) {
        const ask = () => model.doEmbed({ values, abortSignal, ...given } as never);
        return (await retrying(retries, abortSignal, ask, verdictOf))?.embeddings;
      },
    },
    options,
  );
}

/** As the SDK's own errors say it. */
function verdictOf(error: unknown): Verdict {
  const { isRetryable, responseHeaders } = (error ?? {}) as {
    isRetryable?: unknown;
    responseHeaders?: Record<string, string>;
  };
  return { again: isRetryable === true, after: retryAfter((name) => responseHeaders?.[name]) };
}
