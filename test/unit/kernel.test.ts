import fc from "fast-check";
import { Kernel, type KernelLevel, MAX_DIMENSIONS, type Neighbour } from "../../src/kernel/kernel.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import type { Platform } from "../platform.ts";
import { cosine, randomVector, seeded } from "./vectors.ts";

/** Each length of a last, partial step; and around the sizes of blocks. */
const DIMENSIONS = [...Array.from({ length: 36 }, (_, i) => i + 1), 47, 48, 49, 63, 64, 65, 96, 127, 128, 129, 130];

/** The kernel in full use, against plain float64 arithmetic that shares no code with it. */
export const kernelTests =
  (platform: Platform): Suite =>
  (test) => {
    for (const [wish, level] of Object.entries(platform.kernel) as [KernelLevel, KernelLevel][]) {
      test(`asked for ${wish}, this runtime gives ${level}`, () => {
        equal(new Kernel(4, { level: wish }).level, level);
      });
    }

    for (const level of new Set(Object.values(platform.kernel))) {
      test(`${level}: normalise equals float64, 1…130 dimensions`, () => {
        const random = seeded(1);
        for (const d of DIMENSIONS) {
          const kernel = new Kernel(d, { level });
          for (const scale of [1, 1e-30, 1e30]) {
            const vector = randomVector(d, random).map((x) => x * scale);
            const length = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
            const unit = kernel.normalise(vector);
            for (let i = 0; i < d; i++)
              ok(Math.abs(unit[i]! - vector[i]! / length) <= 2 ** -24, `d ${d}, component ${i}`);
          }
        }
      });

      test(`${level}: normalising twice gives the same bits as once`, () => {
        fc.assert(
          fc.property(anyVector, (vector) => {
            const kernel = new Kernel(vector.length, { level });
            const once = kernel.normalise(vector);
            equal(kernel.normalise(once), once);
          }),
        );
      });

      test(`${level}: scan equals float64, 1…130 dimensions by 0…9 rows, and finds every row`, () => {
        const random = seeded(2);
        for (const d of DIMENSIONS) {
          for (let n = 0; n <= 9; n++) {
            const rows = Array.from({ length: n }, () => randomVector(d, random));
            const query = randomVector(d, random);
            const found = searchAll(new Kernel(d, { level }), rows, query);
            equal(found.map(({ id }) => id).sort(), rows.map((_, i) => i + 1).sort(), `d ${d}, n ${n}`);
            for (const { id, similarity } of found) {
              const error = Math.abs(similarity - cosine(rows[id - 1]!, query));
              ok(error <= (d + 4) * 2 ** -24, `d ${d}, n ${n}: off by ${error}`);
            }
            ok(
              found.every((hit, i) => i === 0 || !precedes(hit, found[i - 1]!)),
              `d ${d}, n ${n}: best first`,
            );
          }
        }
      });

      test(`${level}: every answer has the scalar kernel's bits`, () => {
        const random = seeded(3);
        for (const d of [1, 2, 3, 15, 16, 17, 31, 64, 100, 129, 384, 768]) {
          const rows = Array.from({ length: 40 }, () => randomVector(d, random));
          const query = randomVector(d, random);
          equal(
            searchAll(new Kernel(d, { level }), rows, query),
            searchAll(new Kernel(d, { level: "scalar" }), rows, query),
            `d ${d}`,
          );
        }
      });

      test(`${level}: the best k are the first k of all, ties by id`, () => {
        fc.assert(
          fc.property(
            // Few directions, so that many rows tie
            fc.array(fc.constantFrom([1, 0], [0, 1], [-1, 0], [0.6, 0.8], [0.8, 0.6]), { maxLength: 60 }),
            fc.constantFrom([1, 0], [0.6, 0.8], [-0.3, 0.1]),
            fc.integer({ min: 0, max: 130 }),
            fc.constantFrom(-1, 0, 0.5, 0.6, 0.96, 1),
            (rows, query, k, threshold) => {
              const kernel = new Kernel(2, { level });
              const all = searchAll(kernel, rows, query);
              const expected = all.filter((hit) => hit.similarity >= Math.fround(threshold)).slice(0, k);
              equal(searchAll(new Kernel(2, { level }), rows, query, k, threshold), expected);
            },
          ),
        );
      });

      test(`${level}: the threshold is inclusive`, () => {
        const rows = [[0.6, 0.8]];
        equal(searchAll(new Kernel(2, { level }), rows, [1, 0], 1, 0.6).length, 1);
        equal(searchAll(new Kernel(2, { level }), rows, [1, 0], 1, 0.6000001).length, 0);
        equal(searchAll(new Kernel(2, { level }), rows, [1, 0], 1, Number.NaN), []);
      });

      test(`${level}: more results than there is room for come all the same, in order`, () => {
        const kernel = new Kernel(2, { level });
        const rows = Array.from({ length: 700 }, (_, i) => [1, (i % 350) / 350]);
        const expected = rows.map((_, i) => i + 1).sort((a, b) => ((a - 1) % 350) - ((b - 1) % 350) || a - b);
        for (const k of [kernel.maxResults, kernel.maxResults + 1, 500, 699, 700, 5000]) {
          const found = searchAll(new Kernel(2, { level }), rows, [1, 0], k);
          equal(
            found.map(({ id }) => id),
            expected.slice(0, k),
            `k ${k}`,
          );
        }
      });

      test(`${level}: what is normalised is a copy`, () => {
        const kernel = new Kernel(2, { level });
        const first = kernel.normalise([3, 4]);
        kernel.normalise([1, 0]);
        equal(first, Float32Array.of(0.6, 0.8));
      });

      test(`${level}: lengths near 1 are mended, not taken for 1; the threshold is a float32`, () => {
        const kernel = new Kernel(2, { level });
        for (const length of [1 + 5e-5, 1 - 5e-5, 1 + 1e-6]) {
          const unit = kernel.normalise([0.6 * length, 0.8 * length]);
          ok(Math.abs(unit[0]! - 0.6) < 1e-7 && Math.abs(unit[1]! - 0.8) < 1e-7, `length ${length}`);
        }
        const pinned = kernel.normalise([0.1776227355003357, -0.2502099275588989]);
        equal(kernel.normalise(pinned), pinned);
        equal(searchAll(new Kernel(2, { level }), [[0.6, 0.8]], [1, 0], 1, Math.fround(0.6) + 1e-9).length, 1);
      });

      test(`${level}: a vector without a direction is refused by name`, async () => {
        const kernel = new Kernel(3, { level });
        for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e39]) {
          for (let at = 0; at < 3; at++) {
            const vector = [1, 2, 3];
            vector[at] = bad;
            const { message } = await fails(() => kernel.normalise(vector), "vector");
            ok(message.includes(`component ${at}`), message);
          }
        }
        ok((await fails(() => kernel.normalise([0, -0, 0]), "vector")).message.includes("length zero"), "zero by name");
        for (const length of [0, 2, 4, 17]) {
          const { message } = await fails(() => kernel.normalise(new Float32Array(length).fill(1)), "dimension");
          ok(message.includes("3") && message.includes(String(length)), message);
        }
        for (const bad of [undefined, null, 7, "abc", {}]) {
          await fails(() => kernel.normalise(bad as unknown as number[]), "argument");
        }
        equal(kernel.normalise([0, 3, 4]), Float32Array.of(0, 0.6, 0.8), "and the next one is taken");
      });

      test(`${level}: blocks are reused once a chain is dropped`, () => {
        const kernel = new Kernel(5, { level });
        const fill = (): number => {
          const { head, slots } = chain(kernel, 640);
          kernel.load([1, 2, 3, 4, 5]);
          for (const slot of slots) fillSlot(kernel, slot, slot);
          return head;
        };
        kernel.dropChain(fill());
        const { bytes } = kernel;
        for (let round = 0; round < 10; round++) kernel.dropChain(fill());
        equal(kernel.bytes, bytes);
        const { head } = chain(kernel, 16);
        equal(kernel.search(head, [1, 2, 3, 4, 5], 9, -1), [], "a reused block is vacant");
      });

      test(`${level}: rows survive the growth of memory`, () => {
        const random = seeded(4);
        const d = 256;
        const rows = Array.from({ length: 5000 }, () => randomVector(d, random));
        const kernel = new Kernel(d, { level });
        const query = rows[17]!;
        const found = searchAll(kernel, rows, query, 3, 0.99);
        equal(found[0]?.id, 18);
        ok(kernel.bytes > 5000 * d * 4, "all rows are held");
      });
    }

    test("dimensions out of range are refused", async () => {
      for (const bad of [0, -1, 1.5, Number.NaN, MAX_DIMENSIONS + 1, "3", undefined]) {
        await fails(() => new Kernel(bad as number), "argument");
      }
    });
  };

