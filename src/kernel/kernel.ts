import { ComparingKernel } from "./comparing-kernel.ts";
import { engineInstance } from "./engine-instance.ts";
import type { PruningExports, ThreadExports } from "./exports.ts";
import { Pool } from "./pool.ts";
import type { SharedMemory } from "./reader-kernel.ts";
import { type Asked, type KernelLevel, type Neighbour, outOfMemory, type Width } from "./row-kernel.ts";

export { MAX_DIMENSIONS, outOfMemory } from "./row-kernel.ts";
export type { Asked, KernelLevel, Neighbour };

/** A row whose numbers lie elsewhere, and at least its similarity. */
export interface Candidate {
  readonly id: number;
  readonly atMost: number;
}

export interface KernelOptions {
  /** The best level wanted. Default "simd". */
  level?: KernelLevel | undefined;
  width?: Width | undefined;
  /** Memory never grows past so many bytes. */
  most?: number | undefined;
}

/** Searches in one pass: what they work with is some 160 KiB each, and kept. */
const AT_ONCE = 32;

/** The whole kernel: it passes over what cannot be part of an answer, and other threads may search its memory. */
export class Kernel extends ComparingKernel {
  /** What a compiled kernel can besides. */
  readonly pruning: PruningExports | undefined;
  /** What one can whose memory is shared. */
  readonly threads: ThreadExports | undefined;
  /** Of searches: the first is that of searches one at a time. */
  readonly #contexts: number[] = [];
  #pool: Pool | undefined;
  /** Threads cannot be had, or are not to be had any more. */
  #alone = false;

  constructor(dimensions: number, { level = "simd", width = 4, most }: KernelOptions = {}) {
    const instance = engineInstance(level);
    super(dimensions, instance, width, most);
    this.pruning = instance.pruning;
    this.threads = instance.threads;
    if (this.pruning !== undefined) this.#contexts.push(this.pruning.context() >>> 0);
  }

  /** The number its chain was given. */
  chainOf(slot: number): number {
    return this.exports.chainOf(slot);
  }

  /** The place of its block in the chain. */
  placeOf(slot: number): number {
    return this.exports.placeOf(slot);
  }

  /** The record by which other threads find the chain of a name. */
  newRecord(name: string): number {
    const record = this.threads!.newRecord(name.length) >>> 0;
    if (record === 0) throw outOfMemory(this.bytes);
    for (let i = 0; i < name.length; i++) this.threads!.setUnit(record, i, name.charCodeAt(i));
    this.threads!.listRecord(record);
    return record;
  }

