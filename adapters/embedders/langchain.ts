import type { Embedder } from "../../src/index.ts";
import { type BatchOptions, batchedEmbedder } from "./embedder-batches.ts";
import { checkName, dimensionsOf, expect, fingerprintOf } from "./embedder-identity.ts";

/** What is used of LangChain's `Embeddings`. */
export interface LangchainEmbeddings {
  embedDocuments(documents: string[]): PromiseLike<unknown>;
}

export interface LangchainEmbedderOptions extends BatchOptions {
  /** Anything with `embedDocuments`. It cannot be told to stop: a call that is aborted is left to itself. */
  embeddings: LangchainEmbeddings;
  /** By what name its vectors go: another for whatever changes them, such as the model. */
  name: string;
  /** Numbers in a vector. */
  dimensions: number;
}

const NAME = "langchainEmbedder";

/** Embeddings of LangChain, which make their own batches and retries. */
export function langchainEmbedder(options: LangchainEmbedderOptions): Embedder {
  const { embeddings, name } = options ?? {};
  const isOne = typeof embeddings?.embedDocuments === "function";
  expect(isOne, NAME, "embeddings with embedDocuments()", "Give an Embeddings of LangChain.");
  checkName(NAME, "name", name, "openai text-embedding-3-small");
  const dimensions = dimensionsOf(NAME, name, options.dimensions, {});
  return batchedEmbedder(
    {
      name: NAME,
      fingerprint: fingerprintOf("langchain", name, dimensions, { prefix: options.prefix }),
      dimensions,
      limits: { most: Number.POSITIVE_INFINITY, parallel: 1 },
      embed: (texts) => embeddings.embedDocuments(texts),
    },
    options,
  );
}
