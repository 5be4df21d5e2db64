import type { PruningExports } from "../kernel/exports.ts";
import type { Kernel } from "../kernel/kernel.ts";

/** How many blocks the sections of a chain cover, one after another: small namespaces need not pay for large ones. */
const FIRST = 16;
const SECOND = 64;
const OTHERS = 256;

/** The planes of one chain of blocks, made with one basis: what a search looks at before it looks at rows. */
export class Planes {
  readonly basis: number;
  readonly #kernel: PruningExports;
  readonly #sections: number[] = [];
  #covered = 0;

  constructor(kernel: Kernel, basis: number) {
    this.#kernel = kernel.pruning!;
    this.basis = basis;
  }

  get head(): number {
    return this.#sections[0] ?? 0;
  }

  /** Blocks, from the first one on. */
  get covered(): number {
    return this.#covered;
  }

  /** Covers the next block of the chain; its rows must be encoded before they are visible. False: no memory. */
  cover(block: number): boolean {
    const place = this.#placeOf(this.#covered);
    if (place.section === this.#sections.length) {
      const section = this.#kernel.growPlanes(this.#sections.at(-1) ?? 0, this.basis, place.blocks) >>> 0;
      if (section === 0) return false;
      this.#sections.push(section);
    }
    this.#kernel.cover(this.#sections[place.section]!, block);
    this.#covered++;
    return true;
  }

  /** Makes the codes of a row, from its float32 numbers. `block` is the place of the slot's block in the chain. */
  encode(slot: number, block: number, floats: number): void {
    const { section, within } = this.#placeOf(block);
    this.#kernel.encode(this.#sections[section]!, within, slot, floats);
  }

  drop(): void {
    this.#kernel.dropPlanes(this.head);
    this.#sections.length = this.#covered = 0;
  }

  #placeOf(block: number): { section: number; within: number; blocks: number } {
    if (block < FIRST) return { section: 0, within: block, blocks: FIRST };
    const after = block - FIRST;
    if (after < SECOND) return { section: 1, within: after, blocks: SECOND };
    const rest = after - SECOND;
    return { section: 2 + Math.floor(rest / OTHERS), within: rest % OTHERS, blocks: OTHERS };
  }
}
