import { ReaderKernel, type SharedMemory } from "../kernel/reader-kernel.ts";
import { told } from "./answer.ts";
import { type Filter, type Neighbour, passes } from "./vector-index.ts";

export type { SharedMemory };

/**
 * Searches, in another thread, an index that one thread writes: without copying, and without waiting. What it finds is what
 * scoring every row of one version of the index would give, the one that was there when the search began.
 */
export class SharedReader {
  readonly #kernel: ReaderKernel;

  /** Takes what `share` of the index gave; once. */
  constructor(shared: SharedMemory) {
    this.#kernel = new ReaderKernel(shared);
  }

  search(namespace: string, vector: ArrayLike<number>, k: number, threshold: number, filter?: Filter): Neighbour[] {
    return told(this.#kernel.searchName(namespace, vector, k, threshold, filter && passes(filter)));
  }

  /**
   * The version of the index that the last search saw: every change makes a new one. Two searches that saw the same one saw
   * the same rows; a later search never sees an earlier one.
   */
  get version(): number {
    return this.#kernel.version;
  }

  /** Of two vectors, as a search computes it. */
  similarity(left: ArrayLike<number>, right: ArrayLike<number>): number {
    return this.#kernel.similarity(left, right);
  }

  /** Of the memory that it searches, which is the index's. */
  get bytes(): number {
    return this.#kernel.bytes;
  }

  close(): void {
    this.#kernel.leave();
  }
}
