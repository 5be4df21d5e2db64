import type { Awaitable, Neighbour, VectorIndex } from "../../src/index.ts";
import { ok } from "./assert.ts";

/** Registers one promise, to be checked on an empty index of its own, for vectors of so many dimensions. */
export type IndexCheck = (name: string, dimensions: number, run: (index: VectorIndex) => unknown) => void;

export type MakeIndex = (options: { dimensions: number }) => Awaitable<VectorIndex>;

export interface IndexTestOptions {
  /** The share of the ten nearest that an approximate index finds, of rows that lie in clusters. Default 0.95. */
  recall?: number;
}

/** Numbers in −1…1 that are the same in every run and runtime (xorshift32). */
export function numbers(seed: number): () => number {
  let state = seed * 2654435769 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state / 2 ** 31;
  };
}

/** As an index gets them: float32, of length 1. */
export function unitVector(values: readonly number[]): Float32Array {
  let squared = 0;
  for (const value of values) squared += value * value;
  const length = Math.sqrt(squared);
  const unit = new Float32Array(values.length);
  for (let i = 0; i < unit.length; i++) unit[i] = values[i]! / length;
  return unit;
}

export function someVector(dimensions: number, next: () => number): Float32Array {
  const values = new Array<number>(dimensions);
  for (let i = 0; i < dimensions; i++) values[i] = next();
  return unitVector(values);
}

/** The unit vector along one direction: with these, similarities are 0 and 1 to the bit. */
export function along(direction: number, dimensions: number): Float32Array {
  return Float32Array.from({ length: dimensions }, (_, i) => (i === direction ? 1 : 0));
}

export interface Row {
  id: number;
  namespace: string;
  vector: Float32Array;
}

export function addAll(index: VectorIndex, rows: Iterable<Row>): void {
  for (const { id, namespace, vector } of rows) index.add(id, namespace, vector);
}

/** What scoring every row gives: best first, ties by id. */
export function bruteForce(
  rows: Iterable<Row>,
  namespace: string,
  query: Float32Array,
  k: number,
  threshold: number,
): Neighbour[] {
  const near: Neighbour[] = [];
  for (const row of rows) {
    if (row.namespace !== namespace) continue;
    const similarity = dot(query, row.vector);
    if (similarity >= threshold) near.push({ id: row.id, similarity });
  }
  return near.sort((a, b) => b.similarity - a.similarity || a.id - b.id).slice(0, k);
}

export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

export function idsOf(found: readonly Neighbour[]): number[] {
  return found.map(({ id }) => id);
}

export function sorted(ids: Iterable<number>): number[] {
  return [...ids].sort((a, b) => a - b);
}

/** How far two ways of summing may be apart. */
const NEAR = 1e-5;

/** What holds of every answer, of an approximate index too: known rows of the namespace, rightly scored and ordered. */
export function checkAnswer(
  found: readonly Neighbour[],
  rows: ReadonlyMap<number, Row>,
  namespace: string,
  query: Float32Array,
  k: number,
  threshold: number,
): void {
  ok(found.length <= k, `${found.length} were returned where ${k} were asked for`);
  ok(new Set(idsOf(found)).size === found.length, "an id came twice");
  for (const [place, { id, similarity }] of found.entries()) {
    const row = rows.get(id);
    ok(row?.namespace === namespace, `id ${id} is not in the namespace`);
    const right = dot(query, row.vector);
    ok(Math.abs(right - similarity) <= NEAR, `id ${id} is ${right} similar, not ${similarity}`);
    ok(similarity >= threshold && similarity <= 1 && similarity >= -1, `similarity ${similarity}`);
    const before = found[place - 1];
    ok(
      before === undefined || before.similarity > similarity || (before.similarity === similarity && before.id < id),
      `place ${place} is out of order`,
    );
  }
}
