import { Best } from "./best.ts";
import { rarityOf, type Statistics, saturated, scaleOf, type Weighting } from "./bm25.ts";
import type { Ranked } from "./fusion.ts";
import { countOf, Postings, slotOf } from "./postings.ts";
import { withRoom } from "./room.ts";

/** Longer texts count as so long. */
const LONGEST = 0xffff;

/** Removed texts are swept when they are such a share of all. */
const SWEPT = 0.25;

/** Of texts of fewer terms it is looked up what a term that occurs once counts: a division for each would take most of the time. */
const SHORT = 256;

/** Of so many times what is wanted the filter is asked first. */
const ASKED = 2;

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
  #lengths = new Uint16Array(0);
  /** By slot, where its part of `#terms` begins; it ends where the next one's begins. */
  #starts = new Uint32Array(1);
  /** Of each text the numbers of its terms, each once: where a text that is removed was counted. */
  #terms = new Uint32Array(0);
  #end = 0;
  /** Of all texts that are not removed, together. */
  #length = 0;
  /** What a search adds up, by slot: all zeros between searches. */
  #sums = new Float32Array(0);

  constructor(namespace: string, weighting: Weighting) {
    this.namespace = namespace;
    this.#weighting = weighting;
  }

  get size(): number {
    return this.#slots.size;
  }

  /** Of its arrays. */
  get bytes(): number {
    const arrays = [this.#ids, this.#lengths, this.#starts, this.#terms, this.#sums];
    return [...arrays, ...this.#postings.map(({ entries }) => entries)].reduce(
      (sum, array) => sum + array.byteLength,
      0,
    );
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
    const length = Math.min(terms.length, LONGEST);
    this.#lengths[slot] = length;
    this.#length += length;
    const counts = new Map<number, number>();
    for (const term of terms) {
      const number = this.#numberOf(term);
      counts.set(number, (counts.get(number) ?? 0) + 1);
    }
    let end = this.#starts[slot]!;
    this.#terms = withRoom(this.#terms, end + counts.size);
    for (const [number, count] of counts) {
      this.#terms[end++] = number;
      this.#postings[number]!.add(slot, count);
    }
    this.#starts = withRoom(this.#starts, this.#end + 1);
    this.#starts[this.#end] = end;
  }

  #numberOf(term: string): number {
    const known = this.#numbers.get(term);
    if (known !== undefined) return known;
    this.#numbers.set(term.length > LONGEST_PART ? Array.from(term).join("") : term, this.#postings.length);
    return this.#postings.push(new Postings()) - 1;
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
    const slotAfter = (slot: number): number | undefined => (Number.isNaN(this.#ids[slot]) ? undefined : slots[slot]);
    for (const [term, number] of this.#numbers) {
      const postings = this.#postings[number]!;
      if (postings.texts === 0) {
        this.#numbers.delete(term);
        continue;
      }
      numbers[number] = left.length;
      this.#numbers.set(term, left.length);
      left.push(postings.swept(slotAfter));
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
    this.#sums = new Float32Array(0);
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
    if (!(k >= 1)) return [];
    const weighted = this.#weighted(statistics);
    if (weighted.length === 0) return [];
    const sums = withRoom(this.#sums, this.#end);
    this.#sums = new Float32Array(0); // the filter may search in here too
    const lengths = this.#lengths;
    const scale = scaleOf(statistics, this.#weighting);
    const once = Float64Array.from({ length: SHORT }, (_, length) => saturated(1, length, scale));
    for (const { weight, postings } of weighted) {
      const { entries, end } = postings;
      for (let i = 0; i < end; i++) {
        const slot = slotOf(entries[i]!);
        const count = countOf(entries[i]!);
        const length = lengths[slot]!;
        sums[slot]! += weight * (count === 1 && length < SHORT ? once[length]! : saturated(count, length, scale));
      }
    }
    // To ask the filter costs more than to find more: as a rule it leaves most.
    const most = filter === undefined ? k : ASKED * k;
    let found = this.#best(sums, most);
    const isAll = found.length < most;
    if (filter !== undefined) {
      found = found.filter(({ id }) => filter(id));
      if (found.length < k && !isAll) found = this.#best(sums, k, filter);
    }
    this.#sums = sums.fill(0, 0, this.#end);
    return found.slice(0, k);
  }

  #best(sums: Float32Array, k: number, filter?: (id: number) => boolean): Ranked[] {
    const best = new Best(k);
    const ids = this.#ids;
    const end = this.#end;
    let least = Number.MIN_VALUE;
    for (let slot = 0; slot < end; slot++) {
      const score = sums[slot]!;
      if (score < least) continue;
      const id = ids[slot]!;
      if (Number.isNaN(id) || !best.admits(id, score) || filter?.(id) === false) continue;
      best.add(id, score);
      least = Math.max(least, best.least);
    }
    return best.ranked();
  }

  /** What a search gives to those of these that it has, and that have any of the terms. */
  scores(ids: readonly number[], statistics: Statistics): Ranked[] {
    const weighted = this.#weighted(statistics);
    const scale = scaleOf(statistics, this.#weighting);
    return ids.flatMap((id): Ranked[] => {
      const slot = this.#slots.get(id);
      if (slot === undefined) return [];
      let score = 0;
      for (const { weight, postings } of weighted) {
        const count = postings.countIn(slot);
        if (count > 0) score = Math.fround(score + weight * saturated(count, this.#lengths[slot]!, scale));
      }
      return score === 0 ? [] : [{ id, score }];
    });
  }

  /** Those of these that have at least this share of the terms, by their rarity; one that no text has is the rarest. */
  saying(terms: readonly string[], ids: readonly number[], least: number, { size, texts }: Statistics): number[] {
    const asked = Array.from(new Set(terms), (term) => {
      const number = this.#numbers.get(term);
      const postings = number === undefined ? undefined : this.#postings[number];
      return { rarity: rarityOf(size, texts.get(term) ?? 0), postings };
    });
    const whole = asked.reduce((sum, { rarity }) => sum + rarity, 0);
    return ids.filter((id) => {
      const slot = this.#slots.get(id);
      if (slot === undefined) return false;
      const said = asked.filter(({ postings }) => postings !== undefined && postings.countIn(slot) > 0);
      return said.reduce((sum, { rarity }) => sum + rarity, 0) >= least * whole;
    });
  }

  /** Of the terms that any text has, each once, what finding one is worth: the more, the fewer have it. Never nothing. */
  #weighted({ size, texts: having }: Statistics): Weighted[] {
    const weighted: Weighted[] = [];
    for (const [term, texts] of having) {
      const number = this.#numbers.get(term);
      if (number === undefined || texts === 0) continue;
      weighted.push({ weight: rarityOf(size, texts) * (this.#weighting.k1 + 1), postings: this.#postings[number]! });
    }
    return weighted;
  }
}

/** A term that is asked for: what finding it is worth, and where it is. */
interface Weighted {
  readonly weight: number;
  readonly postings: Postings;
}
