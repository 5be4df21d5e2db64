const FEWEST = 16;
/** Of all places, at most this share is taken. */
const FULL = 0.8;

/** Which slot holds an id. Keeps the slots alone, four bytes each: a slot's id is read from the slot. */
export class SlotTable {
  readonly #idOf: (slot: number) => number;
  /** 0: free. No slot is 0. */
  #places = new Uint32Array(FEWEST);
  #size = 0;

  constructor(idOf: (slot: number) => number) {
    this.#idOf = idOf;
  }

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#places.byteLength;
  }

  get(id: number): number | undefined {
    return this.#places[this.#find(id)] || undefined;
  }

  /** The id must have been placed in the slot. */
  set(id: number, slot: number): void {
    const place = this.#find(id);
    const isNew = this.#places[place] === 0;
    this.#places[place] = slot;
    if (isNew && ++this.#size > FULL * this.#places.length) this.#grow();
  }

  /** The slot must still say its id. */
  delete(id: number): void {
    let free = this.#find(id);
    if (this.#places[free] === 0) return;
    this.#size--;
    this.#places[free] = 0;
    // Those behind may have been pushed on by it: each moves up unless it would then stand before where it belongs.
    for (let place = this.#next(free); this.#places[place] !== 0; place = this.#next(place)) {
      const home = this.#home(this.#idOf(this.#places[place]!));
      const pushed = (place - home) & (this.#places.length - 1);
      if (pushed < ((place - free) & (this.#places.length - 1))) continue;
      this.#places[free] = this.#places[place]!;
      this.#places[place] = 0;
      free = place;
    }
  }

  *slots(): Generator<number> {
    for (const slot of this.#places) if (slot !== 0) yield slot;
  }

  /** About so many of them, no two alike, picked without regard to any order there may be; the same ones every time. */
  sample(count: number): number[] {
    const stride = Math.max(1, this.#places.length / count);
    const sampled = new Set<number>();
    let seed = 1;
    for (let from = 0; from < this.#places.length; from += stride) {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      let place = Math.floor(from + (seed / 2 ** 32) * stride);
      const end = Math.min(this.#places.length, from + stride);
      while (place < end && this.#places[place] === 0) place++;
      if (place < end) sampled.add(this.#places[place]!);
    }
    return [...sampled];
  }

  #find(id: number): number {
    let place = this.#home(id);
    while (this.#places[place] !== 0 && this.#idOf(this.#places[place]!) !== id) place = this.#next(place);
    return place;
  }

  #next(place: number): number {
    return (place + 1) & (this.#places.length - 1);
  }

  /** Ids go to 2^53: both halves count. */
  #home(id: number): number {
    const mixed = Math.imul(id ^ Math.floor(id / 2 ** 32), 0x9e3779b1);
    return (mixed ^ (mixed >>> 15)) & (this.#places.length - 1);
  }

  #grow(): void {
    const slots = this.#places;
    this.#places = new Uint32Array(2 * slots.length);
    for (const slot of slots) if (slot !== 0) this.#places[this.#find(this.#idOf(slot))] = slot;
  }
}
