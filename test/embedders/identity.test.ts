import fc from "fast-check";
import { aiSdkEmbedder } from "../../adapters/embedders/ai-sdk.ts";
import { cachedEmbedder } from "../../adapters/embedders/cached.ts";
import { fingerprintOf } from "../../adapters/embedders/embedder-identity.ts";
import { langchainEmbedder } from "../../adapters/embedders/langchain.ts";
import { ollamaEmbedder } from "../../adapters/embedders/ollama.ts";
import { openaiEmbedder } from "../../adapters/embedders/openai.ts";
import { transformersEmbedder } from "../../adapters/embedders/transformers.ts";
import { workersAiEmbedder } from "../../adapters/embedders/workers-ai.ts";
import type { Embedder } from "../../src/index.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import { testEmbedder } from "../conformance/embedder.ts";
import { cases } from "../depth.ts";
import type { Suite } from "../harness.ts";

interface Case {
  make(options: object): Embedder;
  /** Each other than without, and than each other. */
  changes: object[];
  /** The same as without. */
  same: object[];
  fingerprint: string;
}

const ai = { run: async () => ({}) };
const embeddings = { embedDocuments: async () => [] };
const model = { provider: "p", modelId: "m", doEmbed: async () => ({ embeddings: [] }) };
const calls = [{ batch: 7 }, { parallel: 2 }];

const CASES: Record<string, Case> = {
  openai: {
    make: (options) => openaiEmbedder({ model: "text-embedding-3-small", ...options }),
    fingerprint: "openai:text-embedding-3-small:dim1536",
    changes: [
      { model: "text-embedding-3-large" },
      { model: "x", dimensions: 1536 },
      { dimensions: 512 },
      { prefix: "a: " },
      { provider: "azure" },
    ],
    same: [
      ...calls,
      { apiKey: "k" },
      { baseURL: "http://x" },
      { retries: 9 },
      { timeout: 9 },
      { headers: { a: "b" } },
      { encoding: "float" },
      { prefix: "" },
    ],
  },
  ollama: {
    make: (options) => ollamaEmbedder({ model: "nomic-embed-text", ...options }),
    fingerprint: "ollama:nomic-embed-text:dim768",
    changes: [
      { model: "bge-m3" },
      { model: "nomic-embed-text:v1.5" },
      { dimensions: 64 },
      { prefix: "a: " },
      { truncate: true },
    ],
    same: [
      ...calls,
      { model: "nomic-embed-text:latest" },
      { baseURL: "http://x" },
      { retries: 9 },
      { keepAlive: "1h" },
    ],
  },
  transformers: {
    make: (options) => transformersEmbedder({ model: "Xenova/all-MiniLM-L6-v2", ...options }),
    fingerprint: "transformers:Xenova/all-MiniLM-L6-v2:dim384:pooling=mean:dtype=fp32",
    changes: [
      { model: "Xenova/bge-base-en-v1.5" },
      { pooling: "cls" },
      { normalize: false },
      { truncate: true },
      { dtype: "q8" },
      { dimensions: 96 },
      { prefix: "a: " },
    ],
    same: [...calls, { device: "wasm" }, { transformers: {} }],
  },
  "workers ai": {
    make: (options) => workersAiEmbedder({ ai, model: "@cf/baai/bge-small-en-v1.5", ...options }),
    fingerprint: "workers-ai:@cf/baai/bge-small-en-v1.5:dim384",
    changes: [
      { model: "@cf/baai/bge-m3" },
      { pooling: "mean" },
      { pooling: "cls" },
      { dimensions: 96 },
      { prefix: "a: " },
    ],
    same: [...calls, { options: { gateway: { id: "g" } } }],
  },
  "ai sdk": {
    make: (options) => aiSdkEmbedder({ model, dimensions: 8, ...options }),
    fingerprint: "p:m:dim8",
    changes: [
      { model: { ...model, modelId: "n" } },
      { model: { ...model, provider: "q" } },
      { dimensions: 9 },
      { providerOptions: { p: { a: 1 } } },
      { prefix: "a: " },
    ],
    same: [...calls, { retries: 9 }, { headers: { a: "b" } }],
  },
  langchain: {
    make: (options) => langchainEmbedder({ embeddings, name: "n", dimensions: 8, ...options }),
    fingerprint: "langchain:n:dim8",
    changes: [{ name: "m" }, { dimensions: 9 }, { prefix: "a: " }],
    same: calls,
  },
};

export const identityTests: Suite = (test) => {
  for (const [name, { make, fingerprint, changes, same }] of Object.entries(CASES)) {
    test(`${name}: what the fingerprint changes with`, () => {
      equal(make({}).fingerprint, fingerprint);
      for (const options of same) equal(make(options).fingerprint, fingerprint, JSON.stringify(options));
      const all = [fingerprint, ...changes.map((options) => make(options).fingerprint)];
      equal(new Set(all).size, all.length, all.join(" "));
    });

    test(`${name}: bad options of calls are refused`, async () => {
      const bad = [
        { batch: 0 },
        { batch: 1.5 },
        { parallel: 0 },
        { prefix: 1 },
        { dimensions: 0 },
        { dimensions: "8" },
      ];
      for (const options of bad) await fails(() => make(options), "argument");
    });
  }

  test("no two lists of parts make the same fingerprint, and every store can keep it", () => {
    const unit = fc.constantFrom("a", ":", "%", "003a", "\u0000", "\ud800", "é");
    const part = fc.string({ unit, maxLength: 3 });
    fc.assert(
      fc.property(part, part, part, part, (a, b, c, d) => {
        const [one, other] = [fingerprintOf(a, b, 1), fingerprintOf(c, d, 1)];
        ok((one === other) === (a === c && b === d), `${one} ${other}`);
        ok(/^[!-~]*$/.test(one), one);
      }),
      { numRuns: cases(5000) },
    );
  });

  test("a model that is not known needs its dimensions, and the error says so", async () => {
    for (const make of [openaiEmbedder, ollamaEmbedder, transformersEmbedder]) {
      const error = await fails(() => make({ model: "new-model" }), "argument");
      ok(error.message.includes("dimensions") && error.message.includes("new-model"), error.message);
      equal(make({ model: "new-model", dimensions: 77 }).dimensions, 77);
      await fails(() => make({ model: "toString" }), "argument");
      await fails(() => make({} as never), "argument");
      await fails(() => make(undefined as never), "argument");
    }
  });

  test("one that remembers is the one it remembers for", () => {
    const embedder = testEmbedder();
    const { fingerprint, dimensions } = cachedEmbedder(embedder);
    equal([fingerprint, dimensions], [embedder.fingerprint, embedder.dimensions]);
  });
};
