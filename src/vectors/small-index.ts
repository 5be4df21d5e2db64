import { type KernelLevel, RowKernel } from "../kernel/row-kernel.ts";
import { told } from "./answer.ts";
import { type Filter, type Neighbour, passes, type VectorIndex } from "./vector-index.ts";

/** A chain of blocks in the kernel, so that a search never touches another tenant's rows. */
interface Chain {
  readonly blocks: number[];
  readonly vacant: number[];
  size: number;
}

/** Scores every row of a namespace: all that is needed while there are few. */
export class SmallIndex implements VectorIndex {
  readonly exact = true;
  readonly #kernel: RowKernel;
  readonly #chains = new Map<string, Chain>();
  readonly #rows = new Map<number, { namespace: string; slot: number }>();

  constructor(dimensions: number) {
    this.#kernel = new RowKernel(dimensions);
  }

  get dimensions(): number {
    return this.#kernel.dimensions;
  }

  get level(): KernelLevel {
    return this.#kernel.level;
  }

  get size(): number {
    return this.#rows.size;
  }

  get bytes(): number {
    return this.#kernel.bytes;
  }

  add(id: number, namespace: string, vector: ArrayLike<number>): void {
    this.#kernel.load(vector); // first, so that a refused vector changes nothing
    const before = this.#rows.get(id);
    const chain = this.#chains.get(namespace) ?? { blocks: [], vacant: [], size: 0 };
    const slot = before?.namespace === namespace ? before.slot : this.#vacantSlot(chain);
    if (slot !== before?.slot) this.remove(id);
    this.#chains.set(namespace, chain);
    this.#kernel.write(slot);
    this.#kernel.place(slot, id);
    if (!this.#rows.has(id)) chain.size++;
    this.#rows.set(id, { namespace, slot });
  }

  remove(id: number): boolean {
    const row = this.#rows.get(id);
    if (row === undefined) return false;
    const chain = this.#chains.get(row.namespace)!;
    this.#kernel.vacate(row.slot);
    this.#rows.delete(id);
    chain.vacant.push(row.slot);
    if (--chain.size === 0) this.#drop(row.namespace, chain);
    return true;
  }

  ids(namespace?: string): number[] {
    const ids = [...this.#rows.keys()];
    return namespace === undefined ? ids : ids.filter((id) => this.#rows.get(id)!.namespace === namespace);
  }

  clear(namespace?: string): void {
    for (const [name, chain] of [...this.#chains])
      if (namespace === undefined || name === namespace) this.#drop(name, chain);
    for (const [id, row] of this.#rows)
      if (namespace === undefined || row.namespace === namespace) this.#rows.delete(id);
  }

  search(namespace: string, vector: ArrayLike<number>, k: number, threshold: number, filter?: Filter): Neighbour[] {
    const head = this.#chains.get(namespace)?.blocks[0] ?? 0;
    return told(this.#kernel.scan(head, vector, k, threshold, filter && passes(filter)));
  }

  /** Whose a row is, and a copy of it, to be taken elsewhere. */
  row(id: number): { namespace: string; vector: Float32Array } | undefined {
    const row = this.#rows.get(id);
    return row && { namespace: row.namespace, vector: this.#kernel.vector(row.slot) };
  }

  #vacantSlot(chain: Chain): number {
    if (chain.vacant.length === 0) {
      const block = this.#kernel.growChain(chain.blocks.at(-1) ?? 0);
      chain.blocks.push(block);
      chain.vacant.push(...this.#kernel.slots(block).reverse()); // taken from the end: lowest lane first
    }
    return chain.vacant.pop()!;
  }

  #drop(namespace: string, chain: Chain): void {
    this.#kernel.dropChain(chain.blocks[0]!);
    this.#chains.delete(namespace);
  }
}
