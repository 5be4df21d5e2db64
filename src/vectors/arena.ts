import { type Kernel, outOfMemory } from "../kernel/kernel.ts";
import type { Grace } from "./grace.ts";
import type { PackedArena } from "./packed-index.ts";
import { blockBytes, Planes } from "./planes.ts";

/**
 * The rows of one namespace: a chain of blocks in the kernel, so that a search never touches another tenant's rows; and,
 * once there are many, the planes that let a search pass most of them over.
 */
export class Arena {
  readonly namespace: string;
  readonly number: number;
  size = 0;
  /** Memory ran out when a row was to be added. */
  isFull = false;
  readonly #kernel: Kernel;
  readonly #grace: Grace;
  readonly #blocks: number[] = [];
  readonly #vacant: number[] = [];
  #planes: Planes | undefined;
  /** Being made, to take the place of those. */
  #coming: Planes | undefined;

  constructor(kernel: Kernel, grace: Grace, namespace: string, number: number) {
    this.#kernel = kernel;
    this.#grace = grace;
    this.namespace = namespace;
    this.number = number;
  }

  get head(): number {
    return this.#blocks[0] ?? 0;
  }

  /** The head of the planes, when they cover every row. */
  get planes(): number {
    return this.#planes?.head ?? 0;
  }

  /** The basis of the planes, whether they are ready or being made. */
  get basis(): number {
    return (this.#coming ?? this.#planes)?.basis ?? 0;
  }

  /** Whether there are codes made with it. */
  uses(basis: number): boolean {
    return this.#planes?.basis === basis || this.#coming?.basis === basis;
  }

  /** Writes the vector that the kernel loaded last, and its codes; `loaded` is where it lies. Returns the slot. */
  put(id: number, loaded: number): number {
    const slot = this.#vacantSlot();
    this.#kernel.write(slot);
    const block = this.#kernel.placeOf(slot);
    const isRounded = this.#kernel.width === 1 || this.#kernel.width === 2;
    for (const planes of [this.#planes, this.#coming]) {
      if (planes === undefined || block >= planes.covered) continue;
      planes.encode(slot, block, isRounded ? this.#kernel.floats(slot) : loaded);
    }
    this.#kernel.place(slot, id);
    this.size++;
    return slot;
  }

  remove(slot: number): void {
    this.#kernel.vacate(slot);
    this.size--;
    this.isFull = false;
    this.#grace.afterwards(() => this.#vacant.push(slot));
  }

  /** The slots of all blocks, vacant ones included. */
  *slots(): Generator<number> {
    for (const block of this.#blocks) yield* this.#kernel.slots(block);
  }

  drop(): void {
    const { head } = this;
    this.#release(this.#planes);
    this.#release(this.#coming);
    this.#planes = this.#coming = undefined;
    this.#blocks.length = this.#vacant.length = this.size = 0; // covering, if it is under way, ends here
    if (head !== 0) this.#grace.afterwards(() => this.#kernel.dropChain(head));
  }

  /** Planes from the first row on, for rows that lie elsewhere. */
  coverFromNow(basis: number): void {
    this.#planes = new Planes(this.#kernel, basis);
  }

  /** What is kept of rows that lie elsewhere. `idOf` answers 0 for a slot that has no row. */
  pack(idOf: (slot: number) => number): PackedArena {
    const bytes = blockBytes(this.#kernel);
    const codes = new Uint8Array(bytes * this.#blocks.length);
    for (const place of this.#blocks.keys()) this.#planes!.pack(place, codes.subarray(place * bytes));
    return { namespace: this.namespace, ids: Float64Array.from([...this.slots()].map(idOf)), codes };
  }

  /** Takes that up, before there is anything else; tells which slot an id got. Refuses when memory runs out. */
  unpack({ ids, codes }: PackedArena, placed: (id: number, slot: number) => void): void {
    const planes = this.#planes!;
    const bytes = blockBytes(this.#kernel);
    for (let at = 0; at < ids.length; at += this.#kernel.blockRows) {
      const place = this.#blocks.length;
      const block = this.#kernel.growChain(this.#blocks.at(-1) ?? 0, this.number);
      if (!planes.cover(block)) throw outOfMemory(this.#kernel.bytes);
      this.#blocks.push(block);
      planes.unpack(place, codes.subarray(place * bytes));
      for (const [lane, slot] of this.#kernel.slots(block).entries()) {
        const id = ids[at + lane]!;
        if (id === 0) {
          this.#vacant.push(slot);
          continue;
        }
        this.#kernel.place(slot, id);
        this.size++;
        placed(id, slot);
      }
    }
  }

  /** Makes planes of all rows, in pieces; those that come meanwhile are covered too. Searching uses them when all are. */
  *cover(basis: number): Generator<number, void> {
    this.#release(this.#coming);
    const coming = new Planes(this.#kernel, basis);
    this.#coming = coming;
    while (coming.covered < this.#blocks.length) {
      const block = this.#blocks[coming.covered]!;
      if (!coming.cover(block)) {
        this.#release(coming);
        this.#coming = undefined;
        return;
      }
      for (const slot of this.#kernel.slots(block)) {
        coming.encode(slot, coming.covered - 1, this.#kernel.floats(slot));
        yield 130 * this.#kernel.dimensions;
        if (this.#coming !== coming) return;
      }
    }
    this.#release(this.#planes);
    this.#planes = coming;
    this.#coming = undefined;
  }

  #release(planes: Planes | undefined): void {
    if (planes !== undefined) this.#grace.afterwards(() => planes.drop());
  }

  #vacantSlot(): number {
    if (this.#vacant.length === 0) {
      const block = this.#kernel.growChain(this.#blocks.at(-1) ?? 0, this.number);
      this.#blocks.push(block);
      this.#vacant.push(...this.#kernel.slots(block).reverse()); // taken from the end: lowest lane first
    }
    this.#coverNew();
    return this.#vacant.pop()!;
  }

  /** Planes in use must cover every row. */
  #coverNew(): void {
    const planes = this.#planes;
    if (planes === undefined || planes.covered === this.#blocks.length) return;
    if (planes.cover(this.#blocks[planes.covered]!)) return;
    if (this.#kernel.width === 0) throw outOfMemory(this.#kernel.bytes);
    this.#release(planes); // no memory for planes: rows matter more
    this.#planes = undefined;
  }
}
