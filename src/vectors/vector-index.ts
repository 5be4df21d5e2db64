import type { SharedMemory } from "../kernel/reader-kernel.ts";
import type { KernelLevel, Neighbour } from "../kernel/row-kernel.ts";

export { unit } from "../kernel/unit.ts";
export type { KernelLevel, Neighbour, SharedMemory };

/** The ids an answer may have; or whether one may be part of it, which is asked of rows that are near enough. */
export type Filter = ReadonlySet<number> | ((id: number) => boolean);

/** `filter` as a function. */
export function passes(filter: Filter): (id: number) => boolean {
  return typeof filter === "function" ? filter : (id) => filter.has(id);
}

/** A search under way: give it the rows it wants until it wants no more; then what it found is the answer. */
export interface RowsWanted {
  /** Ids whose rows are wanted next. */
  wanted(): readonly number[];
  /** The row of each of them, undefined where there is none any more. */
  give(ids: readonly number[], rows: readonly (ArrayLike<number> | null | undefined)[]): void;
  readonly found: readonly Neighbour[];
}

/**
 * Vectors of one namespace each, nearest out. A projection of the store: it can be rebuilt from it at any time. Vectors
 * come with length 1 and the right number of dimensions; ids are whole numbers from 1.
 */
export interface VectorIndex {
  readonly dimensions: number;
  readonly size: number;
  /** Memory held, spare room included. */
  readonly bytes: number;
  /** Whether answers are those of comparing every row. */
  readonly exact: boolean;
  /** How vectors are compared in this runtime, where it is the library's own kernel that does. */
  readonly level?: KernelLevel | undefined;
  /** A known id is overwritten, or moves to the namespace given. */
  add(id: number, namespace: string, vector: Float32Array): void;
  remove(id: number): boolean;
  ids(namespace?: string): number[];
  clear(namespace?: string): void;
  /** The best `k` of a namespace at or above `threshold` that pass `filter`, best first; equal ones in id order. */
  search(namespace: string, vector: Float32Array, k: number, threshold: number, filter?: Filter): Neighbour[];
  /** The same for many vectors, where that is sooner done at once. */
  searchMany?(namespace: string, vectors: readonly Float32Array[], k: number, threshold: number): Neighbour[][];
  /** Whether searching takes rows that the index does not hold. Then it is done by `begin`. */
  readonly needsRows?: boolean | undefined;
  begin?(namespace: string, vector: Float32Array, k: number, threshold: number, filter?: Filter): RowsWanted;
  /** So many rows are to come. */
  prepare?(rows: number): void | Promise<void>;
  /** What it learnt of its rows since this was asked last, to be kept for the next time. */
  learnt?(): string | undefined;
  /** Takes up what it learnt another time. Anything else is passed over. */
  recall?(learnt: string): void;
  /** All it holds, to be kept for the next time; undefined while that cannot be had. */
  pack?(): Uint8Array<ArrayBuffer> | undefined;
  /** Takes that up, while it has nothing of its own. False, and nothing has changed: these bytes are of no use to it. */
  unpack?(bytes: Uint8Array<ArrayBuffer>): boolean;
  /** Frees what garbage collection does not. */
  close?(): void;
}

/** Makes an empty index for vectors of so many dimensions. */
export type IndexFactory = (options: { dimensions: number }) => VectorIndex | Promise<VectorIndex>;
