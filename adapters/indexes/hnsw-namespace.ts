import type { Filter, Neighbour } from "../../src/index.ts";
import { Graph, type GraphOptions } from "./hnsw-graph.ts";
import type { Hnswlib } from "./hnsw-library.ts";

export interface NamespaceOptions extends GraphOptions {
  dimensions: number;
  /** Rows from which on there is a graph. */
  graphFrom: number;
  /** Rows after which a graph is full, and the next begins. */
  graphRows: number;
}

/** Rows that move when one is added or removed: more than one, so that moving comes to an end; few, so that nobody waits. */
const MOVED = 4;
/** How many more candidates are asked for when too few of them pass. */
const WIDER = 4;
/** So few ids are looked at one by one. */
const FEW = 256;

type Passes = (id: number) => boolean;

/**
 * The rows of one namespace. Few are kept flat and scanned; many are in graphs. A graph that holds more removed rows than
 * others retires: its rows move on, some with every change, and it stays searchable meanwhile. (hnswlib can also give the
 * place of a removed row to a new one; that took it twenty times as long as adding one.)
 */
export class HnswNamespace {
  readonly #library: Hnswlib;
  readonly #options: NamespaceOptions;
  readonly #flat = new Map<number, Float32Array>();
  readonly #graphs: Graph[] = [];
  readonly #retired: Graph[] = [];
  readonly #graphOf = new Map<number, Graph>();

  constructor(library: Hnswlib, options: NamespaceOptions) {
    this.#library = library;
    this.#options = options;
  }

  get size(): number {
    return this.#flat.size + this.#graphOf.size;
  }

  /** Rows that take memory outside of hnswlib's. */
  get flat(): number {
    return this.#flat.size;
  }

