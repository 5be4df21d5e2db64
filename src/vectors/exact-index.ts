import { Kernel, type KernelLevel } from "../kernel/kernel.ts";
import type { Neighbour, VectorIndex } from "./vector-index.ts";

/** The rows of one namespace: a chain of blocks in the kernel, so that a search never touches another tenant's rows. */
interface Arena {
  head: number;
  tail: number;
  readonly slots: Map<number, number>;
  readonly vacant: number[];
}

/** Scores every row of the namespace: the exact answer. */
export class ExactIndex implements VectorIndex {
  readonly #kernel: Kernel;
  readonly #arenas = new Map<string, Arena>();
  readonly #namespaceOf = new Map<number, string>();

  constructor(dimensions: number, level?: KernelLevel) {
    this.#kernel = new Kernel(dimensions, level);
  }

  get dimensions(): number {
    return this.#kernel.dimensions;
  }

  get level(): KernelLevel {
    return this.#kernel.level;
  }

  get size(): number {
    return this.#namespaceOf.size;
  }

  get bytes(): number {
    return this.#kernel.bytes;
  }

  normalise(vector: ArrayLike<number>): Float32Array {
    return this.#kernel.normalise(vector);
  }

  add(id: number, namespace: string, vector: ArrayLike<number>): void {
    this.#kernel.load(vector); // first, so that a refused vector changes nothing
    if (this.#namespaceOf.get(id) !== namespace) this.remove(id);
    let arena = this.#arenas.get(namespace);
    if (arena === undefined) {
      arena = { head: 0, tail: 0, slots: new Map(), vacant: [] };
      this.#arenas.set(namespace, arena);
    }
    const slot = arena.slots.get(id) ?? this.#vacantSlot(arena);
    this.#kernel.write(slot, id);
    arena.slots.set(id, slot);
    this.#namespaceOf.set(id, namespace);
  }

  remove(id: number): boolean {
    const namespace = this.#namespaceOf.get(id);
    if (namespace === undefined) return false;
    const arena = this.#arenas.get(namespace)!;
    const slot = arena.slots.get(id)!;
    this.#kernel.vacate(slot);
    arena.slots.delete(id);
    arena.vacant.push(slot);
    this.#namespaceOf.delete(id);
    if (arena.slots.size === 0) this.#dropArena(namespace, arena);
    return true;
  }

  ids(namespace?: string): number[] {
    if (namespace === undefined) return [...this.#namespaceOf.keys()];
    return [...(this.#arenas.get(namespace)?.slots.keys() ?? [])];
  }

  clear(namespace?: string): void {
    for (const name of namespace === undefined ? [...this.#arenas.keys()] : [namespace]) {
      const arena = this.#arenas.get(name);
      if (arena === undefined) continue;
      for (const id of arena.slots.keys()) this.#namespaceOf.delete(id);
      this.#dropArena(name, arena);
    }
  }

  search(namespace: string, vector: ArrayLike<number>, k: number, threshold: number): Neighbour[] {
    return this.#kernel.search(this.#arenas.get(namespace)?.head ?? 0, vector, k, threshold);
  }

  #vacantSlot(arena: Arena): number {
    if (arena.vacant.length === 0) {
      const { block, slots } = this.#kernel.growChain(arena.tail);
      if (arena.head === 0) arena.head = block;
      arena.tail = block;
      arena.vacant.push(...slots.reverse()); // taken from the end: lowest lane first
    }
    return arena.vacant.pop()!;
  }

  #dropArena(namespace: string, arena: Arena): void {
    this.#kernel.dropChain(arena.head);
    this.#arenas.delete(namespace);
  }
}
