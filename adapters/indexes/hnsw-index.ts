import { type Filter, MnemeError, type Neighbour, type VectorIndex } from "../../src/index.ts";
import type { Hnswlib } from "./hnsw-library.ts";
import { HnswNamespace, type NamespaceOptions } from "./hnsw-namespace.ts";

/** The approximate index behind `hnswIndex`: graphs per namespace, so that no tenant's rows crowd out another's. */
export class HnswIndex implements VectorIndex {
  readonly exact = false;
  readonly dimensions: number;
  readonly #options: NamespaceOptions;
  readonly #namespaces = new Map<string, HnswNamespace>();
  readonly #namespaceOf = new Map<number, string>();
  #library: Hnswlib | undefined;

  constructor(library: Hnswlib, options: NamespaceOptions) {
    this.#library = library;
    this.#options = options;
    this.dimensions = options.dimensions;
  }

  get size(): number {
    return this.#namespaceOf.size;
  }

  get bytes(): number {
    let flat = 0;
    for (const rows of this.#namespaces.values()) flat += rows.flat;
    return (this.#library?.HEAPU8.byteLength ?? 0) + flat * this.dimensions * 4;
  }

  add(id: number, namespace: string, vector: Float32Array): void {
    const library = this.#opened(vector);
    this.remove(id);
    let rows = this.#namespaces.get(namespace);
    if (rows === undefined) {
      rows = new HnswNamespace(library, this.#options);
      this.#namespaces.set(namespace, rows);
    }
    rows.add(id, vector);
    this.#namespaceOf.set(id, namespace);
  }

  remove(id: number): boolean {
    const namespace = this.#namespaceOf.get(id);
    if (namespace === undefined) return false;
    const rows = this.#namespaces.get(namespace)!;
    rows.remove(id);
    this.#namespaceOf.delete(id);
    if (rows.size === 0) this.#drop(namespace);
    return true;
  }

  ids(namespace?: string): number[] {
    if (namespace === undefined) return [...this.#namespaceOf.keys()];
    return this.#namespaces.get(namespace)?.ids() ?? [];
  }

  clear(namespace?: string): void {
    for (const name of namespace === undefined ? [...this.#namespaces.keys()] : [namespace]) {
      for (const id of this.ids(name)) this.#namespaceOf.delete(id);
      this.#drop(name);
    }
  }

  search(namespace: string, vector: Float32Array, k: number, threshold: number, filter?: Filter): Neighbour[] {
    this.#opened(vector);
    return k > 0 ? (this.#namespaces.get(namespace)?.search(vector, k, threshold, filter) ?? []) : [];
  }

  /** hnswlib's memory only ever grows; it goes as a whole, with its instance. */
  close(): void {
    this.clear();
    this.#library = undefined;
  }

  #drop(namespace: string): void {
    this.#namespaces.get(namespace)?.free();
    this.#namespaces.delete(namespace);
  }

  #opened(vector: Float32Array): Hnswlib {
    if (this.#library === undefined) throw new MnemeError("closed", "The index is closed.", "Make a new one.");
    if (vector.length === this.dimensions) return this.#library;
    throw new MnemeError(
      "dimension",
      `A vector of ${this.dimensions} dimensions was expected, one of ${vector.length} came.`,
      'Check the "dimensions" of your embedder against what its model returns.',
    );
  }
}
