import { argumentError, MnemeError } from "../error.ts";
import { type KernelLevel, type Neighbour, outOfMemory } from "../kernel/kernel.ts";
import type { SharedMemory } from "../kernel/reader-kernel.ts";
import type { Width } from "../kernel/row-kernel.ts";
import { before, told } from "./answer.ts";
import type { Arena } from "./arena.ts";
import { Background } from "./background.ts";
import { learn } from "./learning.ts";
import { fromText, pack, toText, unpack } from "./packed-basis.ts";
import { RowSearch } from "./row-search.ts";
import { Shard, type ShardOptions } from "./shard.ts";
import type { Filter, VectorIndex } from "./vector-index.ts";

/** How the numbers of rows are kept. What is searched is what they say. */
type Dtype = "float32" | "float16" | "int8";

export interface ExactIndexOptions {
  /** Default "float32". */
  dtype?: Dtype | undefined;
  /** "codes": 140 bytes a row are kept, and the rows themselves are asked for. Default "rows". */
  resident?: "rows" | "codes" | undefined;
  /** So many threads search together where there are very many rows, if this runtime has threads. Default 1. */
  threads?: number | undefined;
  /** Fewer rows of a namespace are searched alone. Default: 200,000, below which sharing costs more than it saves. */
  helpFrom?: number | undefined;
  /** The best kernel wanted. Default "simd"; "simd-shared" with threads. */
  level?: KernelLevel | undefined;
  /** One memory never grows past so many bytes; rows that would need more go into another. Default: 4 GiB. */
  most?: number | undefined;
}

const WIDTHS = { float32: 4, float16: 2, int8: 1 } as const;
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
/** A memory is given back when rows need less than half of it, and it is not small. */
const SMALL = 2 ** 26;
const EMPTY_IS_SMALL = 2 ** 21;
const CODES = 146;
const HELP_FROM = 200_000;
const MOST_THREADS = 64;

/**
 * The exact answer: what scoring every row of the namespace would give, id for id and bit for bit. Where there are many
 * rows it is found by passing over all that provably cannot be part of it (docs/exact-search.md).
 */
export class ExactIndex implements VectorIndex {
  readonly exact = true;
  readonly dimensions: number;
  readonly #options: ShardOptions;
  readonly #codes: boolean;
  /** The last one takes namespaces that are new. */
  readonly #shards: Shard[];
  /** Those whose rows are on their way to others. */
  readonly #leaving = new WeakSet<Shard>();
  readonly #background = new Background();
  /** The directions learnt, as they lie in memory. */
  #basis: Uint8Array | undefined;
  /** Rows there were when learning last began, and how many were added since. 0: it has not. */
  #learntFrom = 0;
  #added = 0;
  #searches = 0;
  #share = 0;
  /** Readers of other threads know this memory: it must stay the one. */
  #shared = false;
  /** Whether what was learnt last has been asked for. */
  #told = true;

  constructor(dimensions: number, options: ExactIndexOptions = {}) {
    const { dtype = "float32", resident = "rows", threads = 1, helpFrom = HELP_FROM, most } = options;
    if (!(dtype in WIDTHS))
      throw argumentError("dtype", '"float32", "float16" or "int8"', dtype, "Leave it out for float32.");
    if (resident !== "rows" && resident !== "codes") {
      throw argumentError("resident", '"rows" or "codes"', resident, "Leave it out to keep rows in memory.");
    }
    if (resident === "codes" && dtype !== "float32") {
      throw argumentError(
        "dtype",
        'float32 with resident: "codes"',
        dtype,
        "The rows are the store's, which are float32.",
      );
    }
    if (!Number.isInteger(threads) || threads < 1 || threads > MOST_THREADS) {
      throw argumentError("threads", `a whole number from 1 to ${MOST_THREADS}`, threads, "Leave it out for one.");
    }
    const level = options.level ?? (threads > 1 ? "simd-shared" : "simd");
    this.#options = { level, most, width: WIDTHS[dtype], helpers: threads - 1, helpFrom };
    this.#shards = [new Shard(dimensions, this.#options)];
    this.dimensions = dimensions;
    this.#codes = resident === "codes" && this.#learns;
  }

  get level(): KernelLevel {
    return this.#shards[0]!.kernel.level;
  }

  get size(): number {
    return this.#shards.reduce((sum, { size }) => sum + size, 0);
  }

