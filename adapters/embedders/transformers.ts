import { type Embedder, MnemeError } from "../../src/index.ts";
import { type BatchOptions, batchedEmbedder, type Limits } from "./embedder-batches.ts";
import { checkName, dimensionsOf, expect, fingerprintOf } from "./embedder-identity.ts";

/** What is used of a pipeline for "feature-extraction" of `@huggingface/transformers`. */
export interface FeatureExtractor {
  (
    texts: string[],
    options: never,
  ): PromiseLike<{ readonly data: ArrayLike<unknown>; readonly dims: readonly number[] }>;
  readonly tokenizer?: { readonly model_max_length?: unknown; encode(text: string): { readonly length: number } };
}

/** What is used of the module `@huggingface/transformers`, version 3 or 4. */
export interface TransformersPackage {
  pipeline(task: never, model: string, options: never): PromiseLike<unknown>;
}

export type Pooling = "mean" | "cls" | "first_token" | "eos" | "last_token";

export interface TransformersEmbedderOptions extends BatchOptions {
  /** The model's name on the hub, or a folder. With an extractor of yours: by what name its vectors go. */
  model: string;
  /** A pipeline of yours for "feature-extraction", or what it is waited for by. */
  extractor?: FeatureExtractor | PromiseLike<FeatureExtractor> | undefined;
  /** What becomes of the vectors of a text's tokens. Default: as the model was trained, where that is known; else "mean". */
  pooling?: Pooling | undefined;
  /** Vectors of length 1. Default true. */
  normalize?: boolean | undefined;
  /**
   * Cut texts that are longer than the model takes, as the library does without a word. Default false, and an error: of two texts that
   * differ only behind the cut one would get the other's answer.
   */
  truncate?: boolean | undefined;
  /**
   * The model's precision. Default "fp32", in every runtime: left to itself the library takes "q8" in browsers, whose vectors are
   * others. Of an extractor of yours: what it was made with.
   */
  dtype?: string | undefined;
  /** Where it is computed: "wasm", "webgpu", "cpu". Default: the library's own. */
  device?: string | undefined;
  /** Numbers in a vector. Known for some models. */
  dimensions?: number | undefined;
  /** The module "@huggingface/transformers", where a bundler or a runtime cannot import it by name. */
  transformers?: TransformersPackage | undefined;
}

const NAME = "transformersEmbedder";
const POOLINGS: readonly Pooling[] = ["mean", "cls", "first_token", "eos", "last_token"];

/**
 * By the last part of their names, without "-ONNX": who converted a model does not change it. Not EmbeddingGemma, which has layers after
 * the pooling that the pipeline leaves out.
 */
const DIMENSIONS = {
  "all-MiniLM-L6-v2": 384,
  "all-MiniLM-L12-v2": 384,
  "all-mpnet-base-v2": 768,
  "bge-small-en-v1.5": 384,
  "bge-base-en-v1.5": 768,
  "bge-large-en-v1.5": 1024,
  "bge-m3": 1024,
  "e5-small-v2": 384,
  "gte-small": 384,
  "multilingual-e5-small": 384,
  "multilingual-e5-base": 768,
  "multilingual-e5-large": 1024,
  "mxbai-embed-large-v1": 1024,
  "nomic-embed-text-v1.5": 768,
  "paraphrase-multilingual-MiniLM-L12-v2": 384,
};

/** Trained with the vector of the first token; the others with the mean of all. */
const BY_FIRST_TOKEN = new Set([
  "bge-small-en-v1.5",
  "bge-base-en-v1.5",
  "bge-large-en-v1.5",
  "bge-m3",
  "mxbai-embed-large-v1",
]);

/** Each is computed here: more at once take more memory, not less time. */
const LIMITS: Limits = { most: 1024, usual: 32, parallel: 1 };
/** Shorter texts are padded to the length of the others, and the last token of most models' is then the padding. */
const ALONE: Limits = { most: 1, parallel: 1 };

