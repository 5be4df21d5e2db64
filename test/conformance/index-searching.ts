import { equal, ok } from "./assert.ts";
import {
  addAll,
  along,
  bruteForce,
  checkAnswer,
  type IndexCheck,
  type IndexTestOptions,
  idsOf,
  numbers,
  type Row,
  someVector,
  unitVector,
} from "./index-under-test.ts";

const D = 8;
const MANY = 2000;

export function testIndexSearching(check: IndexCheck, { recall = 0.95 }: IndexTestOptions): void {
  check("no more than there are, than were asked for, or than are near enough", D, (index) => {
    const next = numbers(3);
    const rows = new Map(
      Array.from({ length: 40 }, (_, i) => [i + 1, { id: i + 1, namespace: "n", vector: someVector(D, next) }]),
    );
    addAll(index, rows.values());
    for (const k of [0, 1, 2, 7, 39, 40, 41, 100, 2 ** 31, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER]) {
      for (const threshold of [-1, 0, 0.3, 0.9, 1]) {
        const query = someVector(D, next);
        const found = index.search("n", query, k, threshold);
        checkAnswer(found, rows, "n", query, k, threshold);
        equal(
          found.length,
          bruteForce(rows.values(), "n", query, k, threshold).length,
          `k ${k}, threshold ${threshold}`,
        );
      }
    }
    equal(index.search("elsewhere", along(0, D), 5, -1), []);
  });

  check("the threshold is inclusive, and reaches from −1 to 1", D, (index) => {
    const opposite = along(0, D).map((x) => -x);
    addAll(index, [
      { id: 1, namespace: "n", vector: opposite },
      { id: 2, namespace: "n", vector: along(1, D) },
      { id: 3, namespace: "n", vector: along(0, D) },
    ]);
    const at = (threshold: number): number[] => idsOf(index.search("n", along(0, D), 9, threshold));
    equal([at(-1), at(-0.5), at(0), at(2 ** -20), at(1)], [[3, 2, 1], [3, 2], [3, 2], [3], [3]]);
    equal(index.search("n", along(0, D), 9, -1)[2], { id: 1, similarity: -1 });
  });

  check("equal ones come in id order, and the lowest ids of them", D, (index) => {
    const vector = unitVector([1, 2, 3, 4, 5, 6, 7, 8]);
    for (let i = 0; i < 60; i++) index.add(1 + ((i * 37) % 60), "n", vector);
    index.add(100, "n", along(7, D));
    index.add(61, "n", along(0, D));
    const lowest = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);
    for (const k of [1, 5, 30, 59, 60]) equal(idsOf(index.search("n", vector, k, -1)), lowest(k));
    equal(idsOf(index.search("n", vector, 62, -1)), [...lowest(60), 100, 61]);
    index.remove(1);
    index.add(2, "n", vector);
    equal(idsOf(index.search("n", vector, 3, 0.5)), [2, 3, 4]);
  });

  check("equal ones among many others come in id order, too", D, (index) => {
    const next = numbers(4);
    const vector = someVector(D, next);
    for (let id = 1; id <= 1000; id++) index.add(id, "n", id % 5 === 0 ? vector : someVector(D, next));
    equal(idsOf(index.search("n", vector, 4, 0.99999)), [5, 10, 15, 20]);
    equal(idsOf(index.search("n", vector, 4, -1)), [5, 10, 15, 20]);
  });

  check("nothing at all is near enough", D, (index) => {
    for (let id = 1; id <= 1000; id++) index.add(id, "n", along(id % (D - 1), D));
    equal(index.search("n", along(D - 1, D), 10, 0.5), []);
    equal(index.search("n", along(D - 1, D), 10, 0).length, 10);
  });

  check(`of ${MANY} rows in clusters the nearest are found, and scored as they are`, 64, (index) => {
    const rows = clusters(MANY, 64, numbers(5));
    addAll(index, rows.values());
    measureRecall(index.exact ? 1 : recall);

    // A third goes, a third is overwritten.
    const fresh = clusters(MANY, 64, numbers(6));
    for (const id of [...rows.keys()]) {
      if (id % 3 === 0) {
        ok(index.remove(id), `${id} was there`);
        rows.delete(id);
      } else if (id % 3 === 1) {
        rows.set(id, fresh.get(id)!);
        addAll(index, [rows.get(id)!]);
      }
    }
    equal(index.size, rows.size);
    measureRecall(index.exact ? 1 : recall);

    function measureRecall(least: number): void {
      const next = numbers(7);
      let wanted = 0;
      let got = 0;
      for (const { vector } of [...rows.values()].filter((_, i) => i % 20 === 0)) {
        const query = unitVector(Array.from(vector, (x) => x + 0.03 * next()));
        const found = index.search("n", query, 10, -1);
        equal(found.length, 10);
        checkAnswer(found, rows, "n", query, 10, -1);
        const right = bruteForce(rows.values(), "n", query, 10, -1);
        // Ten as similar as the ten best, within what sums differ: which of two equal ones came is not asked here.
        const bar = right[9]!.similarity - 1e-6;
        wanted += 10;
        got += found.filter(({ similarity }) => similarity >= bar).length;
      }
      ok(got >= least * wanted, `recall@10 is ${got / wanted}, below ${least}`);
    }
  });
}

/** As embeddings lie: around some centres, some nearer, some farther. */
function clusters(count: number, dimensions: number, next: () => number): Map<number, Row> {
  const centres = Array.from({ length: 40 }, () => someVector(dimensions, next));
  return new Map(
    Array.from({ length: count }, (_, i) => {
      const spread = 0.02 + 0.2 * Math.abs(next());
      const vector = unitVector(Array.from(centres[i % 40]!, (x) => x + spread * next()));
      return [i + 1, { id: i + 1, namespace: "n", vector }];
    }),
  );
}
