import { ExactIndex } from "../../src/vectors/exact-index.ts";
import type { ExactIndexOptions } from "../../src/vectors/exact-options.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { BruteForce, same } from "./brute-force.ts";
import { HOSTILE } from "./hostile-rows.ts";
import { randomVector, seeded } from "./vectors.ts";

const D = 64;
const MOST = 2 ** 17;

/** Rows of one index in several memories, and memory that is given back. */
export const memoriesTests: Suite = (test) => {
  for (const level of ["simd", "scalar"] as const) {
    test(`${level}: rows in many memories are answered like those of one`, () => {
      const { index, model, rows } = spread({ level });
      ok(index.bytes > 4 * MOST, `${index.bytes} bytes are in several memories`);
      const check = (what: string): void => {
        equal(index.size, model.rows.size, what);
        equal(index.ids("n1").sort(), model.ids("n1").sort(), what);
        for (const i of [0, 700, 1999]) {
          for (const [k, threshold] of [[1, 0.9] as const, [10, 0] as const, [100, -1] as const, [500, -1] as const]) {
            for (const namespace of ["n0", "n1"]) {
              same(
                index.search(namespace, rows[i]!, k, threshold),
                model.search(namespace, rows[i]!, k, threshold),
                what,
              );
            }
          }
        }
        const queries = rows.slice(0, 5);
        const many = index.searchMany("n0", queries, 10, 0);
        many.forEach((found, i) => {
          same(found, model.search("n0", queries[i]!, 10, 0), `${what}, many at once`);
        });
      };
      check("at first");
      for (let id = 1; id <= 900; id += 3) for (const either of [index, model]) either.add(id, "n1", rows[2000 - id]!);
      check("rows of other memories were overwritten");
      for (let id = 2; id <= 1500; id += 2) equal(index.remove(id), model.rows.delete(id));
      check("rows were removed");
      for (const either of [index, model]) either.clear("n0");
      check("a namespace went");
    });
  }

  test("a memory that has no rows is given back, whether they were removed, overwritten or cleared", () => {
    for (const empty of ["remove", "overwrite", "clear"]) {
      const { index, model, rows } = spread({}, empty === "clear" ? (id) => `n${Math.floor(id / 1000)}` : undefined);
      const { bytes } = index;
      for (let id = 1; id < 1000; id++) {
        if (empty === "remove") equal([index.remove(id), model.rows.delete(id)], [true, true]);
        if (empty === "overwrite") for (const either of [index, model]) either.add(id, "n0", rows[1]!);
      }
      if (empty === "clear") for (const either of [index, model]) either.clear("n0");
      index.settle();
      // Of what moved to another namespace the room stays with the one it had. A memory takes 1 MiB, however little it may use.
      const held = empty === "overwrite" ? bytes + 2 ** 21 : 0.7 * bytes;
      ok(index.bytes <= held, `${empty}: ${index.bytes} of ${bytes} bytes are held`);
      same(index.search("n1", rows[5]!, 100, -1), model.search("n1", rows[5]!, 100, -1), empty);
    }
  });

  test("an index that is emptied holds little", () => {
    for (const empty of ["remove", "clear one by one", "clear"]) {
      const index = new ExactIndex(1024);
      const row = randomVector(1024, seeded(1));
      for (let id = 1; id <= 2000; id++) index.add(id, `n${id % 10}`, row);
      ok(index.bytes > 2 ** 23, "it held much");
      if (empty === "clear") index.clear();
      for (let n = 0; n < 10 && empty === "clear one by one"; n++) index.clear(`n${n}`);
      for (let id = 1; id <= 2000 && empty === "remove"; id++) index.remove(id);
      ok(index.bytes < 2 ** 21, `${index.bytes} bytes are held after ${empty}`);
      index.add(1, "n", row);
      equal(index.search("n", row, 1, 0.9)[0]?.id, 1, "and it takes rows again");
    }
  });

  test("an index shrunk to less than half moves to a smaller memory, while it is searched and written", () => {
    const dimensions = 4096;
    const random = seeded(2);
    const few = Array.from({ length: 50 }, () => randomVector(dimensions, random));
    const index = new ExactIndex(dimensions);
    const model = new BruteForce();
    const add = (id: number, row: readonly number[]): void => {
      index.add(id, `n${id % 5}`, row);
      if (id % 5 === 0) model.add(id, "n0", row); // the others are not searched
    };
    const remove = (id: number): void => {
      equal(index.remove(id), true);
      model.rows.delete(id);
    };
    for (let id = 1; id <= 6000; id++) add(id, few[id % 50]!);
    const { bytes } = index;
    for (let id = 1; id <= 5000; id++) remove(id);
    // Under way now, or not begun: rows come and go all the same.
    for (let id = 5001; id <= 5100; id++) add(id, few[(id * 7) % 50]!);
    for (let id = 5101; id <= 5200; id++) remove(id);
    const check = (what: string): void => {
      same(index.search("n0", few[3]!, 100, -1), model.search("n0", few[3]!, 100, -1), what);
    };
    check("before it has moved");
    index.settle();
    check("when it has");
    equal(index.size, 900);
    ok(index.bytes < bytes / 2, `${index.bytes} of ${bytes} bytes are held`);
  });

  test("many namespaces of one row each are not moved again and again", () => {
    const index = new ExactIndex(1024);
    const row = randomVector(1024, seeded(3));
    for (let id = 1; id <= 1100; id++) index.add(id, `n${id}`, row);
    const { bytes } = index;
    ok(bytes > 2 ** 26, "each takes a block");
    index.remove(7);
    index.settle();
    equal(index.bytes, bytes);
  });

  test("rows that no memory could hold are refused, and change nothing", async () => {
    await fails(() => new ExactIndex(D, { most: 1000 }), "memory");
    const index = new ExactIndex(4096, { most: 150_000 }); // its own needs fit, a block of rows does not
    await fails(() => index.add(1, "n", randomVector(4096, seeded(1))), "memory");
    equal([index.size, index.ids()], [0, []]);
    equal(index.search("n", randomVector(4096, seeded(1)), 1, -1), []);
  });

  test("where rows are passed over in several memories the answer is brute force's", () => {
    const dimensions = 128;
    const rows = HOSTILE.anisotropic!(5000, dimensions, 12);
    const index = new ExactIndex(dimensions, { most: 1_900_000 });
    const model = new BruteForce();
    for (const [i, row] of rows.entries()) {
      for (const either of [index, model]) either.add(i + 1, "n", row);
      if (i === 2500) index.settle(); // learnt in one memory, and used in the next
    }
    index.settle();
    ok(index.bytes > 2e6, "there are two memories");
    for (let i = 0; i < 20; i++) {
      const query = rows[i * 250]!.map((x, j) => x + 0.2 * rows[i]![j]!);
      const [k, threshold] = [[1, 0.85] as const, [10, 0.5] as const, [100, -1] as const][i % 3]!;
      same(index.search("n", query, k, threshold), model.search("n", query, k, threshold), `query ${i}`);
    }
  });
};

/** 2,000 rows in memories that hold a few hundred each. */
function spread(options: ExactIndexOptions, namespaceOf = (id: number): string => `n${id % 2}`) {
  const rows = HOSTILE.clusters!(2001, D, 3);
  const index = new ExactIndex(D, { ...options, most: MOST });
  const model = new BruteForce();
  for (let id = 1; id <= 2000; id++) {
    for (const either of [index, model]) either.add(id, namespaceOf(id), rows[id]!);
  }
  return { index, model, rows };
}
