import { withRoom } from "./room.ts";

/** Bits that say how often a term is in a text. More often than they can say is as good. */
const COUNT_BITS = 6;
const MOST_COUNTED = 2 ** COUNT_BITS - 1;

/** Where a term is. */
export class Postings {
  /** Of each text with it the slot, and in the last bits how often it is in there; slots ascend. Removed texts are in it until they are swept. */
  entries = new Uint32Array(1);
  end = 0;
  /** How many texts have it, removed ones not counted. */
  texts = 0;

  /** Of a text whose slot is higher than all others. */
  add(slot: number, count: number): void {
    this.entries = withRoom(this.entries, this.end + 1);
    this.entries[this.end++] = slot * 2 ** COUNT_BITS + Math.min(count, MOST_COUNTED);
    this.texts++;
  }

  /** How often it is in the text of a slot, by halving. */
  countIn(slot: number): number {
    const { entries, end } = this;
    let [low, high] = [0, end];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (slotOf(entries[middle]!) < slot) low = middle + 1;
      else high = middle;
    }
    return low < end && slotOf(entries[low]!) === slot ? countOf(entries[low]!) : 0;
  }

  /** Without those that are removed, and with the slots that the others move to; undefined: it is removed. */
  swept(slotAfter: (slot: number) => number | undefined): Postings {
    const left = new Postings();
    left.entries = new Uint32Array(this.texts);
    for (let i = 0; i < this.end; i++) {
      const slot = slotAfter(slotOf(this.entries[i]!));
      if (slot !== undefined) left.add(slot, countOf(this.entries[i]!));
    }
    return left;
  }
}

export function slotOf(entry: number): number {
  return entry >>> COUNT_BITS;
}

export function countOf(entry: number): number {
  return entry & MOST_COUNTED;
}
