import { ExactIndex } from "../../src/vectors/exact-index.ts";
import type { SharedMemory } from "../../src/vectors/shared-reader.ts";
import { ok } from "../conformance/assert.ts";
import { seeded } from "../unit/vectors.ts";
import { HistoryWriter } from "./history.ts";
import { ABSENT, DIMENSIONS, GENERATIONS, IDS, NAMESPACES, stateOf, type Trial, type VectorOf } from "./trial.ts";

const GONE = NAMESPACES.indexOf("gone");
/** Rows that no reader searches, from this id on: they make memory grow, and make learning begin anew. */
const FILLER = 1_000_000;
const FILLERS = 26_000;

/** Changes an index in every way there is, and tells of every version what changed. */
export class Writer {
  readonly index: ExactIndex = new ExactIndex(DIMENSIONS, { level: "simd-shared" });
  changes = 0;
  readonly #vectorOf: VectorOf;
  readonly #history: HistoryWriter;
  readonly #states = new Int32Array(IDS + 1).fill(ABSENT);
  readonly #random: () => number;
  /** Of the index, as readers see it. */
  readonly #version: BigInt64Array;
  readonly #first: SharedMemory;

  constructor(trial: Trial, vectorOf: VectorOf, readers: number, seed: number) {
    this.#vectorOf = vectorOf;
    this.#history = new HistoryWriter(trial.history, readers);
    this.#random = seeded(seed);
    this.#first = this.index.share();
    this.#version = new BigInt64Array(this.#first.memory.buffer, this.#first.state, 1);
    this.index.unshare(this.#first);
    this.#pass();
  }

  /** For one more reader. */
  share(): SharedMemory {
    const shared = this.index.share();
    this.#pass();
    return shared;
  }

  fill(): void {
    for (let id = 1; id <= IDS; id++) {
      if (id % 8 !== 0) this.#add(id, id % 60 === 0 ? 1 : 0);
    }
    this.settle();
  }

  /** Learning, and planes made anew. */
  settle(): void {
    this.index.settle();
    this.#pass();
  }

  /** A change of any kind. */
  change(): void {
    this.#pass(); // time between changes may have been used to make planes
    const id = 1 + this.#pick(IDS - 1);
    const kind = this.#pick(10_000);
    if (kind < 3) this.#refill(1 + this.#pick(4), 30);
    else if (kind < 600) this.#hop();
    else if (this.#states[id] === ABSENT) this.#add(id, this.#someNamespace());
    else if (kind < 7000) this.#add(id, this.#namespaceOf(id));
    else if (kind < 8500) this.#add(id, this.#someNamespace());
    else this.#remove(id);
  }

  /** Clears a namespace and fills it again. */
  refillAll(): void {
    this.#refill(0, IDS - 300);
    this.settle();
  }

  /** Makes memory grow, some rows at a time, and directions be learnt again. */
  *grow(): Generator<void> {
    for (let i = 0; i < FILLERS; i++) {
      this.#pass();
      this.index.add(FILLER + i, "filler", this.#vectorOf(1 + (i % IDS), i % GENERATIONS));
      this.#pass();
      if (i % 16 === 0) yield;
    }
    this.settle();
    this.index.clear("filler");
    this.#pass();
  }

  /** The only row of a namespace: which goes with it, and comes again. */
  #hop(): void {
    if (this.#states[IDS] !== ABSENT && this.#pick(3) === 0) this.#remove(IDS);
    else this.#add(IDS, this.#pick(2) === 0 ? GONE : 3);
  }

  #refill(namespace: number, rows: number): void {
    this.index.clear(NAMESPACES[namespace]!);
    const first = stateOf(namespace, 0);
    const had = this.#states.some((state) => state >= first && state < first + GENERATIONS);
    if (had) this.#tell(-1 - namespace, ABSENT);
    for (const [id, state] of this.#states.entries()) {
      if (state >= first && state < first + GENERATIONS) this.#states[id] = ABSENT;
    }
    for (let id = 1; id < IDS && rows > 0; id++) {
      if (this.#states[id] !== ABSENT) continue;
      this.#add(id, namespace);
      rows--;
    }
  }

  #add(id: number, namespace: number): void {
    const before = this.#states[id]!;
    const generation = before === ABSENT ? this.#pick(GENERATIONS) : (before + 1) % GENERATIONS;
    this.index.add(id, NAMESPACES[namespace]!, this.#vectorOf(id, generation));
    this.#states[id] = stateOf(namespace, generation);
    this.#tell(id, this.#states[id]!);
  }

  #remove(id: number): void {
    ok(this.index.remove(id), `${id} was not there`);
    this.#states[id] = ABSENT;
    this.#tell(id, ABSENT);
  }

  #tell(id: number, state: number): void {
    this.changes++;
    this.#history.tell(this.#history.version + 1, id, state);
    ok(this.#current() === this.#history.version, "one change makes one version");
  }

  #pass(): void {
    this.#history.pass(this.#current());
  }

  #current(): number {
    return Number(Atomics.load(this.#version, 0));
  }

  #namespaceOf(id: number): number {
    return Math.floor(this.#states[id]! / GENERATIONS);
  }

  #someNamespace(): number {
    return this.#pick(8) > 0 ? 0 : this.#pick(NAMESPACES.length - 1);
  }

  #pick(n: number): number {
    return Math.min(n - 1, Math.floor(((this.#random() + 1) / 2) * n));
  }
}
