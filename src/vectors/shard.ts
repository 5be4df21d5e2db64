import { type Candidate, Kernel, type KernelOptions, type Neighbour, outOfMemory } from "../kernel/kernel.ts";
import type { SharedMemory } from "../kernel/reader-kernel.ts";
import { Arena } from "./arena.ts";
import { Grace } from "./grace.ts";
import { Listing } from "./listing.ts";
import type { PackedArena } from "./packed-index.ts";
import { SlotTable } from "./slot-table.ts";
import { type Filter, passes } from "./vector-index.ts";

/** Scoring so many times the rows of a set one by one costs less than asking of each found row whether it is in the set. */
const FEW = 32;

export interface ShardOptions extends KernelOptions {
  helpers?: number | undefined;
  helpFrom?: number | undefined;
}

/** The rows of one memory. An index has several where one would not hold all rows, or while they move. */
export class Shard {
  readonly kernel: Kernel;
  /** Directions in this memory, to encode rows with; 0 before there are any. */
  basis = 0;
  /** Others that rows may still be encoded with. */
  readonly #former: number[] = [];
  readonly #helpers: number;
  readonly #helpFrom: number;
  readonly #grace: Grace;
  readonly #listing: Listing;
  readonly #table: SlotTable;
  readonly #arenas: (Arena | undefined)[] = [];
  readonly #byName = new Map<string, Arena>();
  /** Blocks that the rows would fill, were none of their slots vacant. */
  #blocks = 0;

  /** `helpers` threads help to search namespaces of at least `helpFrom` rows. */
  constructor(dimensions: number, { helpers = 0, helpFrom = 0, ...options }: ShardOptions) {
    this.kernel = new Kernel(dimensions, options);
    // Without rows there is no other way to search: what it needs must not go to rows first.
    if (options.width === 0 && !this.kernel.pruning?.makeRoom()) throw outOfMemory(this.kernel.bytes);
    this.#helpers = helpers;
    this.#helpFrom = helpFrom;
    this.#grace = new Grace(this.kernel);
    this.#listing = new Listing(this.kernel, this.#grace);
    this.#table = new SlotTable((slot) => this.kernel.idOf(slot));
  }

  get size(): number {
    return this.#table.size;
  }

  /** Rows there is room for in blocks that cannot be done without: of every namespace one is partly vacant. */
  get least(): number {
    return this.#blocks * this.kernel.blockRows;
  }

  get bytes(): number {
    return this.kernel.bytes + this.#table.bytes;
  }

  get namespaces(): Iterable<string> {
    return this.#byName.keys();
  }

  arena(namespace: string): Arena | undefined {
    return this.#byName.get(namespace);
  }

  /** Slots of about so many rows, from all over. */
  sample(count: number): number[] {
    return this.#table.sample(count);
  }

  has(id: number): boolean {
    return this.#table.get(id) !== undefined;
  }

  namespaceOf(id: number): string | undefined {
    const slot = this.#table.get(id);
    return slot === undefined ? undefined : this.#arenaOf(slot).namespace;
  }

