import type { SyncEmbedder } from "../../src/index.ts";
import { unit } from "../../src/vectors/vector-index.ts";
import { testEmbedder } from "../conformance/embedder.ts";

// What the writer and the readers of a trial of caches agree on beforehand: questions in clusters, each in several wordings
// that are more or less alike; and a history of every entry, in memory that they share.

export const CLUSTERS = 40;
export const WORDINGS = 12;
export const NAMESPACES = ["", "small", "\ud83d\ude8b:|/% a"] as const;
/** Some wordings of a cluster are above it, some below. */
export const THRESHOLD = 0.85;
const TEXTS = CLUSTERS * WORDINGS;
export const ENTRIES: number = TEXTS * NAMESPACES.length;

const DIMENSIONS = 128;
const SHARED_WORDS = 9;

export function textOf(cluster: number, wording: number): string {
  const words = Array.from({ length: SHARED_WORDS }, (_, i) => `c${cluster}w${i}`);
  return [...words, `c${cluster}v${wording}`, ...(wording % 4 === 3 ? [`c${cluster}u${wording}`] : [])].join(" ");
}

export function entryOf(namespace: number, cluster: number, wording: number): number {
  return namespace * TEXTS + cluster * WORDINGS + wording;
}

/** The parts of an entry's number. */
export function partsOf(entry: number): { namespace: number; cluster: number; wording: number } {
  const text = entry % TEXTS;
  return {
    namespace: Math.floor(entry / TEXTS),
    cluster: Math.floor(text / WORDINGS),
    wording: text % WORDINGS,
  };
}

/** An embedder that remembers: what is tested is everything else. */
export function trialEmbedder(): SyncEmbedder {
  const { fingerprint, dimensions, embed } = testEmbedder({ dimensions: DIMENSIONS });
  const known = new Map<string, Float32Array>();
  const one = (text: string): Float32Array => {
    let vector = known.get(text);
    if (vector === undefined) {
      vector = unit(embed([text])[0]!, dimensions);
      known.set(text, vector);
    }
    return vector.slice();
  };
  return { fingerprint, dimensions, embed: (texts) => texts.map(one) };
}

/** In float64, by none of the library's code. */
export function cosine(left: Float32Array, right: Float32Array): number {
  let [dot, squares, others] = [0, 0, 0];
  for (const [i, x] of left.entries()) {
    dot += x * right[i]!;
    squares += x * x;
    others += right[i]! * right[i]!;
  }
  return dot / Math.sqrt(squares * others);
}

/**
 * What was done to each entry, numbered: an odd number put that number as its value, an even one removed it. The writer tells
 * when it begins and when it is done, so that whoever reads knows what may be there and what must.
 */
export class CacheHistory {
  static readonly words: number = 1 + 2 * ENTRIES;
  readonly #words: Int32Array;

  constructor(words: Int32Array) {
    this.#words = words;
  }

  /** The last of which everything is done. */
  done(entry: number): number {
    return Atomics.load(this.#words, 1 + entry);
  }

  /** The last that was begun. */
  begun(entry: number): number {
    return Atomics.load(this.#words, 1 + ENTRIES + entry);
  }

  /** The number of what is about to be done. */
  begin(entry: number, isPut: boolean): number {
    const last = this.done(entry);
    const number = last + (last % 2 === (isPut ? 1 : 0) ? 2 : 1);
    Atomics.store(this.#words, 1 + ENTRIES + entry, number);
    return number;
  }

  finish(entry: number): void {
    Atomics.store(this.#words, 1 + entry, this.begun(entry));
  }

  /** The writer is about to close. */
  get isOver(): boolean {
    return Atomics.load(this.#words, 0) !== 0;
  }

  end(): void {
    Atomics.store(this.#words, 0, 1);
  }
}
