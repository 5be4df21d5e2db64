import { MnemeError } from "../error.ts";
import type { KernelLevel, Neighbour } from "../kernel/kernel.ts";
import type { SharedMemory } from "../kernel/reader-kernel.ts";
import { before, told } from "./answer.ts";
import type { Arena } from "./arena.ts";
import { Background } from "./background.ts";
import { fromBase64, toBase64 } from "./base64.ts";
import { checkOptions, type ExactIndexOptions } from "./exact-options.ts";
import { learn } from "./learning.ts";
import { Memories } from "./memories.ts";
import { pack, unpack } from "./packed-basis.ts";
import { fits, fromBytes, toBytes } from "./packed-index.ts";
import { RowSearch } from "./row-search.ts";
import type { Shard } from "./shard.ts";
import type { Filter, VectorIndex } from "./vector-index.ts";

/** Fewer rows are scored sooner than passed over. */
const LEAST_ROWS = 2048;
const LEAST_DIMENSIONS = 128;
/** Learnt from one row in so many, within limits: where rows differ in many directions, few of them do not show which. */
const SAMPLED = 16;
const LEAST_SAMPLE = 1024;
const MOST_SAMPLE = 6144;
/** Learnt again when there are so many times the rows there were: what was learnt from few may not fit many. */
const GROWTH = 8;
/** Or when, after so many searches, this share of the rows had to be looked at closely, and rows have changed since. */
const WATCHED = 256;
const MUCH = 0.04;
const CHANGED = 0.25;
/** Rows that are to become codes must not pile up until there is time between other things. */
const AT_EVERY_ADD = 3e6;
/** What an index without rows may hold. */
const EMPTY_IS_SMALL = 2 ** 21;

/**
 * The exact answer: what scoring every row of the namespace would give, id for id and bit for bit. Where there are many
 * rows it is found by passing over all that provably cannot be part of it (docs/exact-search.md).
 */
export class ExactIndex implements VectorIndex {
  readonly exact = true;
  readonly dimensions: number;
  readonly #codes: boolean;
  readonly #memories: Memories;
  readonly #background = new Background();
  /** Rows there were when learning last began, and how many were added since. 0: it has not. */
  #learntFrom = 0;
  #added = 0;
  #searches = 0;
  #share = 0;
  /** Whether what was learnt last has been asked for. */
  #told = true;

  constructor(dimensions: number, options: ExactIndexOptions = {}) {
    this.#memories = new Memories(dimensions, checkOptions(options));
    this.#memories.isFixed = options.readers ?? false;
    this.dimensions = dimensions;
    this.#codes = options.resident === "codes" && this.#learns;
  }

  get level(): KernelLevel {
    return this.#memories.first.kernel.level;
  }

  get size(): number {
    return this.#memories.size;
  }

  get bytes(): number {
    return this.#memories.bytes;
  }

