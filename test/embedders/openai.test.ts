import { type OpenAIClient, openaiEmbedder } from "../../adapters/embedders/openai.ts";
import { equal, fails, ok, rejection } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { scenario, testHttp, testProtocol } from "./battery.ts";
import type { Seen } from "./front.ts";
import { wordsOf } from "./protocols.ts";

const WORDS = { model: "words-16", dimensions: 16 };
const refusal = /maximum context length is 1000 tokens/;
const at = (url: string): string => `${url}/v1`;

/** By fetch. */
export const openaiTests =
  (origin: string): Suite =>
  (test) => {
    testProtocol(test, origin, {
      make: (url, options) => openaiEmbedder({ ...WORDS, baseURL: at(url), ...options }),
      refusal,
    });
    testHttp(test, origin, (url, options) => {
      const address = URL.canParse(url) ? new URL(url) : undefined;
      if (address?.protocol.startsWith("http")) address.pathname += "/v1/";
      return openaiEmbedder({ ...WORDS, baseURL: address ?? url, ...options });
    });

    for (const encoding of ["base64", "float"] as const) {
      for (const order of ["shuffled", "unnumbered", ""]) {
        test(`${encoding}, ${order || "in order"}`, async () => {
          const { url, seen } = scenario(origin, order);
          const vectors = await openaiEmbedder({ ...WORDS, baseURL: at(url), encoding }).embed(["a", "b", "c"]);
          const expected = ["a", "b", "c"];
          equal(vectors, wordsOf(expected, 16), "to the bit");
          equal((await seen())[0]!.body.encoding_format, encoding);
        });
      }
    }

    test("a place that is there twice is refused", async () => {
      const { url } = scenario(origin, "twice");
      await fails(() => openaiEmbedder({ ...WORDS, baseURL: at(url) }).embed(["a", "b"]), "embedder");
    });

    test("base64 that is none is refused", async () => {
      for (const embedding of ["%%%", "AAAA"]) {
        const fetch = async (): Promise<Response> => Response.json({ data: [{ index: 0, embedding }] });
        await fails(() => openaiEmbedder({ ...WORDS, fetch }).embed(["a"]), "vector");
      }
    });

    test("OpenAI itself is asked for base64, with the key; by a fetch of one's own", async () => {
      const asked: [string, RequestInit][] = [];
      const fetch = async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
        asked.push([String(url), init!]);
        return Response.json({ data: [{ embedding: Array(1536).fill(0.1), index: 0 }] });
      };
      await openaiEmbedder({ model: "text-embedding-3-small", apiKey: "sk-1", fetch }).embed(["a"]);
      const [[url, { headers, body }]] = asked as [(typeof asked)[0]];
      equal(url, "https://api.openai.com/v1/embeddings");
      equal(new Headers(headers).get("authorization"), "Bearer sk-1");
      equal(JSON.parse(String(body)), { model: "text-embedding-3-small", input: ["a"], encoding_format: "base64" });
    });

    test("fewer dimensions are asked for where the model has more, and else only if told to", async () => {
      const asked = async (options: { model: string; dimensions?: number; shorten?: boolean }): Promise<unknown> => {
        const { url, seen } = scenario(origin);
        const embedder = openaiEmbedder({ ...options, baseURL: at(url) });
        const [vector] = await embedder.embed(["a"]);
        equal(vector!.length, embedder.dimensions);
        return (await seen())[0]!.body.dimensions;
      };
      equal(await asked({ model: "text-embedding-3-small" }), undefined);
      equal(await asked({ model: "text-embedding-3-small", dimensions: 256 }), 256);
      equal(await asked({ model: "text-embedding-ada-002", dimensions: 1536 }), undefined);
      equal(await asked(WORDS), undefined);
      equal(await asked({ model: "words-16", dimensions: 8, shorten: true }), 8);
    });

    test("a batch is no longer than OpenAI takes", async () => {
      const { url, seen } = scenario(origin);
      const long = "x ".repeat(490);
      const texts = Array.from({ length: 250 }, (_, i) => `${i} ${long}`);
      const embedder = openaiEmbedder({ ...WORDS, baseURL: at(url), parallel: 1 });
      equal((await embedder.embed(texts)).length, 250);
      const lengths = (await seen()).map(({ body }) => body.input!.join("").length);
      ok(lengths.length === 3 && Math.max(...lengths) <= 100_000, `${lengths}`);
      await fails(() => openaiEmbedder({ ...WORDS, batch: 2049 }), "argument");
    });

    test("an address with a query keeps it", async () => {
      const { url, seen } = scenario(origin);
      await openaiEmbedder({ ...WORDS, baseURL: `${at(url)}/?api-version=1`, headers: { "api-key": "k" } }).embed([
        "a",
      ]);
      const [{ path, headers }] = (await seen()) as [Seen];
      ok(path.endsWith("/v1/embeddings?api-version=1") && headers["api-key"] === "k", path);
    });
  };

export interface OpenAIPackage {
  default: new (options: object) => OpenAIClient;
}

/** By the package `openai`. */
export const openaiClientTests =
  (origin: string, { default: OpenAI }: OpenAIPackage): Suite =>
  (test) => {
    const make = (url: string, options: object = {}) => {
      const client = new OpenAI({ apiKey: "sk-client", baseURL: at(url), maxRetries: 1 });
      return openaiEmbedder({ ...WORDS, client, ...options });
    };
    testProtocol(test, origin, { make, refusal, waits: true, says: { objects: "dimension" } });

    test("it asks for base64 by itself, or for what it is told", async () => {
      for (const [encoding, expected] of [
        [undefined, "base64"],
        ["float", "float"],
        ["base64", "base64"],
      ]) {
        const { url, seen } = scenario(origin, "shuffled");
        equal(await make(url, { encoding }).embed(["a", "b"]), wordsOf(["a", "b"], 16));
        equal((await seen())[0]!.body.encoding_format, expected);
      }
    });

    test("its retries and errors are its own", async () => {
      const { url, seen } = scenario(origin, "broken*");
      const error = (await rejection(() => make(url).embed(["a"]))) as Error & { status: number };
      equal([error.constructor.name, error.status, (await seen()).length], ["InternalServerError", 500, 2]);
    });

    test("with a client there is nothing else to say", async () => {
      for (const option of [{ apiKey: "k" }, { baseURL: "http://x" }, { retries: 1 }, { timeout: 1 }, { headers: {} }])
        await fails(() => make("http://127.0.0.1", option), "argument");
      await fails(() => openaiEmbedder({ ...WORDS, client: {} as never }), "argument");
    });
  };
