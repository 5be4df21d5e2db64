import { type OllamaClient, ollamaEmbedder } from "../../adapters/embedders/ollama.ts";
import { equal, fails, ok, rejection } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { scenario, testHttp, testProtocol } from "./battery.ts";
import type { Seen } from "./front.ts";
import { unit, wordsOf } from "./protocols.ts";

const WORDS = { model: "words-16", dimensions: 16 };
const refusal = /input length exceeds the context length/;

/** By fetch. */
export const ollamaTests =
  (origin: string): Suite =>
  (test) => {
    const make = (baseURL: string, options: object = {}) => ollamaEmbedder({ ...WORDS, baseURL, ...options });
    testProtocol(test, origin, { make, refusal, unit: true, waits: true });
    testHttp(test, origin, make);

    test("fewer dimensions than the model has are cut by Ollama; another number is refused", async () => {
      const [vector] = await make(scenario(origin).url, { dimensions: 4 }).embed(["a"]);
      equal(vector, Float32Array.from(unit([...wordsOf(["a"], 16)[0]!.slice(0, 4)])));
      await fails(() => make(scenario(origin).url, { dimensions: 17 }).embed(["a"]), "dimension");
    });

    test("what it is asked", async () => {
      const { url, seen } = scenario(origin);
      const embedder = ollamaEmbedder({ model: "nomic-embed-text:latest", baseURL: `${url}/`, keepAlive: "10m" });
      await embedder.embed(["a"]);
      const [{ path, body }] = (await seen()) as [Seen];
      ok(path.endsWith("fine/api/embed"), path);
      equal(body, { model: "nomic-embed-text", truncate: false, keep_alive: "10m", input: ["a"] });
    });

    test("a text that is too long is cut if told to, which the fingerprint says", async () => {
      const embedder = make(scenario(origin).url, { truncate: true });
      equal((await embedder.embed(["x".repeat(2000)])).length, 1);
      equal(embedder.fingerprint, "ollama:words-16:dim16:truncate=true");
    });

    test("a model that is not there", async () => {
      const error = await fails(() => make(scenario(origin).url, { model: "absent" }).embed(["a"]), "embedder");
      ok(error.message.includes('model "absent" not found'), error.message);
    });
  };

export interface OllamaPackage {
  Ollama: new (options: object) => OllamaClient;
}

/** By the package `ollama`. */
export const ollamaClientTests =
  (origin: string, { Ollama }: OllamaPackage): Suite =>
  (test) => {
    const make = (host: string, options: object = {}) =>
      ollamaEmbedder({ ...WORDS, client: new Ollama({ host }), ...options });
    testProtocol(test, origin, { make, refusal, unit: true, deaf: true });

    test("its errors are its own, and nothing is tried again", async () => {
      const { url, seen } = scenario(origin, "broken*");
      const error = (await rejection(() => make(url).embed(["a"]))) as Error & { status_code: number };
      equal([error.name, error.status_code, (await seen()).length], ["ResponseError", 500, 1]);
    });

    test("with a client there is nothing else to say", async () => {
      for (const option of [{ baseURL: "http://x" }, { retries: 1 }, { timeout: 1 }, { headers: {} }])
        await fails(() => make("http://127.0.0.1", option), "argument");
      await fails(() => ollamaEmbedder({ ...WORDS, client: {} as never }), "argument");
    });
  };
