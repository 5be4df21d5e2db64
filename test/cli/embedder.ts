// The embedder that the command line is given. What it embeds it notes in the file that EMBEDDED names.
import { appendFileSync } from "node:fs";
import { testEmbedder } from "../conformance/embedder.ts";

const WORDS = testEmbedder({ dimensions: 16 });

export default WORDS;
export const noEmbedder = 42;

export function slow(): object {
  return {
    ...WORDS,
    async embed(texts: readonly string[]): Promise<Float32Array[]> {
      await new Promise((resolve) => setTimeout(resolve, 20));
      appendFileSync(process.env.EMBEDDED!, texts.map((text) => `${text}\n`).join(""));
      return WORDS.embed(texts);
    },
  };
}

export class Made {
  readonly fingerprint: string = WORDS.fingerprint;
  readonly dimensions: number = WORDS.dimensions;
  embed(texts: readonly string[]): Float32Array[] {
    return WORDS.embed(texts);
  }
}

export function telling(): object {
  const embed = (): never => {
    throw new TypeError("401 from https://user:hunter2@models.test/v1?key=hunter2");
  };
  return { ...WORDS, embed };
}
