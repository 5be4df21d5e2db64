import { type TransformersPackage, transformersEmbedder } from "../../adapters/embedders/transformers.ts";
import { SemanticCache } from "../../src/index.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { PARAPHRASE, QUESTION } from "../unit/cache-fixtures.ts";
import { unit, wordsOf } from "./protocols.ts";

interface Asked {
  texts: string[];
  pooling: string;
  normalize: boolean;
}

/**
 * Not the library, which with its engines is half a gigabyte, but what it answers: a tensor of so many rows, in one array; without
 * pooling, one of a row for each token.
 */
function likeTheLibrary(type: "float32" | "float16" | "numbers" = "float32") {
  const asked: Asked[] = [];
  const loads: object[] = [];
  let memory: Float32Array | undefined;
  const extractor = async (texts: string[], { pooling, normalize }: { pooling: string; normalize: boolean }) => {
    asked.push({ texts, pooling, normalize });
    const rows = wordsOf(texts, 16).map((vector) => (normalize ? unit([...vector]) : [...vector]));
    memory = Float32Array.from(pooling === "none" ? rows.flatMap((row) => [...row, ...row]) : rows.flat());
    const data = type === "float32" ? memory : [...memory];
    return { type, data, dims: [texts.length, memory.length / texts.length], dispose: () => memory?.fill(0) };
  };
  const transformers: TransformersPackage = {
    async pipeline(task, model, options) {
      loads.push({ task, model, ...(options as object) });
      if (loads.length === 1 && model === "failing at first") throw new Error("no network");
      return extractor;
    },
  };
  return { transformers, extractor, asked, loads, dispose: () => memory?.fill(0) };
}

const WORDS = { model: "words", dimensions: 16 };

