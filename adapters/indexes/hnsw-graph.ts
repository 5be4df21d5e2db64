import { MnemeError } from "../../src/index.ts";
import type { Hnswlib, HnswlibGraph } from "./hnsw-library.ts";

export interface GraphOptions {
  m: number;
  efConstruction: number;
  efSearch: number;
}

/** A row and about how similar it is. */
export interface Candidate {
  id: number;
  about: number;
}

const FIRST_ROOM = 1024;
/** The same rows in the same order make the same graph, so what it finds can be tested. */
const SEED = 100;

/** One graph of hnswlib. Its labels are 32 bits wide and ids are not, so it gives each row a label of its own, never again. */
export class Graph {
  readonly #graph: HnswlibGraph;
  /** By label; what was removed stays. */
  readonly #ids: number[] = [];
  readonly #labels = new Map<number, number>();
  #room = FIRST_ROOM;

  constructor(library: Hnswlib, dimensions: number, options: GraphOptions) {
    this.#graph = new library.HierarchicalNSW("ip", dimensions, "");
    guarded(() => this.#graph.initIndex(this.#room, options.m, options.efConstruction, SEED));
    this.#graph.setEfSearch(options.efSearch);
  }

  get size(): number {
    return this.#labels.size;
  }

  /** Rows it has room taken for: removed ones are only marked. */
  get taken(): number {
    return this.#ids.length;
  }

  ids(): Iterable<number> {
    return this.#labels.keys();
  }

  add(id: number, vector: Float32Array): void {
    const label = this.#ids.length;
    guarded(() => {
      if (label === this.#room) {
        this.#graph.resizeIndex(this.#room * 2);
        this.#room *= 2;
      }
      this.#graph.addPoint(vector, label, false);
    });
    this.#ids.push(id);
    this.#labels.set(id, label);
  }

  remove(id: number): void {
    this.#graph.markDelete(this.#labels.get(id)!);
    this.#labels.delete(id);
  }

  row(id: number): Float32Array {
    return Float32Array.from(this.#graph.getPoint(this.#labels.get(id)!));
  }

  /** About the nearest `count`, best first; fewer when no more can be reached from where the search began. */
  nearest(vector: Float32Array, count: number): Candidate[] {
    const { neighbors, distances } = this.#graph.searchKnn(vector, count, undefined);
    return neighbors
      .map((label, place) => ({ id: this.#ids[label]!, about: 1 - distances[place]! }))
      .sort((a, b) => b.about - a.about || a.id - b.id);
  }

  free(): void {
    this.#graph.delete();
  }
}

/** All that can go wrong in hnswlib when it is used right. What it throws is readable in some engines only. */
function guarded(work: () => void): void {
  try {
    work();
  } catch (cause) {
    throw new MnemeError(
      "memory",
      "hnswlib has no memory left: it can have 2 GiB.",
      "Set a limit on entries, spread them over several caches, or use the exact index.",
      { cause },
    );
  }
}
