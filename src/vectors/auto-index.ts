import { turn } from "./background.ts";
import type { Filter, IndexFactory, KernelLevel, Neighbour, RowsWanted, VectorIndex } from "./vector-index.ts";

/** Searches between two decisions; of so many the median time counts. */
const WINDOW = 256;
/** Rows in a turn: a graph takes a millisecond or more for each. */
const TURN_ROWS = 8;

export interface StoredRow {
  id: number;
  namespace: string;
  vector: Float32Array | null;
}

export interface AutoOptions {
  /** Makes the exact index. */
  exact: (dimensions: number) => VectorIndex;
  /** Makes the approximate index. */
  auto: IndexFactory;
  /** Rows up to which the exact index serves, whatever it takes; it does again below half of them. */
  above: number;
  /** The median search time, in milliseconds, from which on the exact index is too slow. */
  latencyMs: number;
  /** All there are. Asked when the other index is to be filled. */
  rows: () => AsyncIterable<StoredRow> | Iterable<StoredRow>;
  /** Told when the index serving has changed, or could not be. */
  onChange?: (index: VectorIndex, error?: unknown) => void;
  /** Milliseconds. */
  timer?: () => number;
}

/**
 * Exact until there are many rows and searching them takes too long; then approximate. The other index is filled between
 * other things, from the store, and takes part in every change meanwhile; the one there is serves until it is complete.
 */
export class AutoIndex implements VectorIndex {
  readonly dimensions: number;
  readonly #options: AutoOptions;
  readonly #timer: () => number;
  #serving: VectorIndex;
  #next: VectorIndex | undefined;
  /** Rows that the next index has still to get from the store. */
  #missing = new Set<number>();
  /** Set while there is a change under way. */
  #change: Promise<void> | undefined;
  #times: number[] = [];
  /** After a failure more searches are let pass before the next attempt. */
  #window = WINDOW;
  #closed = false;

  constructor(dimensions: number, options: AutoOptions) {
    this.dimensions = dimensions;
    this.#options = options;
    this.#timer = options.timer ?? (() => performance.now());
    this.#serving = options.exact(dimensions);
  }

  get size(): number {
    return this.#serving.size;
  }

  get bytes(): number {
    return this.#serving.bytes + (this.#next?.bytes ?? 0);
  }

  get exact(): boolean {
    return this.#serving.exact;
  }

  get level(): KernelLevel | undefined {
    return this.#serving.level;
  }

  add(id: number, namespace: string, vector: Float32Array): void {
    this.#serving.add(id, namespace, vector);
    this.#both([id], (next) => next.add(id, namespace, vector));
  }

  remove(id: number): boolean {
    this.#both([id], (next) => next.remove(id));
    return this.#serving.remove(id);
  }

  ids(namespace?: string): number[] {
    return this.#serving.ids(namespace);
  }

  clear(namespace?: string): void {
    this.#both(this.ids(namespace), (next) => next.clear(namespace));
    this.#serving.clear(namespace);
  }

  search(namespace: string, vector: Float32Array, k: number, threshold: number, filter?: Filter): Neighbour[] {
    const start = this.#timer();
    const found = this.#serving.search(namespace, vector, k, threshold, filter);
    if (this.#times.push(this.#timer() - start) >= this.#window) this.#decide();
    return found;
  }

  get needsRows(): boolean {
    return this.#serving.needsRows ?? false;
  }

  begin(namespace: string, vector: Float32Array, k: number, threshold: number, filter?: Filter): RowsWanted {
    return this.#serving.begin!(namespace, vector, k, threshold, filter);
  }

  learnt(): string | undefined {
    return this.#serving.learnt?.();
  }

  recall(learnt: string): void {
    this.#serving.recall?.(learnt);
  }

  close(): void {
    this.#closed = true;
    this.#drop();
    this.#serving.clear();
    this.#serving.close?.();
  }

  /** Resolves when no change is under way. */
  async settle(): Promise<void> {
    await this.#change;
  }

  #decide(): void {
    const median = this.#times.sort((a, b) => a - b)[this.#times.length >> 1]!;
    this.#times = [];
    const { exact, auto, above, latencyMs } = this.#options;
    if (this.#change !== undefined) return;
    if (this.exact ? this.size <= above || median < latencyMs : 2 * this.size >= above) return;
    this.#change = this.#changeTo(this.exact ? auto : () => exact(this.dimensions)).finally(() => {
      this.#change = undefined;
    });
  }

  async #changeTo(make: IndexFactory): Promise<void> {
    let next: VectorIndex | undefined;
    try {
      next = await make({ dimensions: this.dimensions });
      if (this.#closed) return next.close?.();
      this.#next = next;
      this.#missing = new Set(this.ids());
      let rows = 0;
      for await (const { id, namespace, vector } of this.#options.rows()) {
        if (this.#next !== next) return;
        // What was added or removed meanwhile is there already; what the store alone has, it will tell of.
        if (this.#missing.delete(id) && vector !== null) next.add(id, namespace, vector);
        if (++rows % TURN_ROWS === 0) await turn();
      }
      if (this.#next !== next) return;
      this.#next = this.#serving; // to be dropped
      this.#serving = next;
      this.#drop();
      this.#window = WINDOW;
      this.#options.onChange?.(this);
    } catch (error) {
      if (!this.#closed && this.#next === next) this.#giveUp(error);
    }
  }

  /** A change of the next index, too, which must not cost the one serving. */
  #both(ids: readonly number[], change: (next: VectorIndex) => void): void {
    if (this.#next === undefined) return;
    for (const id of ids) this.#missing.delete(id);
    try {
      change(this.#next);
    } catch (error) {
      this.#giveUp(error);
    }
  }

  #giveUp(error: unknown): void {
    this.#drop();
    this.#window *= 2;
    this.#options.onChange?.(this, error);
  }

  #drop(): void {
    this.#next?.clear();
    this.#next?.close?.();
    this.#next = undefined;
    this.#missing.clear();
  }
}
