import { Best } from "./best.ts";
import type { Ranked } from "./fusion.ts";

/** How soon more of a word counts no more, and how much less it counts in a longer text: k1 and b of BM25. */
export interface Weighting {
  readonly k1: number;
  readonly b: number;
}

/** How many texts there are, how long together, and how many have each term: of a namespace, or of several that are searched as one. */
export interface Statistics {
  size: number;
  length: number;
  readonly texts: Map<string, number>;
}

/** Where a term is. */
interface Postings {
  /** Pairs of a slot and how often the term is in its text; slots ascend. Removed texts are in it until they are swept. */
  pairs: Uint32Array;
  end: number;
  /** How many texts have it, removed ones not counted. */
  texts: number;
}

/** Removed texts are swept when they are such a share of all. */
const SWEPT = 0.25;

/** How many times what is needed an array is made that was too small. */
const GROWTH = 1.5;

/** Engines keep a whole text for the sake of a longer part of it. */
const LONGEST_PART = 12;

/** The texts of one namespace by their terms. What is counted of them is, at all times, as if removed ones had never been. */
export class Corpus {
  readonly namespace: string;
  readonly #weighting: Weighting;
  /** By id. A text that is added gets a slot higher than all others. */
  readonly #slots = new Map<number, number>();
  readonly #numbers = new Map<string, number>();
  /** By number of the term. */
  #postings: Postings[] = [];
  /** By slot; of a removed text NaN. */
  #ids = new Float64Array(0);
  /** By slot: its terms, with repeats. */
  #lengths = new Uint32Array(0);
  /** By slot, where its part of `#terms` begins; it ends where the next one's begins. */
  #starts = new Uint32Array(1);
  /** Of each text the numbers of its terms, each once: where a text that is removed was counted. */
  #terms = new Uint32Array(0);
  #end = 0;
  /** Of all texts that are not removed, together. */
  #length = 0;
  /** What a search adds up, by slot: all zeros between searches. */
  #sums = new Float64Array(0);
  /** The slots that it adds to. */
  #found = new Uint32Array(0);

  constructor(namespace: string, weighting: Weighting) {
    this.namespace = namespace;
    this.#weighting = weighting;
  }

  get size(): number {
    return this.#slots.size;
  }

