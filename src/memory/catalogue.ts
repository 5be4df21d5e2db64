import type { Entry } from "../store/entry.ts";
import type { VectorIndex } from "../vectors/vector-index.ts";
import type { KeywordIndex } from "./keyword-index.ts";
import { LONGEST } from "./piece.ts";
import { PieceIndex } from "./piece-index.ts";
import { type Row, rowOf, shelfOf, wordsOf } from "./row.ts";
import { SHELF } from "./shelf.ts";
import { isDurable } from "./tier.ts";

/** What of the store's memories is at hand: a projection, which can be made anew from it at any time. */
export class Catalogue {
  readonly vectors: VectorIndex;
  readonly words: KeywordIndex;
  readonly pieces: PieceIndex;
  /** Those without a vector that are to be given one. */
  readonly pending: ReadonlySet<Row>;
  readonly #pending = new Set<Row>();
  /** Long ones that are found by meaning, and whose pieces have no vectors. */
  readonly uncut: ReadonlySet<Row>;
  readonly #uncut = new Set<Row>();
  readonly #rows = new Map<number, Row>();
  readonly #byId = new Map<string, Row>();
  readonly #byNamespace = new Map<string, Map<number, Row>>();
  readonly #durable = new Map<string, number>();
  readonly #byFingerprint = new Map<string, Set<Row>>();
  /** By the id of what took their place. */
  readonly #predecessors = new Map<string, Set<Row>>();
  readonly #past = new Map<string, Map<number, Row>>();

  constructor(vectors: VectorIndex, words: KeywordIndex) {
    this.vectors = vectors;
    this.words = words;
    this.pieces = new PieceIndex(vectors);
    this.pending = this.#pending;
    this.uncut = this.#uncut;
  }

  /** Memories there are, whether or not they are seen. */
  get size(): number {
    return this.#byId.size;
  }

  at(seq: number): Row | undefined {
    return this.#rows.get(seq);
  }

  /** Numbers of everything, former states included. */
  seqs(): number[] {
    return [...this.#rows.keys()];
  }

  get(id: string): Row | undefined {
    return this.#byId.get(id);
  }

  /** All of a namespace, or of all. */
  *of(namespace?: string): Iterable<Row> {
    if (namespace === undefined) yield* this.#byId.values();
    else yield* this.#byNamespace.get(namespace)?.values() ?? [];
  }

  count(namespace: string): number {
    return this.#byNamespace.get(namespace)?.size ?? 0;
  }

  /** How many of a namespace are of durable tiers. */
  durable(namespace: string): number {
    return this.#durable.get(namespace) ?? 0;
  }

  namespaces(): string[] {
    return [...this.#byNamespace.keys()].sort();
  }

  /** Those of the same content, in any namespace. */
  twins(fingerprint: string): Iterable<Row> {
    return this.#byFingerprint.get(fingerprint) ?? [];
  }

  /** Those whose place this one took. */
  predecessors(id: string): Row[] {
    return [...(this.#predecessors.get(id) ?? [])];
  }

  /** What it was, in any order. */
  pastOf(id: string): Row[] {
    return [...(this.#past.get(id)?.values() ?? [])];
  }

  *past(): Iterable<Row> {
    for (const rows of this.#past.values()) yield* rows.values();
  }

  /** Takes up an entry of the store, in the place of what it was; an older state of it than is known changes nothing. */
  place(entry: Entry): void {
    if (entry.namespace !== SHELF.memories && entry.namespace !== SHELF.past) return;
    const before = this.#rows.get(entry.id);
    if (before !== undefined && before.revision > entry.revision) return;
    const { row, kept } = rowOf(entry);
    if (before !== undefined) this.#unlist(before);
    this.#list(row);
    const shelf = shelfOf(row);
    this.words.add(row.seq, shelf, wordsOf(kept.memory));
    if (kept.vector === null) this.vectors.remove(row.seq);
    else this.vectors.add(row.seq, shelf, kept.vector);
    this.pieces.add(row.seq, shelf, kept.pieces ?? []);
  }

  drop(seq: number): void {
    const row = this.#rows.get(seq);
    if (row === undefined) return;
    this.#unlist(row);
    this.words.remove(seq);
    this.vectors.remove(seq);
    this.pieces.remove(seq);
  }

  clear(): void {
    for (const seq of this.seqs()) this.drop(seq);
  }

  #list(row: Row): void {
    this.#rows.set(row.seq, row);
    if (row.knownUntil !== undefined) {
      within(this.#past, row.id, () => new Map<number, Row>()).set(row.seq, row);
      return;
    }
    this.#byId.set(row.id, row);
    if (row.pending) this.#pending.add(row);
    if (row.length > LONGEST && row.hasVector && !row.isCut) this.#uncut.add(row);
    within(this.#byNamespace, row.namespace, () => new Map<number, Row>()).set(row.seq, row);
    if (isDurable(row.tier)) this.#durable.set(row.namespace, this.durable(row.namespace) + 1);
    within(this.#byFingerprint, row.fingerprint, () => new Set<Row>()).add(row);
    if (row.supersededBy !== undefined) {
      within(this.#predecessors, row.supersededBy, () => new Set<Row>()).add(row);
    }
  }

  #unlist(row: Row): void {
    this.#rows.delete(row.seq);
    if (row.knownUntil !== undefined) {
      without(this.#past, row.id, row.seq);
      return;
    }
    if (this.#byId.get(row.id) === row) this.#byId.delete(row.id);
    this.#pending.delete(row);
    this.#uncut.delete(row);
    without(this.#byNamespace, row.namespace, row.seq);
    if (isDurable(row.tier)) this.#durable.set(row.namespace, this.durable(row.namespace) - 1);
    without(this.#byFingerprint, row.fingerprint, row);
    if (row.supersededBy !== undefined) without(this.#predecessors, row.supersededBy, row);
  }
}

function within<K, G>(groups: Map<K, G>, key: K, make: () => G): G {
  let group = groups.get(key);
  if (group === undefined) {
    group = make();
    groups.set(key, group);
  }
  return group;
}

/** An empty group is none. */
function without<K, M>(groups: Map<K, { delete(member: M): boolean; readonly size: number }>, key: K, member: M): void {
  const group = groups.get(key);
  group?.delete(member);
  if (group?.size === 0) groups.delete(key);
}