const anyVector = fc
  .array(
    fc.oneof(
      fc.float({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom(0, 1, -1, 1e-45, 1.1754943508222875e-38, 3.4028234663852886e38),
    ),
    { minLength: 1, maxLength: 40 },
  )
  .filter((vector) => vector.some((x) => Math.fround(x) !== 0));

/** Rows are given the ids 1, 2, 3, …, in shuffled slots: the answer must not depend on where a row lies. */
function searchAll(
  kernel: Kernel,
  rows: readonly ArrayLike<number>[],
  query: ArrayLike<number>,
  k = 128,
  threshold = -1.1,
): Neighbour[] {
  const { head, slots } = chain(kernel, rows.length);
  slots.sort((a, b) => ((a * 7919) % 1009) - ((b * 7919) % 1009) || a - b);
  rows.forEach((row, i) => {
    kernel.load(row);
    fillSlot(kernel, slots[i]!, i + 1);
  });
  return kernel.search(head, query, k, threshold);
}

/** With the vector that was loaded last. */
function fillSlot(kernel: Kernel, slot: number, id: number): void {
  kernel.write(slot);
  kernel.place(slot, id);
  kernel.threads?.publish();
}

/** A chain with room for so many rows. */
function chain(kernel: Kernel, rows: number): { head: number; slots: number[] } {
  let head = 0;
  let tail = 0;
  const slots: number[] = [];
  while (slots.length < rows) {
    tail = kernel.growChain(tail);
    head ||= tail;
    slots.push(...kernel.slots(tail));
  }
  return { head, slots };
}

function precedes(a: Neighbour, b: Neighbour): boolean {
  return a.similarity > b.similarity || (a.similarity === b.similarity && a.id < b.id);
}
