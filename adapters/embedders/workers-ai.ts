import { type Embedder, MnemeError } from "../../src/index.ts";
import { type BatchOptions, batchedEmbedder, type Limits } from "./embedder-batches.ts";
import { checkName, dimensionsOf, expect, fingerprintOf } from "./embedder-identity.ts";

/** What is used of a Worker's AI binding. */
export interface WorkersAi {
  run(model: never, inputs: never, options?: never): PromiseLike<unknown>;
}

export interface WorkersAiEmbedderOptions extends BatchOptions {
  /** The binding: `env.AI`. */
  ai: WorkersAi;
  model: string;
  /** Of the English bge models. Default: not said, which is "mean"; Cloudflare advises "cls". Vectors of the two do not mix. */
  pooling?: "mean" | "cls" | undefined;
  /** Numbers in a vector. Known for Cloudflare's own models. */
  dimensions?: number | undefined;
  /** For every call: { gateway: { id: … } }. */
  options?: object | undefined;
}

const NAME = "workersAiEmbedder";
const DIMENSIONS = {
  "@cf/baai/bge-small-en-v1.5": 384,
  "@cf/baai/bge-base-en-v1.5": 768,
  "@cf/baai/bge-large-en-v1.5": 1024,
  "@cf/baai/bge-m3": 1024,
  "@cf/google/embeddinggemma-300m": 768,
  "@cf/qwen/qwen3-embedding-0.6b": 1024,
};

/** A Worker may have six connections open, and its store wants some. */
const LIMITS: Limits = { most: 100, parallel: 3 };

/** Cloudflare's own models, from a Worker. */
export function workersAiEmbedder(options: WorkersAiEmbedderOptions): Embedder {
  const { ai, model, pooling, options: others } = options ?? {};
  expect(typeof ai?.run === "function", NAME, "ai: a binding with run()", "Give env.AI.");
  checkName(NAME, "model", model, "@cf/baai/bge-base-en-v1.5");
  expect([undefined, "mean", "cls"].includes(pooling), NAME, 'pooling: "mean" or "cls"', 'Leave "pooling" out.');
  const dimensions = dimensionsOf(NAME, model, options.dimensions, DIMENSIONS);
  return batchedEmbedder(
    {
      name: NAME,
      fingerprint: fingerprintOf("workers-ai", model, dimensions, { pooling, prefix: options.prefix }),
      dimensions,
      limits: LIMITS,
      async embed(text, signal) {
        const inputs = { text, ...(pooling === undefined ? {} : { pooling }) };
        const answer = await ai.run(model as never, inputs as never, { ...others, signal } as never);
        return vectorsIn(answer, pooling);
      },
    },
    options,
  );
}

/** Each of its fields may be missing. */
function vectorsIn(answer: unknown, pooling: string | undefined): unknown {
  const told = (answer ?? {}) as { data?: unknown; response?: unknown; pooling?: unknown; request_id?: unknown };
  const vectors = told.data ?? told.response;
  if (vectors === undefined && told.request_id !== undefined) {
    const problem = `${NAME} got the number of a request in a queue instead of vectors.`;
    throw new MnemeError("embedder", problem, "Leave queueRequest out of the options.");
  }
  if (pooling !== undefined && typeof told.pooling === "string" && told.pooling !== pooling) {
    const problem = `${NAME} asked for vectors pooled by "${pooling}" and got them by "${told.pooling.slice(0, 20)}".`;
    throw new MnemeError("embedder", problem, 'The model cannot do it: leave "pooling" out, or take another.');
  }
  return vectors;
}
