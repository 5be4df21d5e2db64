import { MnemeError } from "../error.ts";
import { outOfMemory } from "../kernel/kernel.ts";
import type { Width } from "../kernel/row-kernel.ts";
import type { Arena } from "./arena.ts";
import { Shard, type ShardOptions } from "./shard.ts";

/** A memory is given back when rows need less than half of it, and it is not small. */
const SMALL = 2 ** 26;
/** Bytes a row takes besides its numbers. */
const CODES = 146;
/** What moving a row costs, in multiplications for each of its numbers. */
const MOVING = 140;

/** Where the rows of an index lie: in one memory, and in several when that is full, or while they move. */
export class Memories implements Iterable<Shard> {
  readonly #dimensions: number;
  readonly #options: ShardOptions;
  /** There is always one. The last one takes namespaces that are new. */
  readonly #shards: Shard[];
  /** Those whose rows are on their way to others. */
  readonly #leaving = new WeakSet<Shard>();
  #basis: Uint8Array | undefined;
  /** Readers of other threads know the one memory there is: it must stay the one. */
  isFixed = false;

  constructor(dimensions: number, options: ShardOptions) {
    this.#dimensions = dimensions;
    this.#options = options;
    this.#shards = [new Shard(dimensions, options)];
  }

  [Symbol.iterator](): Iterator<Shard> {
    return [...this.#shards][Symbol.iterator](); // a copy: they may come and go meanwhile
  }

  get first(): Shard {
    return this.#shards[0]!;
  }

  get last(): Shard {
    return this.#shards.at(-1)!;
  }

  get areMany(): boolean {
    return this.#shards.length > 1;
  }

  /** The one with most rows. */
  get largest(): Shard {
    return this.#shards.reduce((most, shard) => (shard.size > most.size ? shard : most));
  }

  /** Those that keep codes, and no rows. */
  get ofCodes(): Shard[] {
    return this.#shards.filter(({ kernel }) => kernel.width === 0);
  }

  find(which: (shard: Shard) => boolean): Shard | undefined {
    return this.#shards.find(which);
  }

  get size(): number {
    return this.#shards.reduce((sum, { size }) => sum + size, 0);
  }

  get bytes(): number {
    return this.#shards.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Whether there are directions to encode rows with. */
  get haveLearnt(): boolean {
    return this.#basis !== undefined;
  }

  /** Into a memory that has the namespace, else into the last one; into a new one when these are full. */
  put(id: number, namespace: string, vector: ArrayLike<number>, how: "add" | "addRow" = "add"): [Shard, Arena] {
    const { last } = this;
    for (const shard of this.#shards) {
      const arena = shard.arena(namespace);
      if (shard !== last && (arena === undefined || arena.isFull || this.#leaving.has(shard))) continue;
      try {
        return [shard, shard[how](id, namespace, vector)];
      } catch (error) {
        const isFull = error instanceof MnemeError && error.code === "memory";
        if (!isFull || this.isFixed || (shard === last && shard.size === 0)) throw error;
      }
    }
    const next = this.#open(last.kernel.width);
    const arena = next[how](id, namespace, vector);
    this.#shards.push(next);
    return [next, arena];
  }

  /** A basis in one memory becomes that of all. */
  take(shard: Shard, basis: number): void {
    const { kernel } = shard;
    this.#basis = kernel.read(basis, kernel.pruning!.basisBytes());
    shard.adopt(basis);
    for (const other of this.#shards) if (other !== shard) other.useBasis(this.#basis);
  }

  /** Directions learnt elsewhere, as they lay in memory there, become those of a memory of codes in place of all there is. */
  beginWith(basis: Uint8Array): boolean {
    const before = this.#basis;
    this.#basis = basis;
    if (this.beginAnew(0)) return true;
    this.#basis = before;
    return false;
  }

  /** The directions learnt, as they lie in memory. */
  get basis(): Uint8Array | undefined {
    return this.#basis;
  }

  /** From memory that keeps rows to memory that keeps codes, in pieces. */
  *moveToCodes(): Generator<number, void> {
    const from = this.#shards.filter(({ kernel }) => kernel.width !== 0);
    if (from.length === 0) return;
    this.#shards.push(this.#open(0));
    yield* this.move(from);
  }

  /** Every row of some memories, one by one, to where new ones go; then those memories go. */
  *move(from: readonly Shard[]): Generator<number, void> {
    for (const shard of from) this.#leaving.add(shard);
    for (const shard of from) {
      for (const id of [...shard.ids()]) {
        if (!shard.has(id)) continue; // it was removed, or written anew elsewhere
        this.put(id, shard.namespaceOf(id)!, shard.vector(id), "addRow");
        shard.remove(id);
        yield MOVING * this.#dimensions;
      }
      this.#drop(shard);
    }
  }

  /** Memories that have no rows, but one, go. */
  dropEmpty(): void {
    for (const shard of this) if (shard.size === 0) this.#drop(shard);
  }

  /** Opens another memory when this one's rows need less than half of it. Whether they are to move there now. */
  makeSmaller(shard: Shard): boolean {
    const { kernel, least, size, bytes } = shard;
    if (size === 0 || kernel.width === 0) return false; // codes cannot be made anew
    const needed = least * (kernel.width * this.#dimensions + CODES);
    if (bytes < SMALL || 2 * needed > bytes) return false;
    const next = this.#openIfAny(kernel.width);
    if (next !== undefined) this.#shards.push(next);
    return next !== undefined;
  }

  /** One memory with nothing in it takes the place of all; for rows of this width. False when there is none to be had. */
  beginAnew(width?: Width): boolean {
    const next = this.#openIfAny(width);
    if (next === undefined) return false;
    this.close();
    this.#shards.splice(0, this.#shards.length, next);
    return true;
  }

  close(): void {
    for (const { kernel } of this.#shards) kernel.close();
  }

  #drop(shard: Shard): void {
    const at = this.#shards.indexOf(shard);
    if (at < 0 || this.#shards.length === 1) return;
    this.#shards.splice(at, 1);
    shard.kernel.close();
  }

  /** Refuses like a full memory where the runtime has no more of the kind: browsers allow so many. */
  #open(width = this.#options.width): Shard {
    const shard = new Shard(this.#dimensions, { ...this.#options, width });
    if (shard.kernel.level !== this.first.kernel.level) throw outOfMemory(this.bytes);
    if (this.#basis !== undefined) shard.useBasis(this.#basis);
    return shard;
  }

  #openIfAny(width?: Width): Shard | undefined {
    try {
      return this.#open(width);
    } catch {
      return undefined;
    }
  }
}
