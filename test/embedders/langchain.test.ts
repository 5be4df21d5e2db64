import { langchainEmbedder } from "../../adapters/embedders/langchain.ts";
import { SemanticCache } from "../../src/index.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import { testEmbedder } from "../conformance/embedder.ts";
import type { Suite } from "../harness.ts";
import { PARAPHRASE, QUESTION } from "../unit/cache-fixtures.ts";

export interface LangchainPackage {
  Embeddings: new (options: object) => { caller: { call<T>(work: () => Promise<T>): Promise<T> } };
}

/** With a class of @langchain/core's own. */
export const langchainTests = ({ Embeddings }: LangchainPackage): Suite => {
  const words = testEmbedder();
  class Words extends Embeddings {
    calls: string[][] = [];
    failures = 0;
    constructor(options: object = {}) {
      super(options);
    }
    embedDocuments(documents: string[]): Promise<number[][]> {
      return this.caller.call(async () => {
        if (this.failures-- > 0) throw new Error("not yet");
        this.calls.push(documents);
        return words.embed(documents).map((vector) => [...vector]);
      });
    }
  }
  return (test) => {
    test("its vectors, in one call", async () => {
      const embeddings = new Words();
      const embedder = langchainEmbedder({ embeddings, name: "words", dimensions: 64 });
      equal(embedder.fingerprint, "langchain:words:dim64");
      equal(await embedder.embed(["a", "b"]), words.embed(["a", "b"]));
      equal(embeddings.calls, [["a", "b"]]);
    });

    test("in batches if told to", async () => {
      const embeddings = new Words();
      await langchainEmbedder({ embeddings, name: "words", dimensions: 64, batch: 2 }).embed(["a", "b", "c"]);
      equal(embeddings.calls, [["a", "b"], ["c"]]);
    });

    test("its retries are its own", async () => {
      const embeddings = new Words({ maxRetries: 1 });
      embeddings.failures = 1;
      equal((await langchainEmbedder({ embeddings, name: "words", dimensions: 64 }).embed(["a"])).length, 1);
    });

    test("vectors of another length, and bad arguments, are refused", async () => {
      const embeddings = new Words();
      await fails(() => langchainEmbedder({ embeddings, name: "words", dimensions: 63 }).embed(["a"]), "dimension");
      for (const options of [{ name: "" }, { dimensions: undefined }, { dimensions: 0.5 }, { embeddings: {} }])
        await fails(
          () => langchainEmbedder({ embeddings, name: "words", dimensions: 64, ...options } as never),
          "argument",
        );
    });

    test("a cache with it", async () => {
      const embedder = langchainEmbedder({ embeddings: new Words(), name: "words", dimensions: 64 });
      const cache = await SemanticCache.open({ embedder, strict: true });
      await cache.put(QUESTION, "so");
      ok((await cache.get(PARAPHRASE))?.layer === "semantic", "a hit");
      await cache.close();
    });
  };
};
