import fc from "fast-check";
import { ExactIndex } from "../../src/vectors/exact-index.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import { cases } from "../depth.ts";
import type { Suite } from "../harness.ts";
import { cosine, randomVector, seeded } from "./vectors.ts";

const D = 3;
const vector = fc
  .array(fc.integer({ min: -3, max: 3 }), { minLength: D, maxLength: D })
  .filter((v) => v.some((x) => x !== 0));
const id = fc.integer({ min: 1, max: 40 });
const namespace = fc.constantFrom("a", "b", "");

export const exactIndexTests: Suite = (test) => {
  test("any sequence of changes leaves what a plain map holds", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            { weight: 8, arbitrary: fc.record({ add: id, namespace, vector }) },
            { weight: 4, arbitrary: fc.record({ remove: id }) },
            { weight: 1, arbitrary: fc.record({ clear: fc.option(namespace, { nil: undefined }) }) },
          ),
          { maxLength: 120 },
        ),
        namespace,
        vector,
        fc.constantFrom(-1, 0, 0.5, 0.9),
        (changes, searched, query, threshold) => {
          const index = new ExactIndex(D);
          const model = new Map<number, { namespace: string; vector: number[] }>();
          for (const change of changes) {
            if ("add" in change) {
              index.add(change.add, change.namespace, change.vector);
              model.set(change.add, change);
            } else if ("remove" in change) {
              equal(index.remove(change.remove), model.delete(change.remove));
            } else {
              index.clear(change.clear);
              for (const [id, row] of model) {
                if (change.clear === undefined || row.namespace === change.clear) model.delete(id);
              }
            }
            equal(index.size, model.size);
          }
          const scores = [...model]
            .filter(([, row]) => row.namespace === searched)
            .map(([id, row]) => ({ id, similarity: cosine(row.vector, query) }))
            .sort((a, b) => b.similarity - a.similarity);
          const found = index.search(searched, query, 100, threshold);
          for (const { id, similarity } of found) {
            const oracle = scores.find((score) => score.id === id);
            ok(oracle !== undefined && Math.abs(oracle.similarity - similarity) < 1e-6, `id ${id}`);
          }
          // Rows within rounding of the threshold may fall on either side of it.
          const surely = scores.filter((score) => score.similarity >= threshold + 1e-6).length;
          const maybe = scores.filter((score) => score.similarity >= threshold - 1e-6).length;
          ok(found.length >= surely && found.length <= maybe, `${surely} ≤ ${found.length} ≤ ${maybe}`);
        },
      ),
      { numRuns: cases(300) },
    );
  });

  test("no similarity passes ±1", () => {
    const random = seeded(8);
    for (let i = 0; i < 300; i++) {
      const vector = randomVector(37, random);
      const index = new ExactIndex(37);
      index.add(1, "n", vector);
      index.add(
        2,
        "n",
        vector.map((x) => -x),
      );
      for (const { similarity } of index.search("n", vector, 2, -1.1)) ok(Math.abs(similarity) <= 1, `${similarity}`);
    }
  });

  test("F33 a namespace is searched alone, and removed slots are used again", () => {
    const index = new ExactIndex(D);
    for (let i = 1; i <= 1000; i++) index.add(i, `n${i % 10}`, [i, 1, 1]);
    const { bytes } = index;
    for (let round = 0; round < 5; round++) {
      for (let i = 1; i <= 1000; i++) index.remove(i);
      for (let i = 1; i <= 1000; i++) index.add(i, `n${i % 10}`, [i, 1, 1]);
    }
    equal(index.bytes, bytes);
    ok(
      index.search("n3", [1, 0, 0], 128, 0).every(({ id }) => id % 10 === 3),
      "only n3's rows",
    );
  });

  test("many rows of one namespace are all found, and a freed slot is used again", () => {
    const index = new ExactIndex(D);
    for (let i = 1; i <= 100; i++) index.add(i, "n", [1, i / 100, 0]);
    equal(index.search("n", [1, 0, 0], 128, -1).length, 100);
    const { bytes } = index;
    for (let i = 0; i < 50_000; i++) {
      index.add(1000, "n", [0, 0, 1]);
      index.remove(1000);
      index.add(1001, `gone ${i}`, [0, 0, 1]);
      index.remove(1001);
    }
    equal([index.bytes, index.size], [bytes, 100]);
  });

  test("a refused vector leaves the row as it was", async () => {
    const index = new ExactIndex(D);
    index.add(1, "a", [1, 0, 0]);
    await fails(() => index.add(1, "b", [0, 0, 0]), "vector");
    await fails(() => index.add(1, "b", [0, Number.NaN, 0]), "vector");
    await fails(() => index.add(1, "b", [1, 0]), "dimension");
    equal(index.search("a", [1, 0, 0], 1, 0.9), [{ id: 1, similarity: 1 }]);
  });

  test("asking for none, or in an unknown namespace, finds none", () => {
    const index = new ExactIndex(D);
    index.add(1, "a", [1, 0, 0]);
    equal(index.search("a", [1, 0, 0], 0, -1), []);
    equal(index.search("b", [1, 0, 0], 5, -1), []);
  });
};
