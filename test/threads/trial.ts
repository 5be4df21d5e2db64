import { scalarKernel } from "../../src/kernel/scalar.ts";
import { told } from "../../src/vectors/answer.ts";
import type { Neighbour } from "../../src/vectors/vector-index.ts";
import { ok } from "../conformance/assert.ts";
import { HOSTILE } from "../unit/hostile-rows.ts";
import { seeded } from "../unit/vectors.ts";

// What writers and readers of a trial agree on beforehand: ids from 1 to IDS, each with the same few vectors that it has one
// after another; and the similarity of each of them to every query, computed by the scalar kernel, which has no part in it.

export const DIMENSIONS = 128;
export const IDS = 3000;
export const GENERATIONS = 4;
export const QUERIES = 24;
/** The first is the one with most rows. Two are names that are hard to tell apart from others, or from nothing. */
export const NAMESPACES = ["big", "small", "", "__proto__", "\ud800\u0000 lone", "gone"] as const;
const TELLABLE = 1 << 20;

/** What is posted to readers. */
export interface Trial {
  queries: Float32Array[];
  /** By query, id and generation. */
  similarities: Float32Array;
  /** Of changes (history.ts). */
  history: Int32Array;
  /** Whether it is over. */
  over: Int32Array;
}

/** The vector of an id in one of its generations. Some ids have those of others: ties. */
export type VectorOf = (id: number, generation: number) => ArrayLike<number>;

export function newTrial(seed: number): { trial: Trial; vectorOf: VectorOf } {
  const random = seeded(seed);
  const vectors = HOSTILE.anisotropic!(IDS * GENERATIONS, DIMENSIONS, seed);
  const vectorOf: VectorOf = (id, generation) => {
    const owner = id % 16 === 0 ? id - 1 : id;
    return vectors[(owner - 1) * GENERATIONS + generation]!;
  };
  const queries = Array.from({ length: QUERIES }, (_, i) => {
    const near = vectors[(i * 977) % vectors.length]!;
    if (i % 4 === 3) return Float32Array.from({ length: DIMENSIONS }, random);
    return Float32Array.from(near, (x) => (i % 4 === 2 ? -x : x + 0.1 * i * random()));
  });
  const similarities = new Float32Array(new SharedArrayBuffer(4 * QUERIES * (IDS + 1) * GENERATIONS));
  const kernel = scalarKernel(() => true);
  kernel.open(DIMENSIONS, 4, 2 ** 31);
  const row = kernel.row(kernel.slot(kernel.growChain(0, 0), 0));
  const set = (at: number, vector: ArrayLike<number>): void => {
    new Float32Array(kernel.memory.buffer).set(vector, at >>> 2);
    ok(kernel.normalise(at) === 0, "a vector has no direction");
  };
  for (const [query, vector] of queries.entries()) {
    set(kernel.query(), vector);
    for (let id = 1; id <= IDS; id++) {
      for (let generation = 0; generation < GENERATIONS; generation++) {
        set(row, vectorOf(id, generation));
        similarities[placeOf(query, id, generation)] = kernel.dot(kernel.query(), row);
      }
    }
  }
  const history = new Int32Array(new SharedArrayBuffer(4 * 16 + 8 * TELLABLE));
  return { trial: { queries, similarities, history, over: new Int32Array(new SharedArrayBuffer(4)) }, vectorOf };
}

function placeOf(query: number, id: number, generation: number): number {
  return (query * (IDS + 1) + id) * GENERATIONS + generation;
}

/** Where an id is, and with which of its vectors, as one number. */
export const ABSENT = -1;
export function stateOf(namespace: number, generation: number): number {
  return namespace * GENERATIONS + generation;
}

/** Scores every row of a namespace. */
export function everyRow(
  { similarities }: Trial,
  states: Int32Array,
  asked: { namespace: number; query: number; k: number; threshold: number },
): Neighbour[] {
  const least = Math.fround(asked.threshold);
  const found: Neighbour[] = [];
  const first = stateOf(asked.namespace, 0);
  for (let id = 1; id <= IDS; id++) {
    const generation = states[id]! - first;
    if (generation < 0 || generation >= GENERATIONS) continue;
    const similarity = similarities[placeOf(asked.query, id, generation)]!;
    if (similarity < least) continue;
    if (found.length === asked.k && similarity <= found[asked.k - 1]!.similarity) continue; // ids come in order
    let place = found.length;
    while (place > 0 && found[place - 1]!.similarity < similarity) place--;
    found.splice(place, 0, { id, similarity });
    if (found.length > asked.k) found.pop();
  }
  return told(found);
}
