// Embedders that a worker imports. They wait for a promise, as those that ask a server do.
import { type Embedder, MnemeError } from "../../src/index.ts";
import { testEmbedder } from "../conformance/embedder.ts";

const words = testEmbedder({ dimensions: 256 });

export default promised(words);

export function sized({ dimensions }: { dimensions: number }): Embedder {
  return promised(testEmbedder({ dimensions }));
}

/** Each vector is filled with the place of its text. */
export async function numbered({ dimensions }: { dimensions: number }): Promise<Embedder> {
  return {
    fingerprint: "numbered",
    dimensions,
    embed: async (texts) => texts.map((text) => new Float32Array(dimensions).fill(Number(text))),
  };
}

let calls = 0;

/** Does what it is told. */
export const troubled: Embedder = {
  ...words,
  async embed(texts) {
    calls++;
    switch (texts[0]) {
      case "calls":
        return texts.map(() => new Float32Array(256).fill(calls));
      case "throw":
        throw Object.assign(new TypeError("the model is ✗ out"), { code: "E_MODEL" });
      case "throw at length":
        throw new Error("\u20ac".repeat(1_000_000));
      case "throw a string":
        throw "no error at all";
      case "throw ours":
        throw new MnemeError("vector", "It is no vector.", "Try another.");
      case "too few":
        return [];
      case "too short":
        return texts.map(() => new Float32Array(255));
      case "busy":
        for (;;);
      case "exit":
        return process.exit(3);
      case "crash":
        setTimeout(() => {
          throw new RangeError("in the background");
        });
        return new Promise(() => {});
      case "exit later":
        setTimeout(() => process.exit(4), 50);
    }
    return words.embed(texts);
  },
};

export const noEmbedder = { fingerprint: "x", dimensions: 3 };

export function failing(): Embedder {
  throw new Error("there is no key");
}

export function hanging(): Promise<Embedder> {
  return new Promise(() => {});
}

/** Another each time it is made. */
export async function changing(): Promise<Embedder> {
  return { ...troubled, fingerprint: `made ${Math.random()}` };
}

function promised(embedder: Embedder): Embedder {
  return { ...embedder, embed: async (texts) => embedder.embed(texts) };
}
