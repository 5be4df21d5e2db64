import { MnemeError } from "../error.ts";
import { isExpired } from "../store/entry.ts";
import { eachStep, type Steps, step } from "../store/steps.ts";
import type { Store } from "../store/store.ts";
import type { VectorIndex } from "../vectors/vector-index.ts";
import { META } from "./meta.ts";
import { Scopes } from "./scopes.ts";

/** The vector index as a projection of the store. Another one may take its place while it is in use. */
export class Projection {
  readonly scopes: Scopes = new Scopes();
  readonly #store: Store;
  #index: VectorIndex;
  #added = 0;
  #removed = 0;
  /** An index that is being filled, and the ids that were written meanwhile: what the store is read for may be older. */
  #coming: { index: VectorIndex; written: Set<number>; problem?: unknown } | undefined;
  /** What the index learnt and the store has not got yet. */
  #learnt: string | undefined;

  constructor(store: Store, index: VectorIndex) {
    this.#store = store;
    this.#index = index;
  }

  /** The one that is searched. */
  get index(): VectorIndex {
    return this.#index;
  }

  /** How often an entry was added: unchanged, nothing that was read has been renewed since. */
  get added(): number {
    return this.#added;
  }

  /** How many rows were added and removed. */
  get changes(): number {
    return this.#added + this.#removed;
  }

  add(id: number, namespace: string, key: string, vector: Float32Array): void {
    this.#added++;
    this.scopes.add(id, namespace, key);
    this.#alsoComing([id], (index) => index.add(id, namespace, vector));
    this.#index.add(id, namespace, vector);
  }

  remove(id: number): void {
    this.scopes.remove(id);
    this.#alsoComing([id], (index) => index.remove(id));
    if (this.#index.remove(id)) this.#removed++;
  }

  clear(namespace?: string): void {
    this.scopes.clear(namespace);
    this.#alsoComing(this.#index.ids(namespace), (index) => index.clear(namespace));
    this.#removed += this.#index.size;
    this.#index.clear(namespace);
    this.#removed -= this.#index.size;
  }

  /** What was learnt another time spares learning; how many entries are to come, looking for them one by one. */
  *prepare(index: VectorIndex = this.#index): Steps<void> {
    const learnt = index.recall && (yield* step(this.#store.getMeta(META.learnt)));
    if (learnt !== undefined) index.recall?.(learnt);
    if (index.prepare !== undefined) yield* step(index.prepare(yield* step(this.#store.count())));
  }

  *keepLearnt(): Steps<void> {
    this.#learnt = this.#index.learnt?.() ?? this.#learnt;
    if (this.#learnt === undefined) return;
    yield* step(this.#store.setMeta(META.learnt, this.#learnt));
    this.#learnt = undefined;
  }

  /** Fills another index from the store, and searches that from then on. What is written meanwhile is written to both. */
  *replace(next: VectorIndex, now: number): Steps<void> {
    if (this.#coming !== undefined) {
      next.close?.();
      throw new MnemeError("conflict", "The index is being made anew already.", "Wait for that to end.");
    }
    const coming: { index: VectorIndex; written: Set<number>; problem?: unknown } = { index: next, written: new Set() };
    this.#coming = coming;
    try {
      yield* this.prepare(next);
      yield* eachStep(this.#store.scan({ fields: "vectors" }), (entry) => {
        const { id, namespace, vector } = entry;
        if (vector !== null && !isExpired(entry, now) && !coming.written.has(id)) next.add(id, namespace, vector);
      });
      if (coming.problem !== undefined) throw coming.problem;
    } catch (error) {
      next.close?.();
      throw error;
    } finally {
      this.#coming = undefined;
    }
    this.#index.close?.();
    this.#index = next;
  }

  close(): void {
    this.#index.clear();
    this.#index.close?.();
  }

  /** A failure there is none of the index that serves. */
  #alsoComing(ids: readonly number[], write: (index: VectorIndex) => void): void {
    if (this.#coming === undefined) return;
    for (const id of ids) this.#coming.written.add(id);
    try {
      write(this.#coming.index);
    } catch (error) {
      this.#coming.problem ??= error;
    }
  }
}