/** A model that runs in this program, by transformers.js. It is loaded at the first use. */
export function transformersEmbedder(options: TransformersEmbedderOptions): Embedder {
  const { model, normalize = true, truncate = false, dtype = "fp32", device, extractor, transformers } = options ?? {};
  checkName(NAME, "model", model, "Xenova/all-MiniLM-L6-v2");
  const plain = model.replace(/^.*\/|-ONNX$/g, "");
  const { pooling = BY_FIRST_TOKEN.has(plain) ? "cls" : "mean" } = options;
  checkName(NAME, "dtype", dtype, "q8");
  expect(POOLINGS.includes(pooling), NAME, `pooling: one of ${POOLINGS.join(", ")}`, 'Leave "pooling" out.');
  expect(typeof normalize === "boolean", NAME, "normalize: true or false", "Default: true.");
  expect(typeof truncate === "boolean", NAME, "truncate: true or false", "Default: false.");
  expect(
    extractor === undefined || (device ?? transformers) === undefined,
    NAME,
    "either an extractor, or device and transformers",
    "An extractor of yours was made with its own.",
  );
  const known = dimensionsOf(NAME, plain, options.dimensions, DIMENSIONS);
  let loading: PromiseLike<FeatureExtractor> | undefined;
  return batchedEmbedder(
    {
      name: NAME,
      fingerprint: fingerprintOf("transformers", model, known, {
        pooling,
        dtype,
        normalize: normalize ? undefined : false,
        truncate: truncate || undefined,
        prefix: options.prefix,
      }),
      dimensions: known,
      limits: pooling === "eos" || pooling === "last_token" ? ALONE : LIMITS,
      async embed(texts) {
        loading ??= extractor === undefined ? load(model, { dtype, device }, transformers) : Promise.resolve(extractor);
        let extract: FeatureExtractor;
        try {
          extract = await loading;
        } catch (error) {
          loading = undefined; // a failed load is tried again by the next call
          throw error;
        }
        if (!truncate) checkLengths(texts, extract.tokenizer);
        return rowsOf(await extract(texts, { pooling, normalize } as never));
      },
    },
    options,
  );
}

/** What the library would cut. An extractor that is none of its own may have no tokenizer, and a tokenizer no end. */
function checkLengths(texts: readonly string[], tokenizer: FeatureExtractor["tokenizer"]): void {
  const most = tokenizer?.model_max_length;
  if (typeof most !== "number") return;
  for (const text of texts) {
    const { length } = tokenizer!.encode(text);
    if (length <= most) continue;
    const problem = `${NAME} got a text of ${length} tokens, and the model takes ${most}.`;
    throw new MnemeError("embedder", problem, "Shorten it, or give { truncate: true } to have the rest left out.");
  }
}

/** A tensor's rows. Of one without pooling each is a list of its tokens' vectors, which are too many numbers. */
function rowsOf(tensor: { data: ArrayLike<unknown>; dims: readonly number[] }): unknown {
  const { data, dims } = tensor ?? {};
  const count = dims?.[0];
  if (count === undefined || typeof data?.length !== "number") return undefined;
  const size = data.length / count;
  const row = (from: number, to: number): unknown =>
    data instanceof Float32Array ? data.subarray(from, to) : Array.prototype.slice.call(data, from, to);
  return Array.from({ length: count }, (_, i) => row(i * size, (i + 1) * size));
}

async function load(
  model: string,
  { dtype, device }: { dtype: string; device: string | undefined },
  given: TransformersPackage | undefined,
): Promise<FeatureExtractor> {
  const { pipeline } = given ?? (await loadPackage());
  const settings = { dtype, ...(device === undefined ? {} : { device }) };
  try {
    return (await pipeline("feature-extraction" as never, model, settings as never)) as FeatureExtractor;
  } catch (cause) {
    const problem = `${NAME} cannot load the model ${JSON.stringify(model)} with dtype ${JSON.stringify(dtype)}.`;
    throw new MnemeError("embedder", problem, "Its files must be there for this dtype; the cause says more.", {
      cause,
    });
  }
}

async function loadPackage(): Promise<TransformersPackage> {
  try {
    return (await import("@huggingface/transformers")) as TransformersPackage;
  } catch (cause) {
    throw new MnemeError(
      "unsupported",
      'The package "@huggingface/transformers" cannot be loaded.',
      'npm install @huggingface/transformers, or hand the module in as "transformers".',
      { cause },
    );
  }
}
