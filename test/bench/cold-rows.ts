import type { NewEntry } from "../../src/index.ts";
import { unit } from "../../src/vectors/vector-index.ts";
import { seeded } from "../unit/vectors.ts";

const DIMENSIONS = 384;
/** Rows differ along so many directions, as those of a model do, and a little along all others. */
const DIRECTIONS = 40;

const random = seeded(3);
const directions = Array.from({ length: DIRECTIONS }, () => Float32Array.from({ length: DIMENSIONS }, random));

/** Answers for texts that end in a number: the vector of the row of that number. */
export const embedder = {
  fingerprint: "mneme-bench:cold",
  dimensions: DIMENSIONS,
  embed: (texts: readonly string[]): Float32Array[] => texts.map((text) => vectorOf(Number(text.split(" ").at(-1)))),
};

export function entryOf(row: number): NewEntry {
  return {
    namespace: "default",
    key: `key ${row}`,
    text: `question ${row}`,
    value: JSON.stringify(`answer ${row}`),
    vector: vectorOf(row),
    metadata: {},
    tags: [],
    createdAt: 0,
    expiresAt: null,
  };
}

function vectorOf(row: number): Float32Array {
  const random = seeded(row + 1);
  const vector = Float32Array.from({ length: DIMENSIONS }, () => 0.3 * random());
  for (const direction of directions) {
    const weight = random();
    for (let i = 0; i < DIMENSIONS; i++) vector[i]! += weight * direction[i]!;
  }
  return unit(vector, DIMENSIONS);
}
