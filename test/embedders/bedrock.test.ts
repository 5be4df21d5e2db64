import { type AwsBedrock, type BedrockClient, bedrockEmbedder } from "../../adapters/embedders/bedrock.ts";
import { equal, fails, ok, rejection } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { scenario, testProtocol } from "./battery.ts";
import type { Seen } from "./front.ts";

export type BedrockPackage = AwsBedrock & { BedrockRuntimeClient: new (config: object) => BedrockClient };

const TITAN = "amazon.titan-embed-text-v2:0";
const COHERE = "cohere.embed-v4:0";

/** With the SDK's own client. */
export const bedrockTests = (origin: string, http2: string, aws: BedrockPackage): Record<string, Suite> => {
  const clientAt = (url: string): BedrockClient =>
    new aws.BedrockRuntimeClient({
      endpoint: url.replace(origin, http2),
      maxAttempts: 2,
      region: "us-east-1",
      credentials: { accessKeyId: "AKIATEST", secretAccessKey: "secret" },
    });
  const make = (url: string, options: object = {}) =>
    bedrockEmbedder({ client: clientAt(url), aws, model: TITAN, dimensions: 256, ...options });
  return {
    "bedrock, titan": (test) => {
      testProtocol(test, origin, { make, dimensions: 256, most: 1, refusal: /Too many input tokens/ });
    },
    "bedrock, cohere": (test) => {
      const cohere = (url: string, options: object = {}) => make(url, { model: COHERE, ...options });
      testProtocol(test, origin, { make: cohere, dimensions: 256, most: 96, refusal: /expected maxLength/ });
    },
    bedrock: (test) => {
      for (const [model, dimensions, request] of [
        ["amazon.titan-embed-text-v1", 1536, { inputText: "a" }],
        [TITAN, 1024, { inputText: "a", dimensions: 1024, normalize: true }],
        ["cohere.embed-english-v3", 1024, { texts: ["a"], input_type: "search_query", truncate: "NONE" }],
        [
          "us.cohere.embed-v4:0",
          1536,
          {
            texts: ["a"],
            input_type: "search_query",
            embedding_types: ["float"],
            output_dimension: 1536,
            truncate: "NONE",
          },
        ],
      ] as const) {
        test(`${model}: what it is asked`, async () => {
          const { url, seen } = scenario(origin);
          const embedder = bedrockEmbedder({ client: clientAt(url), aws, model });
          equal((await embedder.embed(["a"]))[0]!.length, dimensions);
          const [{ path, body }] = (await seen()) as [Seen];
          ok(decodeURIComponent(path).endsWith(`/model/${model}/invoke`), path);
          equal<object>(body, request);
        });
      }

      test("Titan takes one text a call, some side by side", async () => {
        const at = scenario(origin, "slow,slow,slow,slow,slow,slow,slow,slow,slow,slow");
        await make(at.url).embed(Array.from({ length: 10 }, (_, i) => `${i}`));
        const seen = await at.seen();
        equal([seen.length, Math.max(...seen.map(({ together }) => together))], [10, 8]);
      });

      test("Cohere takes 96", async () => {
        const at = scenario(origin);
        await make(at.url, { model: COHERE }).embed(Array.from({ length: 200 }, (_, i) => `${i}`));
        equal((await at.seen()).map(({ body }) => body.texts!.length).sort(), [8, 96, 96]);
      });

      test("its retries and errors are its own", async () => {
        const at = scenario(origin, "broken*");
        const error = (await rejection(() => make(at.url).embed(["a"]))) as Error & { $metadata: { attempts: number } };
        equal(error.$metadata.attempts, 2);
      });

      test("an answer that is no JSON", async () => {
        await fails(() => make(scenario(origin, "garbage*").url).embed(["a"]), "embedder");
      });

      test("which model it is decides the fingerprint, where it is does not", async () => {
        const of = (options: object): string =>
          make("http://127.0.0.1", { dimensions: undefined, ...options }).fingerprint;
        const arn = "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.cohere.embed-v4:0";
        equal(of({ model: arn }), of({ model: "cohere.embed-v4:0" }));
        equal(of({ model: arn }), "bedrock:cohere.embed-v4:dim1536:input=search_query");
        const others = [
          {},
          { normalize: false },
          { dimensions: 512 },
          { prefix: "q: " },
          { model: "cohere.embed-english-v3" },
          { model: "cohere.embed-multilingual-v3" },
          { model: "cohere.embed-english-v3", inputType: "clustering" },
          { model: "amazon.titan-embed-text-v1" },
        ].map(of);
        equal(new Set(others).size, others.length, others.join());
      });

      test("an ARN that says nothing needs the family", async () => {
        const model = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc";
        ok(
          (await fails(() => make("http://127.0.0.1", { model }), "argument")).message.includes("family"),
          "it says so",
        );
        equal(make("http://127.0.0.1", { model, family: "titan-v2" }).dimensions, 256);
      });

      test("bad arguments are refused", async () => {
        for (const options of [{ dimensions: 300 }, { client: {} }, { model: "" }, { batch: 2 }, { family: "x" }])
          await fails(() => make("http://127.0.0.1", options), "argument");
      });
    },
  };
};
