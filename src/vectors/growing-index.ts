import { before } from "./answer.ts";
import { Background } from "./background.ts";
import { SmallIndex } from "./small-index.ts";
import type { Filter, KernelLevel, Neighbour, VectorIndex } from "./vector-index.ts";

/** More rows than this are worth what it costs to fetch the engine that passes rows over. */
const MANY = 1024;
/** Moving a row costs about what so many multiplications do, for each of its numbers. */
const MOVING = 150;

interface Engine {
  readonly ExactIndex: new (dimensions: number) => VectorIndex;
}

/**
 * Scores every row while there are few. When there are many it has the engine fetched that passes rows over, and moves them
 * there between other things. Both find the same.
 */
export class GrowingIndex implements VectorIndex {
  readonly exact = true;
  readonly dimensions: number;
  readonly #load: () => Engine | PromiseLike<Engine>;
  readonly #background = new Background();
  #small: SmallIndex | undefined;
  #large: VectorIndex | undefined;
  #loading: Promise<void> | undefined;
  #asked = false;
  #learnt: string | undefined;

  constructor(dimensions: number, load: () => Engine | PromiseLike<Engine>) {
    this.dimensions = dimensions;
    this.#load = load;
    this.#small = new SmallIndex(dimensions);
  }

  get level(): KernelLevel | undefined {
    return (this.#small ?? this.#large)?.level;
  }

  get size(): number {
    return this.#parts.reduce((sum, { size }) => sum + size, 0);
  }

  get bytes(): number {
    return this.#parts.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  add(id: number, namespace: string, vector: Float32Array): void {
    if (this.#large === undefined) {
      this.#small!.add(id, namespace, vector);
      this.prepare(this.#small!.size);
    } else {
      this.#large.add(id, namespace, vector);
      this.#small?.remove(id);
    }
  }

  remove(id: number): boolean {
    return this.#parts.some((part) => part.remove(id));
  }

  ids(namespace?: string): number[] {
    return this.#parts.flatMap((part) => part.ids(namespace));
  }

  clear(namespace?: string): void {
    for (const part of this.#parts) part.clear(namespace);
  }

  search(namespace: string, vector: Float32Array, k: number, threshold: number, filter?: Filter): Neighbour[] {
    const [first, second] = this.#parts.map((part) => part.search(namespace, vector, k, threshold, filter));
    return second === undefined ? first! : [...first!, ...second].sort(before).slice(0, k);
  }

  searchMany(namespace: string, vectors: readonly Float32Array[], k: number, threshold: number): Neighbour[][] {
    if (this.#small === undefined && this.#large?.searchMany !== undefined) {
      return this.#large.searchMany(namespace, vectors, k, threshold);
    }
    return vectors.map((vector) => this.search(namespace, vector, k, threshold));
  }

  learnt(): string | undefined {
    return this.#large?.learnt?.();
  }

  recall(learnt: string): void {
    this.#learnt = learnt;
  }

  /** So many rows are to come. Where the engine cannot be fetched every row is scored, as before. */
  prepare(rows: number): void | Promise<void> {
    if (rows <= MANY || this.level === "scalar" || this.#asked) return this.#loading;
    this.#asked = true;
    const engine = this.#load();
    if (!("then" in engine)) return this.#grow(engine);
    this.#loading = Promise.resolve(engine).then(
      (engine) => this.#grow(engine),
      () => {},
    );
    return this.#loading;
  }

  /** Does now what would be done between other things. */
  async settle(): Promise<void> {
    await this.#loading;
    this.#background.finish();
    await (this.#large as { settle?: () => void } | undefined)?.settle?.();
  }

  close(): void {
    this.#background.stop();
    this.#large?.close?.();
    this.#small = undefined;
  }

  get #parts(): VectorIndex[] {
    return [this.#small, this.#large].filter((part) => part !== undefined);
  }

  #grow({ ExactIndex }: Engine): void {
    if (this.#small === undefined) return; // closed meanwhile
    this.#large = new ExactIndex(this.dimensions);
    if (this.#learnt !== undefined) this.#large.recall?.(this.#learnt);
    this.#background.start(this.#move());
  }

  *#move(): Generator<number, void> {
    const small = this.#small!;
    for (const id of small.ids()) {
      const row = small.row(id);
      if (row === undefined) continue; // it was removed, or written anew
      this.#large!.add(id, row.namespace, row.vector);
      small.remove(id);
      yield MOVING * this.dimensions;
    }
    this.#small = undefined;
  }
}
