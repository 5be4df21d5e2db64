import { argumentError, MnemeError } from "../error.ts";
import type { KernelExports, PruningExports, ThreadExports } from "./exports.ts";
import { type Asked, instantiate, type KernelInstance, type KernelLevel } from "./instance.ts";
import { checkLength, noDirection } from "./unit.ts";

export type { Asked, KernelLevel };

export interface Neighbour {
  readonly id: number;
  /** Cosine similarity. Rounding may carry it just past ±1. */
  readonly similarity: number;
}

/** A row whose numbers lie elsewhere, and at least its similarity. */
export interface Candidate {
  readonly id: number;
  readonly atMost: number;
}

/** Bytes a number: float32, float16, int8, or none, where the store keeps the rows. */
export type Width = 4 | 2 | 1 | 0;

export interface KernelOptions {
  /** The best level wanted. Default "simd". */
  level?: KernelLevel | undefined;
  width?: Width | undefined;
  /** Memory never grows past so many bytes. */
  most?: number | undefined;
}

/** Searches in one pass: what they work with is 66 KiB each, and kept. */
const AT_ONCE = 32;

/** 64 KiB of float32: far above any model, far below what would overflow a block's address arithmetic. */
export const MAX_DIMENSIONS = 16384;

/**
 * One kernel instance and its memory, for vectors of one length. This is the only file that knows about typed views:
 * growth detaches them, so they are made anew whenever the memory's buffer has changed.
 */
export class Kernel {
  readonly level: KernelLevel;
  readonly dimensions: number;
  readonly width: Width;
  readonly maxResults: number;
  readonly blockRows: number;
  /** What a compiled kernel can besides. */
  readonly pruning: PruningExports | undefined;
  /** What one can whose memory is shared. */
  readonly threads: ThreadExports | undefined;
  readonly #instance: KernelInstance;
  readonly #exports: KernelExports;
  /** Bytes into a block at which its ids begin. */
  readonly #idsAt: number;
  /** Of searches besides the one at a time: their contexts. */
  readonly #contexts: number[] = [];
  #f32: Float32Array = new Float32Array();
  #f64: Float64Array = new Float64Array();

