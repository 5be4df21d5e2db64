import { rowsModule } from "#kernel-modules";
import { argumentError, MnemeError } from "../error.ts";
import type { KernelExports } from "./exports.ts";
import { scalarKernel } from "./scalar.ts";
import { checkLength, noDirection } from "./unit.ts";

/** How a kernel computes, fastest first. Answers are the same, bit for bit. */
export type KernelLevel = "simd-shared" | "simd" | "scalar";

/** Whether an entry may be part of an answer. Asked only of rows that are near enough. */
export type Asked = (id: number) => boolean;

export interface Neighbour {
  readonly id: number;
  /** Cosine similarity. Rounding may carry it just past ±1. */
  readonly similarity: number;
}

/** Bytes a number: float32, float16, int8, or none, where the store keeps the rows. */
export type Width = 4 | 2 | 1 | 0;

/** Where a kernel runs. */
export interface Instance {
  readonly level: KernelLevel;
  readonly exports: KernelExports;
  /** What it asks while a search has a filter. */
  readonly asked: { filter: Asked };
}

/** 64 KiB of float32: far above any model, far below what would overflow a block's address arithmetic. */
export const MAX_DIMENSIONS = 16384;

/**
 * One kernel instance and its memory, for vectors of one length; it scores every row. This file and kernel.ts alone know
 * about typed views: growth detaches them, so they are made anew whenever the memory's buffer has changed.
 */
export class RowKernel {
  readonly level: KernelLevel;
  readonly dimensions: number;
  readonly width: Width;
  readonly maxResults: number;
  readonly blockRows: number;
  protected readonly exports: KernelExports;
  readonly #asked: { filter: Asked };
  /** Bytes into a block at which its ids begin. */
  readonly #idsAt: number;
  #f32: Float32Array = new Float32Array();
  #f64: Float64Array = new Float64Array();

