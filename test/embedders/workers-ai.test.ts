import { type WorkersAi, workersAiEmbedder } from "../../adapters/embedders/workers-ai.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { scenario, testProtocol } from "./battery.ts";

/** With a Worker's own binding, in a Worker. */
export const workersAiTests =
  (origin: string, ai: WorkersAi): Suite =>
  (test) => {
    const make = (url: string, options: object = {}) =>
      workersAiEmbedder({ ai, model: `@cf${new URL(url).pathname}/ai/words-16`, dimensions: 16, ...options });
    testProtocol(test, origin, { make, most: 100, refusal: /3030: the input is too long/ });

    test("it takes 100 texts a call", async () => {
      const at = scenario(origin);
      const vectors = await make(at.url).embed(Array.from({ length: 250 }, (_, i) => `${i}`));
      equal(vectors.length, 250);
      equal((await at.seen()).map(({ body }) => body.text!.length).sort(), [100, 100, 50]);
      await fails(() => make(at.url, { batch: 101 }), "argument");
    });

    test("pooling is asked for, is in the fingerprint, and is what comes", async () => {
      const at = scenario(origin);
      const pooled = workersAiEmbedder({ ai, model: "@cf/baai/bge-base-en-v1.5", pooling: "cls" });
      equal(pooled.fingerprint, "workers-ai:@cf/baai/bge-base-en-v1.5:dim768:pooling=cls");
      await make(at.url, { pooling: "cls" }).embed(["a"]);
      equal((await at.seen())[0]!.body.pooling, "cls");
      const error = await fails(
        () => make(scenario(origin, "pooled by cls").url, { pooling: "mean" }).embed(["a"]),
        "embedder",
      );
      ok(error.message.includes('"mean"') && error.message.includes('"cls"'), error.message);
    });

    test("answers of other shapes", async () => {
      equal((await make(scenario(origin, "response").url).embed(["a"]))[0], new Float32Array(16).fill(1));
      const error = await fails(() => make(scenario(origin, "queued").url).embed(["a"]), "embedder");
      ok(error.message.includes("queue"), error.message);
    });

    test("bad arguments are refused", async () => {
      for (const options of [{ ai: {} }, { model: "" }, { dimensions: undefined }, { pooling: "max" }])
        await fails(() => make("http://127.0.0.1/x", options), "argument");
    });
  };
