import { MnemeError } from "../error.ts";
import { type Steps, step } from "../store/steps.ts";
import type { Nearby, NearestWanted, Store } from "../store/store.ts";
import type { VectorIndex } from "../vectors/vector-index.ts";

/** Stands where an index would be, and is empty: the store itself is searched. Nothing is read at opening, nothing kept up with. */
export class StoreIndex implements VectorIndex {
  readonly exact = false;
  readonly size = 0;
  readonly bytes = 0;
  readonly dimensions: number;
  readonly #store: Store;

  constructor(dimensions: number, store: Store) {
    this.dimensions = dimensions;
    this.#store = store;
  }

  /** Once the store is open: only then it may know whether it can. */
  checkStore(): void {
    if (this.#store.search !== undefined) return;
    throw new MnemeError(
      "unsupported",
      `The ${this.#store.name} store cannot be searched by meaning.`,
      'Use one that can, such as Postgres with pgvector, or leave "index" out.',
    );
  }

  *nearby(vector: Float32Array, wanted: NearestWanted): Steps<readonly Nearby[]> {
    return yield* step(this.#store.search!.nearest(vector, wanted));
  }

  add(): void {}
  clear(): void {}

  remove(): boolean {
    return false;
  }

  ids(): number[] {
    return [];
  }

  search(): never[] {
    return [];
  }
}