  constructor(dimensions: number, instance: Instance = smallInstance(), width: Width = 4, most = 2 ** 32) {
    if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > MAX_DIMENSIONS) {
      throw argumentError(
        "dimensions",
        `a whole number from 1 to ${MAX_DIMENSIONS}`,
        dimensions,
        "Give the length of the vectors your embedder returns.",
      );
    }
    if (!instance.exports.open(dimensions, width, most)) throw outOfMemory(0);
    this.level = instance.level;
    this.dimensions = dimensions;
    this.width = width;
    this.exports = instance.exports;
    this.maxResults = this.exports.maxResults();
    this.#asked = instance.asked;
    this.blockRows = this.exports.blockRows();
    this.#idsAt = this.exports.idAt(0);
  }

  /** Bytes of memory the kernel holds, spare room included. */
  get bytes(): number {
    return this.exports.memory.buffer.byteLength;
  }

  /** The vector at length 1, as a copy. Refuses one that has no direction. */
  normalise(vector: ArrayLike<number>): Float32Array {
    return this.readFloats(this.load(vector), this.dimensions);
  }

  /** Copies a vector into the query row and normalises it there; returns where. Refuses what `normalise` does. */
  load(vector: ArrayLike<number>): number {
    checkLength(vector, this.dimensions);
    const at = this.exports.query() >>> 0;
    this.views().set(vector, at >>> 2);
    if (this.exports.normalise(at) !== 0) throw noDirection(vector);
    return at;
  }

  /** The same of the numbers of a row, which are taken as they are: those of float16 and int8 rows have other lengths too. */
  loadRow(row: ArrayLike<number>): number {
    const at = this.exports.query() >>> 0;
    this.views().set(row, at >>> 2);
    return at;
  }

  /** Adds a block of vacant slots after `tail`, the last block of a chain (0: a new one, of which it is the head). */
  growChain(tail: number, chain = 0): number {
    const block = this.exports.growChain(tail, chain) >>> 0;
    if (block === 0) throw outOfMemory(this.bytes);
    return block;
  }

  /** The slots of a block, by lane. */
  slots(block: number): number[] {
    return Array.from({ length: this.blockRows }, (_, lane) => this.exports.slot(block, lane) >>> 0);
  }

  /** The id that was placed in a slot last. */
  idOf(slot: number): number {
    this.views();
    return this.#f64[((slot >>> 6) << 3) + (this.#idsAt >>> 3) + (slot & 63)]!;
  }

  dropChain(head: number): void {
    this.exports.dropChain(head);
  }

  /** Writes the vector that was loaded last into a slot. No search sees it before it is placed. */
  write(slot: number): void {
    if (this.width !== 0) this.exports.storeRow(this.exports.query(), this.exports.row(slot));
  }

  place(slot: number, id: number): void {
    this.exports.place(slot, id);
  }

  vacate(slot: number): void {
    this.exports.vacate(slot);
  }

  /** The float32 numbers of a slot's row; good until the next one is asked for. */
  floats(slot: number): number {
    return this.exports.widened(this.exports.row(slot)) >>> 0;
  }

  /** A slot's row in float32, as a copy. */
  vector(slot: number): Float32Array {
    return this.readFloats(this.floats(slot), this.dimensions);
  }

  readFloats(at: number, count: number): Float32Array {
    return this.views().slice(at >>> 2, (at >>> 2) + count);
  }

  /**
   * The best `k` of a chain at or above `threshold` that `filter` lets pass, best first; equal ones in id order.
   */
  scan(head: number, vector: ArrayLike<number>, k: number, threshold: number, filter?: Asked): Neighbour[] {
    return this.inTurns(k, filter, (k, filter) => {
      this.load(vector);
      this.begin(k, threshold, filter);
      this.exports.scan(head);
      return this.results();
    });
  }

  /** There is room for so many results; who wants more gets them in turns, each without those there are. */
  protected inTurns(
    k: number,
    filter: Asked | undefined,
    search: (k: number, filter: Asked | undefined) => Neighbour[],
  ): Neighbour[] {
    const found = search(k, filter);
    if (k <= this.maxResults) return found;
    const known = new Set<number>();
    for (let last = found; last.length === this.maxResults && found.length < k; ) {
      for (const { id } of last) known.add(id);
      last = search(k - found.length, (id) => !known.has(id) && (filter?.(id) ?? true));
      found.push(...last);
    }
    return found;
  }

  protected begin(k: number, threshold: number, filter: Asked | undefined, begin = this.exports.begin): void {
    if (filter !== undefined) this.#asked.filter = filter;
    begin(Math.max(0, Math.min(k, this.maxResults)), threshold, filter !== undefined);
  }

  protected results(): Neighbour[] {
    const f32 = this.views();
    const ids = this.exports.resultIds() >>> 3;
    const scores = this.exports.resultScores() >>> 2;
    return Array.from({ length: this.exports.found() }, (_, place) => ({
      id: this.#f64[ids + place]!,
      similarity: f32[scores + place]!,
    }));
  }

  protected views(): Float32Array {
    const { buffer } = this.exports.memory;
    if (this.#f32.buffer !== buffer) {
      this.#f32 = new Float32Array(buffer);
      this.#f64 = new Float64Array(buffer);
    }
    return this.#f32;
  }
}

/** The small kernel, as fast as this runtime lets it be. */
function smallInstance(): Instance {
  const asked: Instance["asked"] = { filter: () => true };
  const allowed = (id: number): boolean => asked.filter(id);
  const module = rowsModule();
  try {
    if (module !== undefined) {
      const { exports } = new WebAssembly.Instance(module, { results: { allowed } });
      return { level: "simd", exports: exports as unknown as KernelExports, asked };
    }
  } catch {
    // It may be compiled here and not be run: then as if it could not be compiled.
  }
  return { level: "scalar", exports: scalarKernel(allowed), asked };
}

export function outOfMemory(bytes: number): MnemeError {
  return new MnemeError(
    "memory",
    `The vector index cannot grow past the ${Math.round(bytes / 2 ** 20)} MiB it holds.`,
    "Set a limit on entries, or spread them over several caches.",
  );
}
