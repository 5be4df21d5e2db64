import type { Bench, Line } from "./measure.ts";
import { memoryQuality } from "./memory-quality.ts";
import { memorySpeed } from "./memory-speed.ts";

const NOTES = [
  "Recall finds 10, of vectors that are there already: the embedder's time is its own. Memories are two questions of Banking77 each, with a vector of a real sentence.",
  "mneme remembers with all that follows: looking for the same, for what is near, and for what is contradicted. The peers store.",
];

/** How well memories are found again, and how fast: `--data DIR` (Banking77, STS, embeddings); `--sets quality,speed`. */
export const benchMemory: Bench = async ({ data, entries, peers, sets = ["quality", "speed"] }) => {
  if (data === undefined)
    throw new Error("Give --data DIR, with banking77-train.csv, stsb-en-dev.csv and embeddings/.");
  const sections: Record<string, Line[]> = {};
  if (sets.includes("develop")) sections["found again, first half"] = await memoryQuality(data, 0);
  if (sets.includes("quality")) sections["found again"] = await memoryQuality(data, 1);
  const lines: Line[] = [];
  if (sets.includes("speed")) {
    for (const count of entries === undefined ? [10_000, 100_000] : [entries]) {
      lines.push(...(await memorySpeed(data, count, peers !== "none")));
    }
  }
  return { notes: NOTES, lines, sections };
};