  ids(): number[] {
    return [...this.#flat.keys(), ...this.#graphOf.keys()];
  }

  /** The id is new here. */
  add(id: number, vector: Float32Array): void {
    this.#flat.set(id, vector.slice());
    try {
      this.#move();
    } catch (error) {
      // It may have moved already, and another row been the one too many.
      this.#flat.delete(id);
      this.#leave(id);
      throw error;
    }
  }

  remove(id: number): void {
    this.#flat.delete(id);
    const graph = this.#leave(id);
    const at = graph === undefined ? -1 : this.#graphs.indexOf(graph);
    if (at >= 0 && 2 * graph!.size < graph!.taken) this.#retired.push(...this.#graphs.splice(at, 1));
    try {
      this.#move();
    } catch {
      // No memory to tidy up with: the rows stay where they are, and are found there.
    }
  }

  free(): void {
    for (const graph of [...this.#graphs, ...this.#retired]) graph.free();
  }

  /** Best first, ties by id. Too few of them only where all that is near enough was not reached. */
  search(vector: Float32Array, k: number, threshold: number, filter?: Filter): Neighbour[] {
    if (typeof filter === "object" && filter.size <= FEW) return this.#score(filter, vector, threshold).slice(0, k);
    const passes = typeof filter === "object" ? (id: number): boolean => filter.has(id) : filter;
    const found = [firstOf(this.#score(this.#flat.keys(), vector, threshold), k, passes)];
    for (const graph of [...this.#graphs, ...this.#retired]) {
      if (graph.size > 0) found.push(this.#walk(graph, vector, k, threshold, passes));
    }
    return found.flat().sort(byRank).slice(0, k);
  }

  /** Those that are here and near enough, best first. */
  #score(ids: Iterable<number>, vector: Float32Array, threshold: number): Neighbour[] {
    const near: Neighbour[] = [];
    for (const id of ids) {
      const row = this.#flat.get(id) ?? this.#graphOf.get(id)?.row(id);
      if (row === undefined) continue;
      const similarity = cosine(vector, row);
      if (similarity >= threshold) near.push({ id, similarity });
    }
    return near.sort(byRank);
  }

  /**
   * Candidates of the graph with their exact similarities, more and more of them until there are `k` that pass, or the
   * rest is below the threshold, or all were seen.
   */
  #walk(graph: Graph, vector: Float32Array, k: number, threshold: number, passes?: Passes): Neighbour[] {
    const { dimensions, efSearch } = this.#options;
    // As far as a float32 sum of so many products of unit vectors can be off.
    const slack = (dimensions + 2) * 2 ** -24;
    const exact = new Map<number, number>();
    const similarityOf = (id: number): number => {
      let similarity = exact.get(id);
      if (similarity === undefined) {
        similarity = cosine(vector, graph.row(id));
        exact.set(id, similarity);
      }
      return similarity;
    };
    for (let wanted = Math.max(efSearch, k + 1); ; wanted *= WIDER) {
      const candidates = graph.nearest(vector, Math.min(wanted, graph.size));
      const found: Neighbour[] = [];
      let worst = Number.NEGATIVE_INFINITY;
      for (const { id, about } of candidates) {
        // Rows as similar as the last one found must have been seen too: of equal ones the lowest ids count.
        if (about < threshold - slack || (found.length >= k && about < worst)) return found;
        if (found.length >= k || similarityOf(id) < threshold || passes?.(id) === false) continue;
        found.push({ id, similarity: similarityOf(id) });
        worst = about;
      }
      if (candidates.length === wanted) continue;
      // No more can be reached from where the search began: what is left is looked at row by row.
      if (found.length >= k) return found;
      const reached = new Set(candidates.map(({ id }) => id));
      const unreached = [...graph.ids()].filter((id) => !reached.has(id));
      return [...found, ...firstOf(this.#score(unreached, vector, threshold), k, passes)];
    }
  }

  #leave(id: number): Graph | undefined {
    const graph = this.#graphOf.get(id);
    graph?.remove(id);
    this.#graphOf.delete(id);
    return graph;
  }

  /** Brings some rows nearer to where they belong. Each is where it was until it is where it goes. */
  #move(): void {
    const { graphFrom } = this.#options;
    const many = this.#graphs.length > 0 || this.size >= graphFrom;
    for (let moved = 0; moved < MOVED; moved++) {
      const [retired] = this.#retired;
      const id = firstIn(retired?.ids() ?? []) ?? (many ? firstIn(this.#flat.keys()) : undefined);
      if (id === undefined) break;
      if (!many) {
        this.#flat.set(id, retired!.row(id));
        this.#leave(id);
      } else {
        const row = this.#flat.get(id) ?? retired!.row(id);
        const graph = this.#graphWithRoom();
        graph.add(id, row);
        this.#flat.delete(id);
        this.#leave(id);
        this.#graphOf.set(id, graph);
      }
    }
    while (this.#retired[0]?.size === 0) this.#retired.shift()!.free();
  }

  #graphWithRoom(): Graph {
    let graph = this.#graphs.at(-1);
    if (graph === undefined || graph.taken >= this.#options.graphRows) {
      graph = new Graph(this.#library, this.#options.dimensions, this.#options);
      this.#graphs.push(graph);
    }
    return graph;
  }
}

function byRank(a: Neighbour, b: Neighbour): number {
  return b.similarity - a.similarity || a.id - b.id;
}

/** Asks of no more than it takes. */
function firstOf(near: readonly Neighbour[], k: number, passes: Passes = () => true): Neighbour[] {
  const found: Neighbour[] = [];
  for (const neighbour of near) {
    if (found.length >= k) break;
    if (passes(neighbour.id)) found.push(neighbour);
  }
  return found;
}

function firstIn<T>(items: Iterable<T>): T | undefined {
  for (const item of items) return item;
  return undefined;
}

/** In float64, four sums at a time. */
function cosine(a: Float32Array, b: Float32Array): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  const fours = a.length - (a.length % 4);
  for (let i = 0; i < fours; i += 4) {
    s0 += a[i]! * b[i]!;
    s1 += a[i + 1]! * b[i + 1]!;
    s2 += a[i + 2]! * b[i + 2]!;
    s3 += a[i + 3]! * b[i + 3]!;
  }
  for (let i = fours; i < a.length; i++) s0 += a[i]! * b[i]!;
  return Math.max(-1, Math.min(1, s0 + s1 + (s2 + s3)));
}
