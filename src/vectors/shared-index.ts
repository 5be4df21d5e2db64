import { argumentError, MnemeError } from "../error.ts";
import { ExactIndex } from "./exact-index.ts";
import type { ExactIndexOptions } from "./exact-options.ts";
import { type SharedMemory, SharedReader } from "./shared-reader.ts";
import type { Filter, KernelLevel, Neighbour, VectorIndex } from "./vector-index.ts";

/** An index that other threads may search; or what searches that of another thread, whose writer decided all about it. */
export function shareIndex(
  dimensions: number,
  writer: SharedMemory | undefined,
  index: unknown,
  options: ExactIndexOptions,
): VectorIndex {
  if (index !== "exact") {
    throw argumentError("index", "no other than the exact one where threads share it", index, "Leave it out.");
  }
  if (writer === undefined) return new ExactIndex(dimensions, { ...options, readers: true });
  for (const [name, given] of Object.entries(options)) {
    if (given !== undefined) throw argumentError(name, "nothing: the writer decides", given, "Give it to the writer.");
  }
  return new SharedIndex(dimensions, writer);
}

/**
 * The index of a cache in another thread, which alone writes it: here it is searched. It may be behind the store by what was
 * written since, or ahead of it.
 */
export class SharedIndex implements VectorIndex {
  readonly exact = true;
  readonly level: KernelLevel = "simd-shared";
  readonly dimensions: number;
  /** Its rows are counted and listed by the writer. */
  readonly size = 0;
  readonly #reader: SharedReader;

  constructor(dimensions: number, shared: SharedMemory) {
    if (typeof shared.memory?.grow !== "function") {
      const remedy = "It holds memory, which JSON does not carry: post it to the thread as it is.";
      throw argumentError("mode", "what `share` of a cache gave", shared, remedy);
    }
    if (shared.dimensions !== dimensions) {
      const problem = `The shared index has ${shared.dimensions} dimensions, the embedder ${dimensions}.`;
      throw new MnemeError("dimension", problem, "Give the embedder that the writer has.");
    }
    this.dimensions = dimensions;
    this.#reader = new SharedReader(shared);
  }

  /** Of the memory that all threads share. */
  get bytes(): number {
    return this.#reader.bytes;
  }

  search(namespace: string, vector: Float32Array, k: number, threshold: number, filter?: Filter): Neighbour[] {
    return this.#reader.search(namespace, vector, k, threshold, filter);
  }

  /** Of two vectors, as a search computes it: what was found may have been written anew since. */
  similarity(left: Float32Array, right: Float32Array): number {
    return this.#reader.similarity(left, right);
  }

  // The writer does what changes it.

  add(): void {}

  remove(): boolean {
    return false;
  }

  ids(): number[] {
    return [];
  }

  clear(): void {}

  close(): void {
    this.#reader.close();
  }
}
