import type { Neighbour } from "../../src/kernel/kernel.ts";
import type { ExactIndexOptions } from "../../src/vectors/exact-options.ts";
import { equal, ok } from "../conformance/assert.ts";

// What an exact index must answer, by code of its own: a map of rows, each scored in float32 in the order that
// assembly/dot.ts states, and in float64 in any order.

export type Dtype = NonNullable<ExactIndexOptions["dtype"]>;

/** The numbers that are stored for a vector of length 1, as float32. */
export const STORED: Record<Dtype, (x: number) => number> = {
  float32: (x) => x,
  float16: (x) => {
    // Halves have 11 bits; below 2^-14 they are 2^-24 apart.
    const exponent = x === 0 ? -14 : Math.max(-14, Math.floor(Math.log2(Math.abs(x))));
    const step = 2 ** (exponent - 10);
    return halfToEven(x / step) * step;
  },
  int8: (x) => Math.fround(Math.max(-128, Math.min(127, halfToEven(Math.fround(x * 127)))) / 127),
};

function halfToEven(x: number): number {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}

/** At length 1, as assembly/normalise.ts states it. */
export function atLength1(vector: ArrayLike<number>): Float32Array {
  const row = new Float32Array(vector);
  const sums = [0, 0, 0, 0];
  for (let i = 0; i < row.length; i++) sums[i % 4]! += row[i]! ** 2;
  const squared = sums[0]! + sums[1]! + (sums[2]! + sums[3]!);
  return Math.abs(squared - 1) <= 2 ** -22 ? row : row.map((x) => x / Math.sqrt(squared));
}

export function stored(vector: ArrayLike<number>, dtype: Dtype): Float32Array {
  const row = atLength1(vector);
  return dtype === "float32" ? row : row.map(STORED[dtype]);
}

const SUMS = new Float32Array(16);

/** Sixteen sums side by side, each rounded to float32, as are their products. */
export function float32Dot(a: Float32Array, b: Float32Array): number {
  const sums = SUMS.fill(0);
  for (let i = 0; i < a.length; i++) sums[i % 16] = sums[i % 16]! + Math.fround(a[i]! * b[i]!);
  const lane = (i: number): number =>
    Math.fround(Math.fround(sums[i]! + sums[i + 4]!) + Math.fround(sums[i + 8]! + sums[i + 12]!));
  return Math.fround(Math.fround(lane(0) + lane(1)) + Math.fround(lane(2) + lane(3)));
}

function float64Dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

interface Row {
  readonly namespace: string;
  readonly numbers: Float32Array;
}

export class BruteForce {
  readonly rows = new Map<number, Row>();
  readonly #dtype: Dtype;

  constructor(dtype: Dtype = "float32") {
    this.#dtype = dtype;
  }

  add(id: number, namespace: string, vector: ArrayLike<number>): void {
    this.rows.set(id, { namespace, numbers: stored(vector, this.#dtype) });
  }

  clear(namespace?: string): void {
    for (const [id, row] of this.rows) if (namespace === undefined || row.namespace === namespace) this.rows.delete(id);
  }

  ids(namespace?: string): number[] {
    return [...this.rows].filter(([, row]) => namespace === undefined || row.namespace === namespace).map(([id]) => id);
  }

  search(
    namespace: string,
    vector: ArrayLike<number>,
    k: number,
    threshold: number,
    allowed: (id: number) => boolean = () => true,
  ): Neighbour[] {
    const query = atLength1(vector);
    const found: Neighbour[] = [];
    for (const [id, row] of this.rows) {
      if (row.namespace !== namespace || !allowed(id)) continue;
      const similarity = float32Dot(query, row.numbers);
      if (similarity >= Math.fround(threshold)) found.push({ id, similarity });
    }
    // Ordered as they were computed; told within ±1.
    found.sort((a, b) => b.similarity - a.similarity || a.id - b.id);
    return found.slice(0, k).map(({ id, similarity }) => {
      const exact = float64Dot(query, this.rows.get(id)!.numbers);
      const most = (query.length / 16 + 6) * 2 ** -24 * (1 + Math.sqrt(query.length) / 250);
      ok(Math.abs(exact - similarity) <= most, `id ${id}: ${similarity} in float32, ${exact} in float64`);
      return { id, similarity: Math.max(-1, Math.min(1, similarity)) };
    });
  }
}

/** Long answers differ in one place: which, is what one wants to read. */
export function same(found: readonly Neighbour[], expected: readonly Neighbour[], what: string): void {
  const place = expected.findIndex(
    ({ id, similarity }, i) => found[i]?.id !== id || found[i].similarity !== similarity,
  );
  const at = place < 0 ? expected.length : place;
  equal(found.slice(at, at + 2), expected.slice(at, at + 2), `${what}, from place ${at} of ${expected.length}`);
}
