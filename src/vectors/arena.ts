import type { Kernel } from "../kernel/kernel.ts";
import type { PruningExports } from "../kernel/pruning.ts";

/**
 * The rows of one namespace: a chain of blocks in the kernel, so that a search never touches another tenant's rows; and,
 * once there are many, the planes that let a search pass most of them over.
 */
export class Arena {
  readonly slots: Map<number, number> = new Map();
  readonly #kernel: Kernel;
  readonly #blocks: number[] = [];
  readonly #vacant: number[] = [];
  #planes = 0;
  #lastPlanes = 0;
  #covered = 0;
  #ready = false;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  get head(): number {
    return this.#blocks[0] ?? 0;
  }

  /** The head of the planes, when they cover every row. */
  get planes(): number {
    return this.#ready ? this.#planes : 0;
  }

  get isCovered(): boolean {
    return this.#planes !== 0;
  }

  /** Stores the vector that the kernel loaded last. */
  put(id: number): void {
    const slot = this.slots.get(id) ?? this.#vacantSlot();
    const { pruning } = this.#kernel;
    if (this.isCovered) pruning!.doubtSlot(slot);
    this.#kernel.write(slot, id);
    if (this.isCovered) pruning!.encode(slot);
    this.slots.set(id, slot);
  }

  remove(id: number): void {
    const slot = this.slots.get(id)!;
    this.#kernel.vacate(slot);
    this.slots.delete(id);
    this.#vacant.push(slot);
  }

  drop(): void {
    this.uncover();
    if (this.head !== 0) this.#kernel.dropChain(this.head);
    this.#blocks.length = 0; // they may soon be another arena's: covering, if it is under way, ends here
  }

  /** Forgets the planes: their codes mean nothing any more. */
  uncover(): void {
    const { pruning } = this.#kernel;
    if (!this.isCovered) return;
    for (const block of this.#blocks.slice(0, this.#covered)) pruning!.uncover(block);
    pruning!.dropPlanes(this.#planes);
    this.#planes = this.#lastPlanes = this.#covered = 0;
    this.#ready = false;
  }

  /** Makes the planes of all rows, in pieces; those that come meanwhile are covered too. Searching uses them when all are. */
  *cover(): Generator<number, void> {
    const pruning = this.#kernel.pruning!;
    while (this.#covered < this.#blocks.length) {
      if (!this.#coverNext(pruning)) return this.uncover();
      for (const slot of this.#kernel.slots(this.#blocks[this.#covered - 1]!)) {
        pruning.encode(slot);
        yield 130 * this.#kernel.dimensions;
      }
    }
    this.#ready = true;
  }

  #coverNext(pruning: PruningExports): boolean {
    const block = this.#blocks[this.#covered]!;
    if (this.#lastPlanes === 0 || !pruning.cover(this.#lastPlanes, block)) {
      const section = pruning.growPlanes(this.#lastPlanes) >>> 0;
      if (section === 0) return false;
      this.#lastPlanes = section;
      if (this.#planes === 0) this.#planes = section;
      pruning.cover(section, block);
    }
    this.#covered++;
    return true;
  }

  #vacantSlot(): number {
    if (this.#vacant.length === 0) {
      const block = this.#kernel.growChain(this.#blocks.at(-1) ?? 0);
      this.#blocks.push(block);
      this.#vacant.push(...this.#kernel.slots(block).reverse()); // taken from the end: lowest lane first
      if (this.#ready && !this.#coverNext(this.#kernel.pruning!)) this.uncover(); // no memory for planes: rows matter more
    }
    return this.#vacant.pop()!;
  }
}
