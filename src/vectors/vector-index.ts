import type { KernelLevel, Neighbour } from "../kernel/kernel.ts";

export type { KernelLevel, Neighbour };

/** Vectors of one namespace each, nearest out. A projection of the store: it can be rebuilt from it at any time. */
export interface VectorIndex {
  readonly dimensions: number;
  readonly level: KernelLevel;
  readonly size: number;
  /** Memory held, spare room included. */
  readonly bytes: number;
  /** The vector at length 1, as it is compared and stored; refuses one of another length or without a direction. */
  normalise(vector: ArrayLike<number>): Float32Array;
  /** A known id is overwritten in place, or moves to the namespace given. */
  add(id: number, namespace: string, vector: ArrayLike<number>): void;
  remove(id: number): boolean;
  ids(namespace?: string): number[];
  clear(namespace?: string): void;
  /** The best `k` of a namespace at or above `threshold`, best first; equal ones in id order. */
  search(namespace: string, vector: ArrayLike<number>, k: number, threshold: number): Neighbour[];
}
