// What `mneme mcp` is given as modules of the user's.
import { appendFileSync } from "node:fs";
import { testEmbedder } from "../conformance/embedder.ts";

const WORDS = testEmbedder({ dimensions: 16 });

export default WORDS;

/** Another model. */
export const other: object = testEmbedder({ dimensions: 8 });

/** It writes where only the protocol may, and keeps the process. */
export function noisy(): object {
  console.log("loading the model…");
  console.info("%s", "still loading");
  process.stdout.write("1 of 2 files\n");
  setInterval(() => console.log("alive"), 10);
  return {
    ...WORDS,
    embed(texts: readonly string[]): Float32Array[] {
      console.debug("embedding", texts);
      console.table([{ texts: texts.length }]);
      process.stdout.write(`embedding ${texts.length}\n`);
      return WORDS.embed(texts);
    },
  };
}

/** It tells in the file that BEGUN names when it was asked, and takes its time. */
export function slow(): object {
  return {
    ...WORDS,
    async embed(texts: readonly string[]): Promise<Float32Array[]> {
      appendFileSync(process.env.BEGUN!, "begun\n");
      await new Promise((resolve) => setTimeout(resolve, 500));
      return WORDS.embed(texts);
    },
  };
}

/** It takes longer than a process is given that has nothing left to do. */
export const thoughtful: object = {
  assess: async () => {
    await new Promise((resolve) => setTimeout(resolve, 1500).unref());
    return 0.8;
  },
};

export const models: object = {
  answer: async (question: string, memories: readonly { content: string }[]) =>
    `${question} ${memories.map(({ content }) => content).join(" ")}`,
};