  constructor(dimensions: number, { level = "simd", width = 4, most = 2 ** 32 }: KernelOptions = {}) {
    if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > MAX_DIMENSIONS) {
      throw argumentError(
        "dimensions",
        `a whole number from 1 to ${MAX_DIMENSIONS}`,
        dimensions,
        "Give the length of the vectors your embedder returns.",
      );
    }
    const instance = instantiate(level);
    if (!instance.exports.open(dimensions, width, most)) throw outOfMemory(0);
    this.level = instance.level;
    this.dimensions = dimensions;
    this.width = width;
    this.#instance = instance;
    this.#exports = instance.exports;
    this.maxResults = this.#exports.maxResults();
    this.blockRows = this.#exports.blockRows();
    this.#idsAt = this.#exports.idAt(0);
    this.pruning = instance.pruning;
    this.threads = instance.threads;
    if (this.pruning !== undefined) this.#contexts.push(this.pruning.context() >>> 0);
  }

  /** Bytes of memory the kernel holds, spare room included. */
  get bytes(): number {
    return this.#exports.memory.buffer.byteLength;
  }

  /** The vector at length 1, as a copy. Refuses one that has no direction. */
  normalise(vector: ArrayLike<number>): Float32Array {
    return this.readFloats(this.load(vector), this.dimensions);
  }

  /** Copies a vector into the query row and normalises it there; returns where. Refuses what `normalise` does. */
  load(vector: ArrayLike<number>): number {
    checkLength(vector, this.dimensions);
    const at = this.#exports.query() >>> 0;
    this.#floats().set(vector, at >>> 2);
    if (this.#exports.normalise(at) !== 0) throw noDirection(vector);
    return at;
  }

  /** The same of the numbers of a row, which are taken as they are: those of float16 and int8 rows have other lengths too. */
  loadRow(row: ArrayLike<number>): number {
    const at = this.#exports.query() >>> 0;
    this.#floats().set(row, at >>> 2);
    return at;
  }

  /** Adds a block of vacant slots after `tail`, the last block of a chain (0: a new one, of which it is the head). */
  growChain(tail: number, chain = 0): number {
    const block = this.#exports.growChain(tail, chain) >>> 0;
    if (block === 0) throw outOfMemory(this.bytes);
    return block;
  }

  /** The slots of a block, by lane. */
  slots(block: number): number[] {
    return Array.from({ length: this.blockRows }, (_, lane) => this.#exports.slot(block, lane) >>> 0);
  }

  /** The float32 numbers of a slot's row; good until the next one is asked for. */
  floats(slot: number): number {
    return this.#exports.widened(this.#exports.row(slot)) >>> 0;
  }

  /** The number its chain was given. */
  chainOf(slot: number): number {
    return this.#exports.chainOf(slot);
  }

  /** The place of its block in the chain. */
  placeOf(slot: number): number {
    return this.#exports.placeOf(slot);
  }

  /** The id that was placed in a slot last. */
  idOf(slot: number): number {
    this.#floats();
    return this.#f64[((slot >>> 6) << 3) + (this.#idsAt >>> 3) + (slot & 63)]!;
  }

  dropChain(head: number): void {
    this.#exports.dropChain(head);
  }

  /** Writes the vector that was loaded last into a slot. No search sees it before it is placed. */
  write(slot: number): void {
    if (this.width !== 0) this.#exports.storeRow(this.#exports.query(), this.#exports.row(slot));
  }

  place(slot: number, id: number): void {
    this.#exports.place(slot, id);
  }

  vacate(slot: number): void {
    this.#exports.vacate(slot);
  }

  /** The record by which other threads find the chain of a name. */
  newRecord(name: string): number {
    const record = this.threads!.newRecord(name.length) >>> 0;
    if (record === 0) throw outOfMemory(this.bytes);
    const units = new Uint16Array(this.#exports.memory.buffer, this.threads!.nameAt(record) >>> 0, name.length);
    for (let i = 0; i < name.length; i++) units[i] = name.charCodeAt(i);
    this.threads!.listRecord(record);
    return record;
  }

  /** The bytes at an address, as a copy. */
  read(at: number, bytes: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#exports.memory.buffer).slice(at, at + bytes);
  }

  fill(at: number, bytes: Uint8Array): void {
    new Uint8Array(this.#exports.memory.buffer).set(bytes, at);
  }

  /** A slot's row in float32, as a copy. */
  vector(slot: number): Float32Array {
    return this.readFloats(this.floats(slot), this.dimensions);
  }

  readFloats(at: number, count: number): Float32Array {
    return this.#floats().slice(at >>> 2, (at >>> 2) + count);
  }

  writeFloats(at: number, floats: Float32Array): void {
    this.#floats().set(floats, at >>> 2);
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
    this.load(vector);
    this.#begin(k, threshold, filter);
    if (planes === 0 || this.pruning!.prunedScan(planes) < 0) this.#exports.scan(head);
    return this.#found();
  }

  /** The same of some slots alone. */
  searchSlots(slots: Iterable<number>, vector: ArrayLike<number>, k: number, threshold: number): Neighbour[] {
    this.load(vector);
    this.#begin(k, threshold, undefined);
    if (k > 0) for (const slot of slots) this.#exports.look(slot);
    return this.#found();
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
        this.#begin(k, threshold, undefined);
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
        return this.#found();
      });
    } finally {
      pruning.choose(this.#contexts[0]!);
    }
  }

  /**
   * Of planes whose rows lie elsewhere: all that may reach `threshold`, the most promising first. The exact similarity of
   * each is at most what is said.
   */
  candidates(planes: number, vector: ArrayLike<number>, threshold: number): Candidate[] {
    const pruning = this.pruning!;
    this.load(vector);
    this.#begin(1, threshold, undefined);
    if (!pruning.prepare(planes)) throw outOfMemory(this.bytes);
    const found: Candidate[] = [];
    for (let section = planes; section !== 0; section = pruning.nextSection(section) >>> 0) {
      const count = pruning.gather(section);
      const words = new Int32Array(this.#exports.memory.buffer, pruning.candidates() >>> 0, 4 * count);
      for (let at = 0; at < words.length; at += 4) {
        const id = pruning.idOf(words[at + 2]!); // 0 of a row that has gone, whose slot may still say its id
        if (id !== 0) found.push({ id, atMost: pruning.mostScore(words[at]!) });
      }
    }
    return found.sort((a, b) => b.atMost - a.atMost || a.id - b.id);
  }

  /** Of two vectors, as a search computes it. */
  similarity(left: ArrayLike<number>, right: ArrayLike<number>): number {
    const copy = this.normalise(left);
    const query = this.load(right);
    const wide = query + this.#exports.rowBytes(); // the row to work on lies behind the query
    this.#floats().fill(0, wide >>> 2, (wide + this.#exports.rowBytes()) >>> 2);
    this.#floats().set(copy, wide >>> 2);
    return this.#exports.dot(query, wide);
  }

  #begin(k: number, threshold: number, filter: Asked | undefined): void {
    if (filter !== undefined) this.#instance.asked.filter = filter;
    this.#exports.begin(Math.max(0, Math.min(k, this.maxResults)), threshold, filter !== undefined);
  }

  #found(): Neighbour[] {
    const f32 = this.#floats();
    const ids = this.#exports.resultIds() >>> 3;
    const scores = this.#exports.resultScores() >>> 2;
    return Array.from({ length: this.#exports.found() }, (_, place) => ({
      id: this.#f64[ids + place]!,
      similarity: f32[scores + place]!,
    }));
  }

  /** Contexts for so many searches at once, or as many as memory has room for; the first is that of searches one at a time. */
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

  #floats(): Float32Array {
    const { buffer } = this.#exports.memory;
    if (this.#f32.buffer !== buffer) {
      this.#f32 = new Float32Array(buffer);
      this.#f64 = new Float64Array(buffer);
    }
    return this.#f32;
  }
}

export function outOfMemory(bytes: number): MnemeError {
  return new MnemeError(
    "memory",
    `The vector index cannot grow past the ${Math.round(bytes / 2 ** 20)} MiB it holds.`,
    "Set a limit on entries, or spread them over several caches.",
  );
}
