import { type AiSdkEmbeddingModel, aiSdkEmbedder } from "../../adapters/embedders/ai-sdk.ts";
import { equal, fails, ok, rejection } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { scenario, testProtocol } from "./battery.ts";
import { wordsOf } from "./protocols.ts";

export interface AiSdkPackages {
  openai: { createOpenAI(options: object): { embedding(model: string): AiSdkEmbeddingModel } };
  /** Versions of `ai`, by number. */
  ai: Record<string, { embed(options: object): Promise<{ embedding: number[] }> }>;
}

const WORDS = { dimensions: 16 };

/** With the models of @ai-sdk/openai, and what `embed` of each version of `ai` says of the same model. */
export const aiSdkTests =
  (origin: string, { openai, ai }: AiSdkPackages): Suite =>
  (test) => {
    const modelAt = (url: string, name = "words-16"): AiSdkEmbeddingModel =>
      openai.createOpenAI({ apiKey: "sk-ai", baseURL: `${url}/v1` }).embedding(name);
    const make = (url: string, options: object = {}) => aiSdkEmbedder({ model: modelAt(url), ...WORDS, ...options });
    const theirs = "AI_APICallError"; // it looks at answers itself
    const says = { null: theirs, text: theirs, objects: theirs, nothing: theirs };
    testProtocol(test, origin, { make, refusal: /maximum context length/, waits: true, says });

    for (const [version, { embed }] of Object.entries(ai)) {
      test(`the vector that embed of ai ${version} gives`, async () => {
        // ai 5 and 6 know models of their own versions: the same one, as those were.
        const model = Object.create(modelAt(scenario(origin).url), {
          specificationVersion: { value: `v${Number(version) - 3}` },
        }) as AiSdkEmbeddingModel;
        const { embedding } = await embed({ model, value: "a question" });
        const [vector] = await aiSdkEmbedder({ model, ...WORDS }).embed(["a question"]);
        equal(vector, Float32Array.from(embedding));
      });
    }

    test("it tries again what the provider calls worth it, and waits as long as it is told", async () => {
      const at = scenario(origin, "broken,busy for 1 s");
      equal(await make(at.url).embed(["a"]), wordsOf(["a"], 16));
      const [, second, third] = await at.seen();
      ok(third!.at - second!.at > 950, "a second later");
      for (const [step, asked] of [
        ["broken*", 2],
        ["echo*", 1],
      ] as const) {
        const failing = scenario(origin, step);
        const error = (await rejection(() => make(failing.url, { retries: 1 }).embed(["a"]))) as Error;
        equal([error.name, (await failing.seen()).length], ["AI_APICallError", asked]);
      }
    });

    test("what a model says of itself, now or later, is kept to", async () => {
      for (const [most, parallel, asked, together] of [
        [2, true, 5, 4],
        [Promise.resolve(2), Promise.resolve(true), 5, 4],
        [5, Promise.resolve(false), 2, 1],
        [undefined, false, 1, 1],
        [Promise.resolve(undefined), true, 1, 1],
      ] as const) {
        const at = scenario(origin, "slow,slow,slow,slow,slow");
        const model = Object.create(modelAt(at.url), {
          maxEmbeddingsPerCall: { value: most },
          supportsParallelCalls: { value: parallel },
          doEmbed: { value: modelAt(at.url).doEmbed.bind(modelAt(at.url)) },
        }) as AiSdkEmbeddingModel;
        await aiSdkEmbedder({ model, ...WORDS }).embed(Array.from({ length: 10 }, (_, i) => `${i}`));
        const seen = await at.seen();
        equal([seen.length, Math.max(...seen.map((one) => one.together))], [asked, together]);
      }
    });

    test("fewer dimensions are asked for, by the model's own option or the provider's", async () => {
      for (const options of [{}, { providerOptions: { openai: { dimensions: 256 } }, shorten: false }]) {
        const at = scenario(origin);
        const model = modelAt(at.url, "text-embedding-3-small");
        const embedder = aiSdkEmbedder({ model, dimensions: 256, ...options });
        equal((await embedder.embed(["a"]))[0]!.length, 256);
        equal((await at.seen())[0]!.body.dimensions, 256);
      }
      equal(aiSdkEmbedder({ model: modelAt(origin, "text-embedding-3-small") }).dimensions, 1536);
      equal(make(origin).fingerprint, "openai.embedding:words-16:dim16");
    });

    test("bad arguments are refused", async () => {
      const bad: object[] = [
        { model: "openai/text-embedding-3-small" },
        { model: modelAt(origin), dimensions: undefined },
        { model: modelAt(origin), retries: -1 },
        { model: modelAt(origin), batch: 0 },
        { model: modelAt(origin), parallel: 1.5 },
      ];
      for (const options of bad) await fails(() => aiSdkEmbedder({ ...WORDS, ...options } as never), "argument");
    });
  };