  /** The bytes at an address, as a copy. */
  read(at: number, bytes: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.exports.memory.buffer).slice(at, at + bytes);
  }

  fill(at: number, bytes: Uint8Array): void {
    new Uint8Array(this.exports.memory.buffer).set(bytes, at);
  }

  writeFloats(at: number, floats: Float32Array): void {
    this.views().set(floats, at >>> 2);
  }

  /**
   * The best `k` of a chain at or above `threshold` that `filter` lets pass, best first; equal ones in id order. With planes
   * that cover the chain, sooner.
   */
  search(
    head: number,
    vector: ArrayLike<number>,
    k: number,
    threshold: number,
    planes = 0,
    filter?: Asked,
  ): Neighbour[] {
    return this.inTurns(k, filter, (k, filter) => {
      this.load(vector);
      this.begin(k, threshold, filter);
      if (planes === 0 || this.pruning!.prunedScan(planes) < 0) this.exports.scan(head);
      return this.results();
    });
  }

  /** The same of some slots alone. */
  searchSlots(slots: readonly number[], vector: ArrayLike<number>, k: number, threshold: number): Neighbour[] {
    return this.inTurns(k, undefined, (k, filter) => {
      this.load(vector);
      this.begin(k, threshold, filter);
      if (k > 0) for (const slot of slots) this.exports.look(slot);
      return this.results();
    });
  }

  /** The same for many vectors, some in each pass over the planes. */
  searchMany(
    head: number,
    planes: number,
    vectors: readonly ArrayLike<number>[],
    k: number,
    threshold: number,
  ): Neighbour[][] {
    const contexts = this.#contextsFor(Math.min(AT_ONCE, vectors.length));
    if (contexts.length === 0) return vectors.map((vector) => this.search(head, vector, k, threshold, planes));
    const found: Neighbour[][] = [];
    while (found.length < vectors.length) {
      const some = vectors.slice(found.length, found.length + contexts.length);
      found.push(...this.#searchAtOnce(contexts.slice(0, some.length), planes, some, k, threshold));
    }
    return found;
  }

  #searchAtOnce(
    contexts: readonly number[],
    planes: number,
    vectors: readonly ArrayLike<number>[],
    k: number,
    threshold: number,
  ): Neighbour[][] {
    const pruning = this.pruning!;
    try {
      for (const [i, vector] of vectors.entries()) {
        pruning.choose(contexts[i]!);
        this.load(vector);
        this.begin(k, threshold, undefined);
        pruning.prepare(planes);
      }
      for (let section = planes; section !== 0 && k > 0; section = pruning.nextSection(section) >>> 0) {
        for (const context of contexts) {
          pruning.choose(context);
          pruning.passSection(section);
        }
      }
      return contexts.map((context) => {
        pruning.choose(context);
        pruning.settle();
        return this.results();
      });
    } finally {
      pruning.choose(this.#contexts[0]!);
    }
  }

  /** `search` of planes with the help of the pool. */
  searchTogether(head: number, vector: ArrayLike<number>, k: number, threshold: number, planes: number): Neighbour[] {
    this.load(vector);
    this.begin(k, threshold, undefined);
    if (k > 0 && this.threads!.pooledScan(planes)) {
      if (this.#pool!.isDone()) {
        this.threads!.takeOver();
        return this.results();
      }
      this.close();
    }
    return this.search(head, vector, k, threshold, planes);
  }

  /** So many threads help with searches of planes from now on; or as many as can be had. */
  startHelpers(helpers: number): void {
    if (this.threads === undefined || this.#pool !== undefined || this.#alone) return;
    const memory = this.exports.memory as WebAssembly.Memory;
    const pool = new Pool(this.threads, helpers, { memory, dimensions: this.dimensions, width: this.width });
    if (pool.size > 0) this.#pool = pool;
    else this.#alone = true;
  }

  /** The threads that help. */
  get pool(): Pool | undefined {
    return this.#pool;
  }

  /** Ends them: it searches alone from now on. */
  close(): void {
    this.#pool?.close();
    this.#pool = undefined;
    this.#alone = true;
  }

  /** What one more reader in another thread needs; undefined where there can be none. */
  share(): SharedMemory | undefined {
    const ticket = (this.threads?.admitReader() ?? 0) >>> 0;
    if (ticket === 0) return undefined;
    const memory = this.exports.memory as WebAssembly.Memory;
    const state = this.threads!.sharedState() >>> 0;
    return { memory, state, ticket, dimensions: this.dimensions, width: this.width };
  }

  /**
   * Of planes whose rows lie elsewhere: all that may reach `threshold`. The exact similarity of each is at most what is
   * said.
   */
  candidates(planes: number, vector: ArrayLike<number>, threshold: number): Candidate[] {
    const pruning = this.pruning!;
    this.load(vector);
    this.begin(1, threshold, undefined);
    if (!pruning.prepare(planes)) throw outOfMemory(this.bytes);
    const found: Candidate[] = [];
    for (let section = planes; section !== 0; section = pruning.nextSection(section) >>> 0) {
      const count = pruning.gather(section);
      const words = new Int32Array(this.exports.memory.buffer, pruning.candidates() >>> 0, 4 * count);
      for (let at = 0; at < words.length; at += 4) {
        // 0 of a row that has gone, whose slot may still say its id
        const id = pruning.idOf(pruning.slotAt(section, words[at + 3]!));
        if (id !== 0) found.push({ id, atMost: pruning.mostScore(words[at]!) });
      }
    }
    return found;
  }

  /** Contexts for so many searches at once, or for as many as memory has room for. */
  #contextsFor(count: number): number[] {
    const pruning = this.pruning!;
    let ready = 0;
    for (; ready < count; ready++) {
      const context = this.#contexts[ready] ?? pruning.newContext() >>> 0;
      if (context === 0) break;
      this.#contexts[ready] = context;
      pruning.choose(context);
      if (!pruning.makeRoom()) break;
    }
    pruning.choose(this.#contexts[0]!);
    return this.#contexts.slice(0, ready);
  }
}
