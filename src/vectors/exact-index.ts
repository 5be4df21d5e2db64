import { Kernel, type KernelLevel } from "../kernel/kernel.ts";
import { Arena } from "./arena.ts";
import { Background } from "./background.ts";
import { learn } from "./learning.ts";
import type { Neighbour, VectorIndex } from "./vector-index.ts";

/** Fewer rows are scored sooner than passed over. */
const LEAST_ROWS = 2048;
const LEAST_DIMENSIONS = 128;
const SAMPLE = 1024;
/** Learnt again when there are so many times the rows there were: what was learnt from few may not fit many. */
const GROWTH = 8;
/** Or when, after so many searches, this share of the rows had to be looked at closely, and rows have changed since. */
const WATCHED = 256;
const MUCH = 0.04;
const CHANGED = 0.25;

/**
 * The exact answer: what scoring every row of the namespace would give, id for id and bit for bit. Where there are many
 * rows it is found by passing over all that provably cannot be part of it (docs/exact-search.md).
 */
export class ExactIndex implements VectorIndex {
  readonly exact = true;
  readonly #kernel: Kernel;
  readonly #arenas = new Map<string, Arena>();
  readonly #namespaceOf = new Map<number, string>();
  readonly #background = new Background();
  /** Whether there are directions to encode rows with. */
  #hasLearnt = false;
  /** Rows there were when learning last began, and how many were added since. 0: it has not. */
  #learntFrom = 0;
  #added = 0;
  #searches = 0;
  #share = 0;

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

  add(id: number, namespace: string, vector: ArrayLike<number>): void {
    this.#kernel.load(vector); // first, so that a refused vector changes nothing
    if (this.#namespaceOf.get(id) !== namespace) this.remove(id);
    let arena = this.#arenas.get(namespace);
    if (arena === undefined) {
      arena = new Arena(this.#kernel);
      this.#arenas.set(namespace, arena);
    }
    arena.put(id);
    this.#namespaceOf.set(id, namespace);
    this.#added++;
    this.#consider(arena);
  }

  remove(id: number): boolean {
    const namespace = this.#namespaceOf.get(id);
    if (namespace === undefined) return false;
    const arena = this.#arenas.get(namespace)!;
    arena.remove(id);
    this.#namespaceOf.delete(id);
    if (arena.slots.size === 0) this.#dropArena(namespace, arena);
    return true;
  }

  ids(namespace?: string): number[] {
    if (namespace === undefined) return [...this.#namespaceOf.keys()];
    return [...(this.#arenas.get(namespace)?.slots.keys() ?? [])];
  }

  clear(namespace?: string): void {
    if (namespace === undefined) {
      if (this.#background.busy) this.#learntFrom = 0; // what is broken off here begins again with the next rows
      this.#background.stop();
    }
    for (const name of namespace === undefined ? [...this.#arenas.keys()] : [namespace]) {
      const arena = this.#arenas.get(name);
      if (arena === undefined) continue;
      for (const id of arena.slots.keys()) this.#namespaceOf.delete(id);
      this.#dropArena(name, arena);
    }
  }

  search(namespace: string, vector: ArrayLike<number>, k: number, threshold: number): Neighbour[] {
    const arena = this.#arenas.get(namespace);
    if (arena === undefined) {
      this.#kernel.load(vector); // a vector that cannot be compared is refused all the same
      return [];
    }
    const found = this.#kernel.search(arena.head, vector, k, threshold, arena.planes);
    if (arena.planes !== 0) this.#watch(arena);
    return found;
  }

  /** Does now what would be done between other things: learning, and what follows from it. */
  settle(): void {
    this.#background.finish();
  }

  /** What the last search looked at, where it passed rows over: blocks past plane A; rows past B, past C, and scored. */
  get looked(): { blocks: number; second: number; far: number; rows: number } {
    const counter = (n: number): number => this.#kernel.pruning?.counter(n) ?? 0;
    return { blocks: counter(0), second: counter(1), far: counter(2), rows: counter(3) };
  }

  #consider(arena: Arena): void {
    if (this.#background.busy || this.size < LEAST_ROWS || arena.slots.size < LEAST_ROWS) return;
    if (this.#kernel.pruning === undefined || this.dimensions < LEAST_DIMENSIONS) return;
    if (this.#learntFrom === 0 || this.size >= GROWTH * this.#learntFrom) this.#background.start(this.#relearn());
    else if (this.#hasLearnt && !arena.isCovered) this.#background.start(this.#coverAll());
  }

  /** Directions learnt from other rows than those of now pass fewer over. */
  #watch({ slots }: Arena): void {
    this.#share += this.looked.second / slots.size;
    if (++this.#searches < WATCHED) return;
    const share = this.#share / this.#searches;
    this.#share = this.#searches = 0;
    if (share < MUCH || this.#added < CHANGED * this.#learntFrom || this.#background.busy) return;
    this.#background.start(this.#relearn());
  }

  *#relearn(): Generator<number, void> {
    this.#learntFrom = this.size;
    this.#added = 0;
    const learning = learn(this.#kernel.pruning!, this.#sample(), this.dimensions, () => {
      for (const arena of this.#arenas.values()) arena.uncover();
    });
    if (!(yield* learning)) return;
    this.#hasLearnt = true;
    yield* this.#coverAll();
  }

  *#coverAll(): Generator<number, void> {
    for (const arena of [...this.#arenas.values()]) {
      if (arena.slots.size >= LEAST_ROWS && arena.planes === 0) yield* arena.cover();
    }
  }

  /** Rows spread evenly over all there are. */
  #sample(): number[] {
    const stride = this.size / SAMPLE;
    const rows: number[] = [];
    let passed = 0;
    for (const { slots } of this.#arenas.values()) {
      for (const slot of slots.values()) {
        if (passed++ >= rows.length * stride) rows.push(this.#kernel.row(slot));
      }
    }
    return rows;
  }

  #dropArena(namespace: string, arena: Arena): void {
    arena.drop();
    this.#arenas.delete(namespace);
  }
}
