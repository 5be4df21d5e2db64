import type { PruningExports } from "../kernel/exports.ts";
import type { Kernel } from "../kernel/kernel.ts";

/** How many blocks the sections of a chain cover, one after another: small namespaces need not pay for large ones. */
const FIRST = 16;
const SECOND = 64;
const OTHERS = 256;

/** Bytes that the codes of a block take. */
export function blockBytes({ pruning }: Kernel): number {
  let sum = 0;
  for (let piece = 0, bytes = pruning!.pieceBytes(0); bytes > 0; bytes = pruning!.pieceBytes(++piece)) sum += bytes;
  return sum;
}

/** The planes of one chain of blocks, made with one basis: what a search looks at before it looks at rows. */
export class Planes {
  readonly basis: number;
  readonly #memory: Kernel;
  readonly #kernel: PruningExports;
  readonly #sections: number[] = [];
  #covered = 0;

  constructor(kernel: Kernel, basis: number) {
    this.#memory = kernel;
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

  /** Copies the codes of a block to where they are to be kept. */
  pack(block: number, to: Uint8Array): void {
    for (const { at, from, bytes } of this.#pieces(block)) to.set(this.#memory.read(at, bytes), from);
  }

  /** Takes back what was kept of a block. */
  unpack(block: number, packed: Uint8Array): void {
    for (const { at, from, bytes } of this.#pieces(block)) this.#memory.fill(at, packed.subarray(from, from + bytes));
  }

  *#pieces(block: number): Generator<{ at: number; from: number; bytes: number }> {
    const { section, within } = this.#placeOf(block);
    for (let piece = 0, from = 0; ; piece++) {
      const bytes = this.#kernel.pieceBytes(piece);
      if (bytes === 0) return;
      yield { at: this.#kernel.pieceAt(this.#sections[section]!, within, piece) >>> 0, from, bytes };
      from += bytes;
    }
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
