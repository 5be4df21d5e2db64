import { ABSENT, IDS, stateOf } from "./trial.ts";

// Which change made which version, in memory that readers share: so that each can tell what there was in any version it sees.
//
//   0     the last version told of; then, for each reader, the version up to which it has read
//   16    of each version, in a ring: the id that changed (0: none; -1 - n: namespace n went), and its new state

const READERS = 15;
const RING = 16;

/** The writer's side. */
export class HistoryWriter {
  readonly #words: Int32Array;
  readonly #readers: number;

  constructor(words: Int32Array, readers: number) {
    if (readers > READERS) throw new Error("too many readers");
    this.#words = words;
    this.#readers = readers;
    words.fill(0);
  }

  get version(): number {
    return this.#words[0]!;
  }

  tell(version: number, id: number, state: number): void {
    if (version !== this.version + 1) throw new Error(`version ${version} comes after ${this.version}`);
    const at = RING + 2 * (version % capacity(this.#words));
    while (version - this.#slowest() >= capacity(this.#words)) Atomics.wait(this.#words, 0, this.version, 1);
    this.#words[at] = id;
    this.#words[at + 1] = state;
    Atomics.store(this.#words, 0, version);
  }

  /** Versions up to this one changed nothing. */
  pass(version: number): void {
    while (this.version < version) this.tell(this.version + 1, 0, 0);
  }

  #slowest(): number {
    let slowest = this.version;
    for (let i = 1; i <= this.#readers; i++) slowest = Math.min(slowest, Atomics.load(this.#words, i));
    return slowest;
  }
}

/** What every id is, in the version that was asked for last. */
export class HistoryReader {
  readonly states: Int32Array = new Int32Array(IDS + 1).fill(ABSENT);
  readonly #words: Int32Array;
  readonly #reader: number;
  #version = 0;

  constructor(words: Int32Array, reader: number) {
    this.#words = words;
    this.#reader = reader;
  }

  /** A version may be seen before it is told of. */
  advance(version: number): void {
    while (Atomics.load(this.#words, 0) < version);
    while (this.#version < version) {
      const at = RING + 2 * (++this.#version % capacity(this.#words));
      const id = this.#words[at]!;
      if (id > 0) this.states[id] = this.#words[at + 1]!;
      else if (id < 0) this.#clear(-1 - id);
    }
    Atomics.store(this.#words, 1 + this.#reader, version);
  }

  /** So that nobody waits for one who reads no more. */
  leave(): void {
    Atomics.store(this.#words, 1 + this.#reader, 2 ** 31 - 1);
  }

  #clear(namespace: number): void {
    for (let id = 1; id <= IDS; id++) {
      const state = this.states[id]!;
      if (state >= stateOf(namespace, 0) && state < stateOf(namespace + 1, 0)) this.states[id] = ABSENT;
    }
  }
}

function capacity(words: Int32Array): number {
  return (words.length - RING) / 2;
}