  add(id: number, namespace: string, vector: ArrayLike<number>): void {
    const [shard, arena] = this.#memories.put(id, namespace, vector);
    for (const other of this.#memories) if (other !== shard && other.remove(id)) this.#giveBack(other);
    this.#added++;
    this.#consider(shard, arena);
    if (this.#codes && this.#background.busy) this.#background.advance(AT_EVERY_ADD);
  }

  remove(id: number): boolean {
    const shard = this.#memories.find((shard) => shard.remove(id));
    if (shard === undefined) return false;
    this.#giveBack(shard);
    return true;
  }

  ids(namespace?: string): number[] {
    return [...this.#memories].flatMap((shard) => [...shard.ids(namespace)]);
  }

  clear(namespace?: string): void {
    if (namespace === undefined) {
      if (this.#background.busy) this.#learntFrom = 0; // what is broken off here begins again with the next rows
      this.#background.stop();
      if (!this.#memories.isFixed && this.#beginAnew()) return;
    }
    for (const shard of this.#memories) {
      for (const name of namespace === undefined ? [...shard.namespaces] : [namespace]) shard.clear(name);
      this.#giveBack(shard);
    }
  }

  get needsRows(): boolean {
    return this.#memories.ofCodes.length > 0;
  }

  search(namespace: string, vector: ArrayLike<number>, k: number, threshold: number, filter?: Filter): Neighbour[] {
    if (this.needsRows) {
      throw new MnemeError(
        "argument",
        "The rows of this index lie elsewhere.",
        "Search it by `begin`, which asks for rows.",
      );
    }
    return told(this.#searchRows(namespace, vector, k, threshold, filter));
  }

  begin(namespace: string, vector: ArrayLike<number>, k: number, threshold: number, filter?: Filter): RowSearch {
    const found = this.#searchRows(namespace, vector, k, threshold, filter);
    const candidates = this.#memories.ofCodes.flatMap((shard) => shard.candidates(namespace, vector, threshold));
    const { kernel } = this.#memories.first;
    return new RowSearch(kernel, Float32Array.from(vector), { k, threshold, filter }, found, candidates);
  }

  /** The same for many vectors, in one pass over memory. */
  searchMany(namespace: string, vectors: readonly ArrayLike<number>[], k: number, threshold: number): Neighbour[][] {
    const { first, areMany } = this.#memories;
    if (areMany || this.needsRows) return vectors.map((vector) => this.search(namespace, vector, k, threshold));
    return first.searchMany(namespace, vectors, k, threshold).map(told);
  }

  /** Does now what would be done between other things: learning, and what follows from it. */
  settle(): void {
    this.#background.finish();
  }

  learnt(): string | undefined {
    const shard = this.#memories.find(({ basis }) => basis !== 0);
    if (shard === undefined || this.#told) return undefined;
    this.#told = true;
    return `${this.#learntFrom}:${toBase64(pack(shard.kernel, shard.basis))}`;
  }

  recall(learnt: string): void {
    const [rows, text] = learnt.split(":");
    const packed = fromBase64(text ?? "");
    const { first } = this.#memories;
    if (packed === undefined || !this.#learns || this.size > 0) return;
    if (this.#background.busy) return; // learning works where unpacking would
    const basis = unpack(first.kernel, packed);
    if (basis === 0) return;
    this.#told = true;
    this.#learntFrom = Math.max(LEAST_ROWS, Number(rows) || 0);
    this.#memories.take(first, basis);
    if (this.#codes) for (const _ of this.#memories.moveToCodes());
  }

  /** Of codes, once it has learnt: all it holds. */
  pack(): Uint8Array<ArrayBuffer> | undefined {
    const { first, areMany, basis } = this.#memories;
    if (!this.#codes || !this.needsRows || areMany || basis === undefined || this.#background.busy) return undefined;
    const { dimensions } = this;
    return toBytes({ dimensions, learntFrom: this.#learntFrom, basis, arenas: first.pack() });
  }

  /** Takes up what another one packed, while it has nothing of its own. False, and nothing has changed: it was no use. */
  unpack(bytes: Uint8Array<ArrayBuffer>): boolean {
    if (!this.#codes || this.size > 0 || this.#background.busy) return false;
    const packed = fromBytes(bytes);
    if (packed === undefined || !fits(packed, this.#memories.first.kernel)) return false;
    if (!this.#memories.beginWith(packed.basis)) return false;
    try {
      this.#memories.first.unpack(packed.arenas);
    } catch (error) {
      this.#memories.beginAnew(0);
      if (error instanceof MnemeError) return false; // no memory for all at once
      throw error;
    }
    this.#learntFrom = Math.max(LEAST_ROWS, packed.learntFrom);
    this.#told = true;
    return true;
  }

  /** What another thread needs to search this index (shared-reader.ts); each reader takes one of its own. */
  share(): SharedMemory {
    const { first, areMany } = this.#memories;
    if (areMany || this.#codes || this.level !== "simd-shared" || globalThis.SharedArrayBuffer === undefined) {
      throw new MnemeError(
        "unsupported",
        "This index does not lie in one memory that other threads can be given.",
        "It does if it was opened to be shared, where there is SharedArrayBuffer: in a page, if that is sent with the " +
          "headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp.",
      );
    }
    const shared = first.share();
    if (shared === undefined) {
      throw new MnemeError("unsupported", "This index has all the readers it can have.", "Take a place back of one.");
    }
    this.#memories.isFixed = true;
    return shared;
  }

  /**
   * Takes back what `share` gave, of a reader that will never close: its thread has ended, or never began. What was held back
   * for a search that it was in the middle of is free again. A reader that lives after all fails from then on.
   */
  unshare(shared: SharedMemory): boolean {
    return this.#memories.first.unshare(shared);
  }

  /** What the last search looked at, where it passed rows over: blocks past plane A; rows past B, past C, and scored. */
  get looked(): { blocks: number; second: number; far: number; rows: number } {
    const counter = (n: number): number => this.#memories.last.kernel.pruning?.counter(n) ?? 0;
    return { blocks: counter(0), second: counter(1), far: counter(2), rows: counter(3) };
  }

  /** How many threads took part in the last search of those that threads are asked to help with. */
  get helped(): number {
    return this.#memories.last.kernel.threads?.helped() ?? 0;
  }

  /** Readers are told with their next search that the index has gone. */
  close(): void {
    this.#background.stop();
    this.#memories.first.unshareAll();
    this.#memories.close();
  }

  get #learns(): boolean {
    return this.#memories.first.kernel.pruning !== undefined && this.dimensions >= LEAST_DIMENSIONS;
  }

  #searchRows(
    namespace: string,
    vector: ArrayLike<number>,
    k: number,
    threshold: number,
    filter?: Filter,
  ): Neighbour[] {
    let found: Neighbour[] = [];
    let bar = threshold;
    for (const shard of this.#memories) {
      if (shard.kernel.width === 0) continue;
      const more = shard.search(namespace, vector, k, bar, filter);
      if (found.length === 0) found = more;
      else if (more.length > 0) found = [...found, ...more].sort(before).slice(0, k);
      if (found.length === k && k > 0) bar = Math.max(bar, found[k - 1]!.similarity);
      this.#watch(shard, namespace);
    }
    return found;
  }

  #consider(shard: Shard, arena: Arena): void {
    if (this.#background.busy || arena.size < LEAST_ROWS || !this.#learns || shard.kernel.width === 0) return;
    if (this.#learntFrom === 0 || (this.size >= GROWTH * this.#learntFrom && !this.#codes)) {
      this.#background.start(this.#relearn());
    } else if (shard.basis !== 0 && arena.basis !== shard.basis) {
      this.#background.start(this.#coverAll());
    }
  }

  /** Directions learnt from other rows than those of now pass fewer over. */
  #watch(shard: Shard, namespace: string): void {
    const arena = shard.arena(namespace);
    if (arena === undefined || arena.planes === 0) return;
    this.#share += shard.kernel.pruning!.counter(1) / arena.size;
    if (++this.#searches < WATCHED) return;
    const share = this.#share / this.#searches;
    this.#share = this.#searches = 0;
    if (share < MUCH || this.#added < CHANGED * this.#learntFrom || this.#background.busy) return;
    this.#background.start(this.#relearn());
  }

  *#relearn(): Generator<number, void> {
    this.#learntFrom = 0;
    if (this.size < LEAST_ROWS) return; // they have gone meanwhile: the next ones begin it again
    this.#learntFrom = this.size;
    this.#added = 0;
    const { largest } = this.#memories;
    const wanted = Math.max(LEAST_SAMPLE, Math.min(MOST_SAMPLE, largest.size / SAMPLED));
    const basis = yield* learn(largest.kernel, largest.sample(wanted));
    if (basis === 0) return;
    this.#memories.take(largest, basis);
    this.#told = false;
    yield* this.#codes ? this.#memories.moveToCodes() : this.#coverAll();
  }

  *#coverAll(): Generator<number, void> {
    for (const shard of this.#memories) yield* shard.cover(LEAST_ROWS);
  }

  /** Memory that rows do not need any more. */
  #giveBack(shard: Shard): void {
    if (this.#background.busy || this.#memories.isFixed) return; // rows may be on their way into a memory that has none yet
    if (this.size === 0) {
      if (this.bytes > EMPTY_IS_SMALL) this.#beginAnew();
      return;
    }
    this.#memories.dropEmpty();
    if (this.#memories.makeSmaller(shard)) this.#background.start(this.#memories.move([shard]));
  }

  #beginAnew(): boolean {
    return this.#memories.beginAnew(this.#codes && this.#memories.haveLearnt ? 0 : undefined);
  }
}