  get bytes(): number {
    return this.#shards.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  add(id: number, namespace: string, vector: ArrayLike<number>): void {
    const [shard, arena] = this.#put(id, namespace, vector);
    for (const other of [...this.#shards]) if (other !== shard && other.remove(id)) this.#giveBack(other);
    this.#added++;
    this.#consider(shard, arena);
    if (this.#codes && this.#background.busy) this.#background.advance(AT_EVERY_ADD);
  }

  remove(id: number): boolean {
    const shard = this.#shards.find((shard) => shard.remove(id));
    if (shard === undefined) return false;
    this.#giveBack(shard);
    return true;
  }

  ids(namespace?: string): number[] {
    return this.#shards.flatMap((shard) => [...shard.ids(namespace)]);
  }

  clear(namespace?: string): void {
    if (namespace === undefined) {
      if (this.#background.busy) this.#learntFrom = 0; // what is broken off here begins again with the next rows
      this.#background.stop();
      if (!this.#shared && this.#beginAnew()) return;
    }
    for (const shard of [...this.#shards]) {
      for (const name of namespace === undefined ? [...shard.namespaces] : [namespace]) shard.clear(name);
      this.#giveBack(shard);
    }
  }

  get needsRows(): boolean {
    return this.#shards.some(({ kernel }) => kernel.width === 0);
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
    const shards = this.#shards.filter(({ kernel }) => kernel.width === 0);
    const candidates = shards.flatMap((shard) => shard.candidates(namespace, vector, threshold));
    return new RowSearch(
      this.#shards[0]!.kernel,
      Float32Array.from(vector),
      { k, threshold, filter },
      found,
      candidates,
    );
  }

  /** The same for many vectors, in one pass over memory. */
  searchMany(namespace: string, vectors: readonly ArrayLike<number>[], k: number, threshold: number): Neighbour[][] {
    const [shard] = this.#shards;
    if (this.#shards.length > 1 || shard!.kernel.width === 0) {
      return vectors.map((vector) => this.search(namespace, vector, k, threshold));
    }
    return shard!.searchMany(namespace, vectors, k, threshold).map(told);
  }

  /** Does now what would be done between other things: learning, and what follows from it. */
  settle(): void {
    this.#background.finish();
  }

  learnt(): string | undefined {
    const shard = this.#shards.find(({ basis }) => basis !== 0);
    if (shard === undefined || this.#told) return undefined;
    this.#told = true;
    return `${this.#learntFrom}:${toText(pack(shard.kernel, shard.basis))}`;
  }

  recall(learnt: string): void {
    const [rows, text] = learnt.split(":");
    const packed = fromText(text ?? "");
    const [shard] = this.#shards;
    if (packed === undefined || !this.#learns || this.size > 0) return;
    if (this.#background.busy) return; // learning works where unpacking would
    const basis = unpack(shard!.kernel, packed);
    if (basis === 0) return;
    this.#told = true;
    this.#learntFrom = Math.max(LEAST_ROWS, Number(rows) || 0);
    this.#take(shard!, basis);
    if (this.#codes) for (const _ of this.#moveToCodes());
  }

  /** What another thread needs to search this index (shared-reader.ts); each reader takes one of its own. */
  share(): SharedMemory {
    const [shard] = this.#shards;
    const { kernel } = shard!;
    const shared = this.#shards.length === 1 && !this.#codes ? shard!.share() : undefined;
    if (shared !== undefined) {
      this.#shared = true;
      return shared;
    }
    throw new MnemeError(
      "unsupported",
      `This index is not one of one shared memory, or has all its readers: it is ${kernel.level}.`,
      'Make it with level: "simd-shared", where SharedArrayBuffer is to be had.',
    );
  }

  /**
   * Takes back what `share` gave, of a reader that will never close: its thread has ended, or never began. What was held back
   * for a search that it was in the middle of is free again. A reader that lives after all fails from then on.
   */
  unshare(shared: SharedMemory): boolean {
    return this.#shards[0]!.unshare(shared);
  }

  /** What the last search looked at, where it passed rows over: blocks past plane A; rows past B, past C, and scored. */
  get looked(): { blocks: number; second: number; far: number; rows: number } {
    const counter = (n: number): number => this.#shards.at(-1)!.kernel.pruning?.counter(n) ?? 0;
    return { blocks: counter(0), second: counter(1), far: counter(2), rows: counter(3) };
  }

  /** How many threads took part in the last search of those that threads are asked to help with. */
  get helped(): number {
    return this.#shards.at(-1)!.kernel.threads?.helped() ?? 0;
  }

  close(): void {
    this.#background.stop();
    for (const { kernel } of this.#shards) kernel.close();
  }

  get #learns(): boolean {
    return this.#shards[0]!.kernel.pruning !== undefined && this.dimensions >= LEAST_DIMENSIONS;
  }

  /** Into a memory that has the namespace, else into the last one; into a new one when these are full. */
  #put(id: number, namespace: string, vector: ArrayLike<number>, how: "add" | "addRow" = "add"): [Shard, Arena] {
    const last = this.#shards.at(-1)!;
    for (const shard of this.#shards) {
      const arena = shard.arena(namespace);
      if (shard !== last && (arena === undefined || arena.isFull || this.#leaving.has(shard))) continue;
      try {
        return [shard, shard[how](id, namespace, vector)];
      } catch (error) {
        const isFull = error instanceof MnemeError && error.code === "memory";
        if (!isFull || this.#shared || (shard === last && shard.size === 0)) throw error;
      }
    }
    const next = this.#newShard(last.kernel.width);
    const arena = next[how](id, namespace, vector);
    this.#shards.push(next);
    return [next, arena];
  }

  /** Refuses like a full memory where the runtime has no more of the kind: browsers allow so many. */
  #newShard(width = this.#options.width): Shard {
    const shard = new Shard(this.dimensions, { ...this.#options, width });
    if (shard.kernel.level !== this.level) throw outOfMemory(this.bytes);
    if (this.#basis !== undefined) shard.useBasis(this.#basis);
    return shard;
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
    for (const shard of this.#shards) {
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
    const [shard] = this.#shards.toSorted((a, b) => b.size - a.size);
    const wanted = Math.max(LEAST_SAMPLE, Math.min(MOST_SAMPLE, shard!.size / SAMPLED));
    const basis = yield* learn(shard!.kernel, shard!.sample(wanted));
    if (basis === 0) return;
    this.#take(shard!, basis);
    this.#told = false;
    yield* this.#codes ? this.#moveToCodes() : this.#coverAll();
  }

  /** A basis in the memory of one shard becomes that of all. */
  #take(shard: Shard, basis: number): void {
    const { kernel } = shard;
    this.#basis = kernel.read(basis, kernel.pruning!.basisBytes());
    shard.adopt(basis);
    for (const other of this.#shards) if (other !== shard) other.useBasis(this.#basis);
  }

  *#coverAll(): Generator<number, void> {
    for (const shard of [...this.#shards]) yield* shard.cover(LEAST_ROWS);
  }

  /** From memory that keeps rows to memory that keeps codes. */
  *#moveToCodes(): Generator<number, void> {
    const from = this.#shards.filter(({ kernel }) => kernel.width !== 0);
    if (from.length === 0) return;
    this.#shards.push(this.#newShard(0));
    yield* this.#move(from);
  }

  /** Every row of some memories, one by one, to where new ones go; then those memories go. */
  *#move(from: readonly Shard[]): Generator<number, void> {
    for (const shard of from) this.#leaving.add(shard);
    for (const shard of from) {
      for (const id of [...shard.ids()]) {
        if (!shard.has(id)) continue; // it was removed, or written anew elsewhere
        this.#put(id, shard.namespaceOf(id)!, shard.vector(id), "addRow");
        shard.remove(id);
        yield 140 * this.dimensions;
      }
      this.#drop(shard);
    }
  }

  /** There is always one. */
  #drop(shard: Shard): void {
    const at = this.#shards.indexOf(shard);
    if (at < 0 || this.#shards.length === 1) return;
    this.#shards.splice(at, 1);
    shard.kernel.close();
  }

  /** Memory that rows do not need any more. */
  #giveBack(shard: Shard): void {
    if (this.#background.busy || this.#shared) return; // rows may be on their way into a memory that has none yet
    if (this.size === 0) {
      if (this.bytes > EMPTY_IS_SMALL) this.#beginAnew();
      return;
    }
    for (const other of [...this.#shards]) if (other.size === 0) this.#drop(other);
    const { kernel, least } = shard;
    if (shard.size === 0 || kernel.width === 0) return; // codes cannot be made anew
    const needed = least * (kernel.width * this.dimensions + CODES);
    if (shard.bytes < SMALL || 2 * needed > shard.bytes) return;
    const next = this.#shardIfAny(kernel.width);
    if (next === undefined) return;
    this.#shards.push(next);
    this.#background.start(this.#move([shard]));
  }

  /** With one memory that has nothing in it. False when there is none to be had. */
  #beginAnew(): boolean {
    const next = this.#shardIfAny(this.#codes && this.#basis !== undefined ? 0 : undefined);
    if (next === undefined) return false;
    for (const { kernel } of this.#shards) kernel.close();
    this.#shards.splice(0, this.#shards.length, next);
    return true;
  }

  #shardIfAny(width?: Width): Shard | undefined {
    try {
      return this.#newShard(width);
    } catch {
      return undefined;
    }
  }
}
