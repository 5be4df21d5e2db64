import { kernelModule } from "#kernel-modules";
import { argumentError, MnemeError } from "../error.ts";
import type { KernelExports } from "./exports.ts";
import type { PruningExports } from "./pruning.ts";
import { scalarKernel } from "./scalar.ts";
import { checkLength, noDirection } from "./unit.ts";

/** How a kernel computes, fastest first. Answers are the same, bit for bit. */
export type KernelLevel = "simd-shared" | "simd" | "scalar";

export interface Neighbour {
  readonly id: number;
  /** Cosine similarity, −1…1. */
  readonly similarity: number;
}

/** 64 KiB of float32: far above any model, far below what would overflow a block's address arithmetic. */
export const MAX_DIMENSIONS = 16384;

/**
 * One kernel instance and its memory, for vectors of one length. This is the only file that knows about typed views:
 * growth detaches them, so they are made anew whenever the memory's buffer has changed.
 */
export class Kernel {
  readonly level: KernelLevel;
  readonly dimensions: number;
  readonly maxResults: number;
  /** What a compiled kernel can besides. */
  readonly pruning: PruningExports | undefined;
  readonly #exports: KernelExports;
  #f32: Float32Array = new Float32Array();
  #f64: Float64Array = new Float64Array();

  /** Opens the best level this runtime has, at most `wish`. */
  constructor(dimensions: number, wish: KernelLevel = "simd") {
    if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > MAX_DIMENSIONS) {
      throw argumentError(
        "dimensions",
        `a whole number from 1 to ${MAX_DIMENSIONS}`,
        dimensions,
        "Give the length of the vectors your embedder returns.",
      );
    }
    const [level, exports] = instantiate(wish);
    if (!exports.open(dimensions)) throw outOfMemory(0);
    this.level = level;
    this.dimensions = dimensions;
    this.maxResults = exports.maxResults();
    this.#exports = exports;
    this.pruning = "prunedScan" in exports ? (exports as KernelExports & PruningExports) : undefined;
  }

  /** Bytes of memory the kernel holds, spare room included. */
  get bytes(): number {
    return this.#exports.memory.buffer.byteLength;
  }

  /** The vector at length 1, as a copy. Refuses one that has no direction. */
  normalise(vector: ArrayLike<number>): Float32Array {
    const at = this.load(vector);
    return this.#floats().slice(at, at + this.dimensions);
  }

  /** Copies a vector into the query row and normalises it there; returns where, in floats. Refuses what `normalise` does. */
  load(vector: ArrayLike<number>): number {
    checkLength(vector, this.dimensions);
    const at = this.#exports.query() >>> 2;
    this.#floats().set(vector, at);
    if (this.#exports.normalise(this.#exports.query()) !== 0) throw noDirection(vector);
    return at;
  }

  /** Adds a block of vacant slots after `tail`, the last block of a chain (0: a new one, of which it is the head). */
  growChain(tail: number): number {
    const block = this.#exports.growChain(tail) >>> 0;
    if (block === 0) throw outOfMemory(this.bytes);
    return block;
  }

  /** The slots of a block, by lane. */
  slots(block: number): number[] {
    return Array.from({ length: this.#exports.blockRows() }, (_, lane) => this.#exports.slot(block, lane) >>> 0);
  }

  /** Where a slot's row lies. */
  row(slot: number): number {
    return this.#exports.row(slot) >>> 0;
  }

  dropChain(head: number): void {
    this.#exports.dropChain(head);
  }

  /** Stores the vector that was loaded last. */
  write(slot: number, id: number): void {
    const from = this.#exports.query() >>> 2;
    this.#floats().copyWithin(this.#exports.row(slot) >>> 2, from, from + this.dimensions);
    this.#exports.place(slot, id);
  }

  vacate(slot: number): void {
    this.#exports.vacate(slot);
  }

  /** The best `k` of a chain at or above `threshold`, best first; equal ones in id order. With planes that cover it, sooner. */
  search(head: number, vector: ArrayLike<number>, k: number, threshold: number, planes = 0): Neighbour[] {
    this.load(vector);
    const most = Math.min(k, this.maxResults);
    const found =
      planes === 0 ? this.#exports.scan(head, most, threshold) : this.pruning!.prunedScan(planes, most, threshold);
    const f32 = this.#floats();
    const ids = this.#exports.resultIds() >>> 3;
    const scores = this.#exports.resultScores() >>> 2;
    return Array.from({ length: found }, (_, place) => ({
      id: this.#f64[ids + place]!,
      // Rounding may carry a float32 dot product of unit vectors just past ±1.
      similarity: Math.max(-1, Math.min(1, f32[scores + place]!)),
    }));
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

function instantiate(wish: KernelLevel): [KernelLevel, KernelExports] {
  for (const level of ["simd-shared", "simd"] as const) {
    if (wish === "scalar" || (wish === "simd" && level !== wish)) continue;
    const module = kernelModule(level);
    if (module === undefined) continue;
    try {
      const imports = level === "simd-shared" ? { env: { memory: sharedMemory() } } : {};
      return [level, new WebAssembly.Instance(module, imports).exports as unknown as KernelExports];
    } catch {
      // No shared memory in this context, or none of the size the module declares: the next level needs less.
    }
  }
  return ["scalar", scalarKernel()];
}

/** The limits the module's import declares (asconfig.json): an engine refuses others, so they cannot drift unnoticed. */
function sharedMemory(): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
}

function outOfMemory(bytes: number): MnemeError {
  return new MnemeError(
    "memory",
    `The vector index cannot grow past the ${Math.round(bytes / 2 ** 20)} MiB it holds.`,
    "Set a limit on entries, or spread them over several caches.",
  );
}