  /** The row of an id, as a copy. There is none where rows lie elsewhere. */
  vector(id: number): Float32Array {
    return this.kernel.vector(this.#table.get(id)!);
  }

  /** A vector as given stands in for what the id had. Refuses, and changes nothing, when memory runs out. */
  add(id: number, namespace: string, vector: ArrayLike<number>): Arena {
    return this.#put(id, namespace, this.kernel.load(vector));
  }

  /** The same of a row that another memory has. */
  addRow(id: number, namespace: string, row: ArrayLike<number>): Arena {
    return this.#put(id, namespace, this.kernel.loadRow(row));
  }

  #put(id: number, namespace: string, loaded: number): Arena {
    const before = this.#table.get(id);
    const arena = this.#byName.get(namespace) ?? this.#newArena(namespace);
    let slot: number;
    try {
      slot = arena.put(id, loaded);
    } catch (error) {
      arena.isFull = true;
      if (arena.size === 0) this.#dropArena(arena);
      throw error;
    }
    if (arena.size % this.kernel.blockRows === 1) this.#blocks++;
    this.#table.set(id, slot); // while the slot before still says its id
    if (before !== undefined) this.#vacate(before);
    this.#listing.show(arena);
    this.#grace.publish();
    if (this.#helpers > 0 && arena.size === this.#helpFrom) this.kernel.startHelpers(this.#helpers);
    return arena;
  }

  remove(id: number): boolean {
    const slot = this.#table.get(id);
    if (slot === undefined) return false;
    this.#table.delete(id);
    this.#vacate(slot);
    this.#grace.publish();
    return true;
  }

  *ids(namespace?: string): Generator<number> {
    if (namespace === undefined) {
      for (const slot of this.#table.slots()) yield this.kernel.idOf(slot);
      return;
    }
    for (const slot of this.#byName.get(namespace)?.slots() ?? []) {
      const id = this.kernel.idOf(slot);
      if (id !== 0 && this.#table.get(id) === slot) yield id;
    }
  }

  clear(namespace: string): void {
    const arena = this.#byName.get(namespace);
    if (arena === undefined) return;
    for (const id of [...this.ids(namespace)]) this.#table.delete(id);
    this.#blocks -= Math.ceil(arena.size / this.kernel.blockRows);
    this.#dropArena(arena);
    this.#grace.publish();
  }

  search(namespace: string, vector: ArrayLike<number>, k: number, threshold: number, filter?: Filter): Neighbour[] {
    const arena = this.#byName.get(namespace);
    if (arena === undefined) return [];
    const { head, planes } = arena;
    const helped = this.kernel.pool !== undefined && planes !== 0 && arena.size >= this.#helpFrom;
    if (helped && filter === undefined && k <= this.kernel.maxResults) {
      return this.kernel.searchTogether(head, vector, k, threshold, planes);
    }
    if (filter === undefined || typeof filter === "function" || filter.size * FEW > arena.size) {
      return this.kernel.search(head, vector, k, threshold, planes, filter && passes(filter));
    }
    const slots: number[] = [];
    for (const id of filter) {
      const slot = this.#table.get(id);
      if (slot !== undefined && this.kernel.chainOf(slot) === arena.number) slots.push(slot);
    }
    return this.kernel.searchSlots(slots, vector, k, threshold);
  }

  searchMany(namespace: string, vectors: readonly ArrayLike<number>[], k: number, threshold: number): Neighbour[][] {
    const arena = this.#byName.get(namespace);
    if (arena !== undefined && arena.planes !== 0 && k <= this.kernel.maxResults) {
      return this.kernel.searchMany(arena.head, arena.planes, vectors, k, threshold);
    }
    return vectors.map((vector) => this.search(namespace, vector, k, threshold));
  }

  /** Where the rows lie elsewhere: those that may reach the threshold. */
  candidates(namespace: string, vector: ArrayLike<number>, threshold: number): Candidate[] {
    const arena = this.#byName.get(namespace);
    return arena === undefined ? [] : this.kernel.candidates(arena.planes, vector, threshold);
  }

  /** Copies directions into this memory, to encode rows with from now on. Without room for them rows are scored. */
  useBasis(bytes: Uint8Array): void {
    const basis = this.kernel.pruning!.newBasis() >>> 0;
    if (basis === 0 && this.kernel.width === 0) throw outOfMemory(this.kernel.bytes);
    if (basis === 0) return;
    this.kernel.fill(basis, bytes);
    this.adopt(basis);
  }

  /** Directions that lie in this memory already are those to encode rows with. */
  adopt(basis: number): void {
    if (this.basis !== 0) this.#former.push(this.basis);
    this.basis = basis;
  }

  /** Makes planes of the namespaces that have at least so many rows, in pieces. */
  *cover(least: number): Generator<number, void> {
    if (this.kernel.width === 0) return; // codes are made when rows come, and cannot be made anew
    for (const arena of [...this.#byName.values()]) {
      if (arena.size < least || arena.basis === this.basis) continue;
      yield* arena.cover(this.basis);
      this.#listing.show(arena);
      this.#grace.publish();
    }
    this.#dropFormer();
  }

  /** Where the rows lie elsewhere: all that is kept of them. */
  pack(): PackedArena[] {
    const idOf = (slot: number): number => {
      const id = this.kernel.idOf(slot);
      return id !== 0 && this.#table.get(id) === slot ? id : 0;
    };
    return [...this.#byName.values()].map((arena) => arena.pack(idOf));
  }

  /** Takes that up, before there is anything else. */
  unpack(packed: readonly PackedArena[]): void {
    for (const one of packed) {
      const arena = this.#newArena(one.namespace);
      arena.unpack(one, (id, slot) => this.#table.set(id, slot));
      this.#blocks += Math.ceil(arena.size / this.kernel.blockRows);
    }
  }

  /** What one more reader in another thread needs; undefined where there can be none. */
  share(): SharedMemory | undefined {
    const shared = this.kernel.share();
    if (shared === undefined) return undefined;
    this.#listing.open(this.#byName.values());
    this.#grace.publish();
    return shared;
  }

  /** Takes the place of a reader back. */
  unshare({ ticket }: SharedMemory): boolean {
    const was = Boolean(this.kernel.threads?.expelReader(ticket));
    if (was) this.#grace.publish();
    return was;
  }

  /** Takes every place back. */
  unshareAll(): void {
    this.kernel.threads?.expelReaders();
    this.#grace.publish();
  }

  /** Directions that nothing is encoded with any more. */
  #dropFormer(): void {
    for (const basis of this.#former.splice(0)) {
      if ([...this.#byName.values()].some((arena) => arena.uses(basis))) this.#former.push(basis);
      else this.#grace.afterwards(() => this.kernel.pruning!.dropBasis(basis));
    }
    this.#grace.publish();
  }

  #newArena(namespace: string): Arena {
    const free = this.#arenas.indexOf(undefined);
    const number = free < 0 ? this.#arenas.length : free;
    const arena = new Arena(this.kernel, this.#grace, namespace, number);
    if (this.kernel.width === 0) arena.coverFromNow(this.basis);
    this.#listing.expect(arena);
    this.#arenas[number] = arena;
    this.#byName.set(namespace, arena);
    return arena;
  }

  #dropArena(arena: Arena): void {
    arena.drop();
    this.#listing.end(arena);
    this.#arenas[arena.number] = undefined;
    this.#byName.delete(arena.namespace);
  }

  #arenaOf(slot: number): Arena {
    return this.#arenas[this.kernel.chainOf(slot)]!;
  }

  #vacate(slot: number): void {
    const arena = this.#arenaOf(slot);
    arena.remove(slot);
    if (arena.size % this.kernel.blockRows === 0) this.#blocks--;
    if (arena.size === 0) this.#dropArena(arena);
  }
}
