import type { Embedder } from "../../src/index.ts";
import { type BatchOptions, batchedEmbedder, type Limits } from "./embedder-batches.ts";
import { checkNone, type HttpOptions, type Post, serverAt } from "./embedder-http.ts";
import { checkName, dimensionsOf, expect, fingerprintOf } from "./embedder-identity.ts";

/** What is used of a client of `ollama`. */
export interface OllamaClient {
  embed(request: never): PromiseLike<unknown>;
}

export interface OllamaEmbedderOptions extends BatchOptions, HttpOptions {
  /** As in `ollama pull`. */
  model: string;
  /** Numbers in a vector. Known for some models; with fewer than the model has, Ollama cuts and normalises. */
  dimensions?: number | undefined;
  /** An `Ollama` of yours, which has its own address. It cannot be told to stop: a call that is aborted is left to itself. */
  client?: OllamaClient | undefined;
  /**
   * Cut texts that are longer than the model takes. Default false, and an error: of two texts that differ only behind the cut one
   * would get the other's answer.
   */
  truncate?: boolean | undefined;
  /** How long the model stays loaded: "10m", or seconds. Default: Ollama's own. */
  keepAlive?: string | number | undefined;
}

const NAME = "ollamaEmbedder";
const OLLAMA = "http://127.0.0.1:11434";
const DIMENSIONS = {
  "all-minilm": 384,
  "bge-large": 1024,
  "bge-m3": 1024,
  embeddinggemma: 768,
  "mxbai-embed-large": 1024,
  "nomic-embed-text": 768,
  "snowflake-arctic-embed2": 1024,
};

/** It takes any number; its machine is the caller's own, as a rule, and not to be buried. */
const LIMITS: Limits = { most: 2048, usual: 64, parallel: 2 };

/** Embeddings of a model that Ollama runs: by `fetch`, or by a client of yours. */
export function ollamaEmbedder(options: OllamaEmbedderOptions): Embedder {
  const { model: given, client, truncate = false, keepAlive } = options ?? {};
  checkName(NAME, "model", given, "nomic-embed-text");
  const model = given.replace(/:latest$/, ""); // which is what no tag means
  const [name] = model.split(":"); // the sizes that tags of these models stand for give equally long vectors
  const dimensions = dimensionsOf(NAME, name!, options.dimensions, DIMENSIONS);
  expect(typeof truncate === "boolean", NAME, "truncate: true or false", "Default: false.");
  const body = {
    model,
    truncate,
    ...(options.dimensions === undefined ? {} : { dimensions }),
    ...(keepAlive === undefined ? {} : { keep_alive: keepAlive }),
  };
  const ask = client === undefined ? serverAt(NAME, OLLAMA, "/api/embed", options) : askClient(client, options);
  return batchedEmbedder(
    {
      name: NAME,
      fingerprint: fingerprintOf("ollama", model, dimensions, {
        truncate: truncate || undefined,
        prefix: options.prefix,
      }),
      dimensions,
      limits: LIMITS,
      async embed(input, signal) {
        const answer = (await ask({ ...body, input }, signal)) as { embeddings?: unknown } | undefined;
        return answer?.embeddings;
      },
    },
    options,
  );
}

function askClient(client: OllamaClient, options: OllamaEmbedderOptions): Post {
  expect(typeof client?.embed === "function", NAME, "a client with embed()", "For example { client: new Ollama() }.");
  checkNone(NAME, options);
  return async (body) => client.embed(body as never);
}