  /** Of its arrays. */
  get bytes(): number {
    const arrays = [this.#ids, this.#lengths, this.#starts, this.#terms, this.#sums, this.#found];
    return [...arrays, ...this.#postings.map(({ pairs }) => pairs)].reduce((sum, array) => sum + array.byteLength, 0);
  }

  ids(): Iterable<number> {
    return this.#slots.keys();
  }

  /** Of an id that it does not have. */
  add(id: number, terms: readonly string[]): void {
    const slot = this.#end++;
    this.#slots.set(id, slot);
    this.#ids = withRoom(this.#ids, this.#end);
    this.#ids[slot] = id;
    this.#lengths = withRoom(this.#lengths, this.#end);
    this.#lengths[slot] = terms.length;
    this.#length += terms.length;
    const counts = new Map<number, number>();
    for (const term of terms) {
      const number = this.#numberOf(term);
      counts.set(number, (counts.get(number) ?? 0) + 1);
    }
    let end = this.#starts[slot]!;
    this.#terms = withRoom(this.#terms, end + counts.size);
    for (const [number, count] of counts) {
      this.#terms[end++] = number;
      const postings = this.#postings[number]!;
      postings.pairs = withRoom(postings.pairs, postings.end + 2);
      postings.pairs[postings.end++] = slot;
      postings.pairs[postings.end++] = count;
      postings.texts++;
    }
    this.#starts = withRoom(this.#starts, this.#end + 1);
    this.#starts[this.#end] = end;
  }

  #numberOf(term: string): number {
    const known = this.#numbers.get(term);
    if (known !== undefined) return known;
    this.#numbers.set(term.length > LONGEST_PART ? Array.from(term).join("") : term, this.#postings.length);
    return this.#postings.push({ pairs: new Uint32Array(2), end: 0, texts: 0 }) - 1;
  }

  /** An id that it has. */
  remove(id: number): void {
    const slot = this.#slots.get(id)!;
    this.#slots.delete(id);
    this.#ids[slot] = Number.NaN;
    this.#length -= this.#lengths[slot]!;
    for (let i = this.#starts[slot]!; i < this.#starts[slot + 1]!; i++) this.#postings[this.#terms[i]!]!.texts--;
    if (this.#end - this.size >= SWEPT * this.#end) this.#sweep();
  }

  /** The slots of those that are left close up, in their order, and terms that none of them has are forgotten. */
  #sweep(): void {
    const slots = new Uint32Array(this.#end);
    let size = 0;
    for (const slot of this.#slots.values()) slots[slot] = size++;
    const numbers = new Uint32Array(this.#postings.length);
    const left: Postings[] = [];
    for (const [term, number] of this.#numbers) {
      const { pairs, end, texts } = this.#postings[number]!;
      if (texts === 0) {
        this.#numbers.delete(term);
        continue;
      }
      numbers[number] = left.length;
      this.#numbers.set(term, left.length);
      const moved = new Uint32Array(2 * texts);
      let to = 0;
      for (let i = 0; i < end; i += 2) {
        const slot = pairs[i]!;
        if (Number.isNaN(this.#ids[slot])) continue;
        moved[to++] = slots[slot]!;
        moved[to++] = pairs[i + 1]!;
      }
      left.push({ pairs: moved, end: to, texts });
    }
    this.#postings = left;
    this.#closeUp(numbers);
  }

  /** In place, as no text moves past one that is yet to move. */
  #closeUp(numbers: Uint32Array): void {
    this.#end = 0;
    let written = 0;
    for (const [id, slot] of this.#slots) {
      const until = this.#starts[slot + 1]!;
      const to = this.#end++;
      this.#slots.set(id, to);
      this.#ids[to] = id;
      this.#lengths[to] = this.#lengths[slot]!;
      let i = this.#starts[slot]!;
      this.#starts[to] = written;
      while (i < until) this.#terms[written++] = numbers[this.#terms[i++]!]!;
    }
    this.#starts[this.#end] = written;
    this.#ids = this.#ids.slice(0, this.#end);
    this.#lengths = this.#lengths.slice(0, this.#end);
    this.#starts = this.#starts.slice(0, this.#end + 1);
    this.#terms = this.#terms.slice(0, written);
    this.#sums = new Float64Array(0);
    this.#found = new Uint32Array(0);
  }

  statistics(terms: readonly string[]): Statistics {
    const texts = new Map<string, number>();
    for (const term of terms) {
      const number = this.#numbers.get(term);
      if (number !== undefined) texts.set(term, this.#postings[number]!.texts);
    }
    return { size: this.size, length: this.#length, texts };
  }

  /** Of those that the filter lets through. Best first; of equal ones the lowest id. */
  search(
    terms: readonly string[],
    k: number,
    filter?: (id: number) => boolean,
    statistics: Statistics = this.statistics(terms),
  ): Ranked[] {
    if (k < 1) return [];
    const sums = withRoom(this.#sums, this.#end);
    const found = withRoom(this.#found, this.#end);
    const lengths = this.#lengths;
    const scale = this.#scale(statistics);
    let count = 0;
    for (const { weight, pairs, end } of this.#weighted(statistics)) {
      for (let i = 0; i < end; i += 2) {
        const slot = pairs[i]!;
        const sum = sums[slot]!;
        if (sum === 0) found[count++] = slot;
        sums[slot] = sum + weight * saturated(pairs[i + 1]!, lengths[slot]!, scale);
      }
    }
    // The filter may search in here too.
    this.#sums = new Float64Array(0);
    this.#found = new Uint32Array(0);
    const best = new Best(k);
    for (let i = 0; i < count; i++) {
      const slot = found[i]!;
      const id = this.#ids[slot]!;
      const score = sums[slot]!;
      sums[slot] = 0;
      if (!Number.isNaN(id) && best.admits(id, score) && filter?.(id) !== false) best.add(id, score);
    }
    [this.#sums, this.#found] = [sums, found];
    return best.ranked();
  }

  /** Of each of these that it has, what a search gives it; 0 for one without any of the terms. */
  scores(terms: readonly string[], ids: Iterable<number>): Map<number, number> {
    const scores = new Map<number, number>();
    const statistics = this.statistics(terms);
    const weighted = this.#weighted(statistics);
    const scale = this.#scale(statistics);
    for (const id of ids) {
      const slot = this.#slots.get(id);
      if (slot === undefined) continue;
      let score = 0;
      for (const { weight, pairs, end } of weighted) {
        const count = countIn(pairs, end, slot);
        if (count > 0) score += weight * saturated(count, this.#lengths[slot]!, scale);
      }
      scores.set(id, score);
    }
    return scores;
  }

  /** Of the terms that any text has, each once, what finding one is worth: the more, the fewer have it. Never nothing. */
  #weighted({ size, texts: having }: Statistics): { weight: number; pairs: Uint32Array; end: number }[] {
    const weighted: { weight: number; pairs: Uint32Array; end: number }[] = [];
    for (const [term, texts] of having) {
      const number = this.#numbers.get(term);
      if (number === undefined || texts === 0) continue;
      const { pairs, end } = this.#postings[number]!;
      const rarity = Math.log1p((size - texts + 0.5) / (texts + 0.5));
      weighted.push({ weight: rarity * (this.#weighting.k1 + 1), pairs, end });
    }
    return weighted;
  }

  #scale({ size, length }: Statistics): Scale {
    const { k1, b } = this.#weighting;
    return { fixed: k1 * (1 - b), perTerm: (k1 * b * size) / length };
  }
}

/** At how many occurrences half of a term's weight is reached: a part for all texts alike, and one by the text's length. */
interface Scale {
  fixed: number;
  perTerm: number;
}

/** Occurrences in a text of a length, 0…1: each one more counts less. */
function saturated(count: number, length: number, { fixed, perTerm }: Scale): number {
  return count / (count + fixed + perTerm * length);
}

/** How often it is in the text of a slot, by halving. */
function countIn(pairs: Uint32Array, end: number, slot: number): number {
  let [low, high] = [0, end / 2];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (pairs[2 * middle]! < slot) low = middle + 1;
    else high = middle;
  }
  return 2 * low < end && pairs[2 * low] === slot ? pairs[2 * low + 1]! : 0;
}

/** Itself where it has so many places, else a larger copy. */
function withRoom<T extends Float64Array | Uint32Array>(array: T, places: number): T {
  if (places <= array.length) return array;
  const grown = new (array.constructor as new (length: number) => T)(Math.ceil(GROWTH * places));
  grown.set(array);
  return grown;
}
