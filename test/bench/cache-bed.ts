import type { SyncEmbedder } from "../../src/index.ts";
import { anisotropic } from "./data.ts";
import { RowsFile } from "./rows-file.ts";

/** Queries of a kind. */
const QUERIES = 400;
/** Paraphrases so near the threshold that rounding to int8 may carry them past it. */
const DOUBTFUL = 100;
const CHUNK_ROWS = 10_000;

/** Entries to come after those the cache is filled with, for the puts that are timed. */
export const MORE = 2000;

/** Questions whose vectors are at hand, so that no model is in the times: rows to store, and what is asked. */
export class CacheBed {
  readonly entries: number;
  readonly dimensions: number;
  readonly embedder: SyncEmbedder;
  /** The stored rows, for another process. */
  readonly file: RowsFile;
  readonly queries: Float32Array[];
  readonly #vectors = new Map<string, Float32Array>();

  constructor(entries: number, dimensions: number) {
    this.entries = entries;
    this.dimensions = dimensions;
    this.file = new RowsFile(entries, dimensions);
    const data = anisotropic(dimensions).open(entries, QUERIES + DOUBTFUL);
    // There are rows past those that the paraphrases are made from.
    for (let from = 0; from < entries + MORE; from += CHUNK_ROWS) {
      const count = Math.min(CHUNK_ROWS, entries + MORE - from);
      const rows = new Float32Array(count * dimensions);
      data.read(from, rows);
      const kept = Math.min(count, entries - from);
      if (kept > 0) this.file.append(rows.subarray(0, kept * dimensions));
      for (let i = 0; i < count; i++) {
        this.#vectors.set(stored(from + i), rows.subarray(i * dimensions, (i + 1) * dimensions));
      }
    }
    this.queries = data.queries.paraphrase.slice(DOUBTFUL); // the likest come last
    for (const [i, vector] of this.queries.entries()) this.#vectors.set(paraphrase(i), vector);
    for (const [i, vector] of data.queries.unrelated.entries()) this.#vectors.set(unrelated(i), vector);
    this.embedder = {
      fingerprint: `bench:dim${dimensions}`,
      dimensions,
      embed: (texts) => texts.map((text) => this.#vectors.get(text)!),
    };
  }

  remove(): void {
    this.file.remove();
  }
}

// Questions as long as people's, already as the embedder gets them: told apart by a word, as a number is a reason not to answer.

export function stored(i: number): string {
  return `what would you say is the answer to the question about ${word(i)}?`;
}

export function paraphrase(i: number): string {
  return `how would one answer a question that is about ${word(i % QUERIES)}?`;
}

export function unrelated(i: number): string {
  return `could you tell me something else that has to do with ${word(i % QUERIES)}?`;
}

function word(i: number): string {
  let rest = i;
  let letters = "";
  for (let place = 0; place < 5; place++) {
    letters += String.fromCharCode(97 + (rest % 26));
    rest = Math.floor(rest / 26);
  }
  return letters;
}