export const transformersTests: Suite = (test) => {
  test("it is loaded once, when it is wanted", async () => {
    const { transformers, loads, asked } = likeTheLibrary();
    const embedder = transformersEmbedder({ ...WORDS, transformers, dtype: "q8", device: "wasm" });
    equal(loads.length, 0);
    const [one, two] = await Promise.all([embedder.embed(["a", "b"]), embedder.embed(["a"])]);
    equal(loads, [{ task: "feature-extraction", model: "words", dtype: "q8", device: "wasm" }]);
    equal(asked[0], { texts: ["a", "b"], pooling: "mean", normalize: true });
    const expected = wordsOf(["a", "b"], 16).map((vector) => Float32Array.from(unit([...vector])));
    equal([one, two], [expected, expected.slice(0, 1)]);
  });

  test("the precision is the same everywhere unless another is wanted", async () => {
    const { transformers, loads } = likeTheLibrary();
    await transformersEmbedder({ ...WORDS, transformers }).embed(["a"]);
    equal(loads, [{ task: "feature-extraction", model: "words", dtype: "fp32" }]);
  });

  for (const type of ["float32", "numbers"] as const) {
    test(`rows of a tensor of ${type}, which outlive it`, async () => {
      const { extractor, dispose } = likeTheLibrary(type);
      const embedder = transformersEmbedder({ ...WORDS, extractor, normalize: false, pooling: "cls" });
      const vectors = await embedder.embed(["a", "b", "c"]);
      dispose();
      equal(vectors, wordsOf(["a", "b", "c"], 16));
    });
  }

  test("an extractor of one's own, now or later, in batches one after another", async () => {
    const { extractor, asked } = likeTheLibrary();
    const embedder = transformersEmbedder({ ...WORDS, extractor: Promise.resolve(extractor), batch: 2 });
    await embedder.embed(["a", "b", "c"]);
    equal(
      asked.map(({ texts }) => texts),
      [["a", "b"], ["c"]],
    );
  });

  test("where the last token counts each text is alone, as the library's is that of the longest", async () => {
    for (const pooling of ["last_token", "eos"] as const) {
      const { extractor, asked } = likeTheLibrary();
      await transformersEmbedder({ ...WORDS, extractor, pooling }).embed(["a", "a longer text"]);
      equal(
        asked.map(({ texts }) => texts),
        [["a"], ["a longer text"]],
      );
    }
  });

  test("what is longer than the model takes is refused, or cut if told to, which the fingerprint says", async () => {
    const { extractor, asked } = likeTheLibrary();
    const tokenizer = { model_max_length: 4, encode: (text: string) => ["[CLS]", ...text.split(" "), "[SEP]"] };
    const strict = transformersEmbedder({ ...WORDS, extractor: Object.assign(extractor, { tokenizer }) });
    const error = await fails(() => strict.embed(["a", "a b c"]), "embedder");
    ok(error.message.includes("5 tokens") && error.message.includes("takes 4"), error.message);
    equal(asked, []);
    equal((await strict.embed(["a b", "a"])).length, 2);
    const cutting = transformersEmbedder({ ...WORDS, extractor, truncate: true });
    equal((await cutting.embed(["a b c"])).length, 1);
    equal(cutting.fingerprint, `${strict.fingerprint}:truncate=true`);
  });

  test("the pooling is what the model was trained with, unless another is wanted", async () => {
    const { transformers, asked } = likeTheLibrary();
    const pooled = async (options: { model: string; pooling?: "mean" }) => {
      await transformersEmbedder({ dimensions: 16, transformers, ...options }).embed(["a"]);
      return asked.at(-1)!.pooling;
    };
    equal(await pooled({ model: "Xenova/bge-base-en-v1.5" }), "cls");
    equal(await pooled({ model: "mixedbread-ai/mxbai-embed-large-v1" }), "cls");
    equal(await pooled({ model: "Xenova/multilingual-e5-small" }), "mean");
    equal(await pooled({ model: "Xenova/bge-base-en-v1.5", pooling: "mean" }), "mean");
  });

  test("a failed load is tried again by the next call", async () => {
    const { transformers, loads } = likeTheLibrary();
    const embedder = transformersEmbedder({ model: "failing at first", dimensions: 16, transformers });
    const error = await fails(() => embedder.embed(["a"]), "embedder");
    equal((error.cause as Error).message, "no network");
    equal((await embedder.embed(["a"])).length, 1);
    equal(loads.length, 2);
  });

  test("a tensor that is not one vector a text is refused", async () => {
    const { extractor } = likeTheLibrary();
    const unpooled = (texts: string[], options: object) =>
      extractor(texts, { ...options, pooling: "none", normalize: true });
    await fails(() => transformersEmbedder({ ...WORDS, extractor: unpooled }).embed(["a"]), "dimension");
    const fewer = (texts: string[], options: never) => extractor(texts.slice(1), options);
    await fails(() => transformersEmbedder({ ...WORDS, extractor: fewer }).embed(["a", "b"]), "dimension");
    const nothing = async (): Promise<never> => undefined as never;
    await fails(() => transformersEmbedder({ ...WORDS, extractor: nothing }).embed(["a"]), "dimension");
    const bad = async () => ({ data: new Float32Array(16).fill(Number.NaN), dims: [1, 16] });
    await fails(() => transformersEmbedder({ ...WORDS, extractor: bad }).embed(["a"]), "vector");
  });

  test("well-known models, whoever converted them", () => {
    for (const model of ["Xenova/all-MiniLM-L6-v2", "onnx-community/all-MiniLM-L6-v2-ONNX", "all-MiniLM-L6-v2"])
      equal(transformersEmbedder({ model }).dimensions, 384);
  });

  test("bad arguments are refused", async () => {
    const { extractor, transformers } = likeTheLibrary();
    for (const options of [
      { pooling: "none" },
      { normalize: 1 },
      { truncate: 1 },
      { dtype: "" },
      { extractor, transformers },
      { extractor, device: "wasm" },
    ])
      await fails(() => transformersEmbedder({ ...WORDS, ...options } as never), "argument");
  });

  test("a cache with it", async () => {
    const { extractor } = likeTheLibrary();
    const cache = await SemanticCache.open({ embedder: transformersEmbedder({ ...WORDS, extractor }), strict: true });
    await cache.put(QUESTION, "so");
    ok((await cache.get(PARAPHRASE))?.layer === "semantic", "a hit");
    await cache.close();
  });
};
