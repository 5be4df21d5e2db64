import fc from "fast-check";
import { Kernel, type Neighbour } from "../../src/kernel/kernel.ts";
import type { Width } from "../../src/kernel/row-kernel.ts";
import { Arena } from "../../src/vectors/arena.ts";
import { ExactIndex } from "../../src/vectors/exact-index.ts";
import { Grace } from "../../src/vectors/grace.ts";
import { learn } from "../../src/vectors/learning.ts";
import { equal, ok } from "../conformance/assert.ts";
import { cases } from "../depth.ts";
import type { Suite } from "../harness.ts";
import type { Platform } from "../platform.ts";
import { HOSTILE } from "./hostile-rows.ts";
import { cosine, seeded } from "./vectors.ts";

const THRESHOLDS = [-1, -0.3, 0, 0.3, 0.7, 0.85, 0.9, 0.999, 1];
const COUNTS = [1, 2, 10, 100];

/** Whether rows passed over could have been found. The hunt asks for other seeds and widths. */
export const pruningTests =
  (platform: Platform, seed = 0, width: Width = 4): Suite =>
  (test) => {
    if (platform.kernel.simd === "scalar") return; // it has no planes: it scores every row

    for (const [name, make] of Object.entries(HOSTILE)) {
      test(`${name}: the answer is that of scoring every row, id for id and bit for bit`, () => {
        let cases = 0;
        for (const dimensions of [128, 131, 384]) {
          const random = seeded(dimensions + seed);
          const rows = make(160 + (seed % 3) * 16, dimensions, seed + dimensions);
          const { kernel, arena } = pruned(rows, dimensions, width);
          ok(arena.planes !== 0, "there are planes");
          const queries = [
            ...[0, 1, 2, 3].map((i) => rows[(i * 37) % rows.length]!),
            rows[5]!.map((x) => -x),
            rows[7]!.map((x) => x + 0.02 * random()),
            rows[9]!.map((x, i) => x + rows[11]![i]!),
            rows[0]!.map(random),
          ].filter((query) => query.some((x) => Math.abs(x) > 1e-30));
          for (const query of queries) {
            const every = kernel.search(arena.head, query, rows.length, -2);
            if (width === 4) checkAgainstFloat64(every, rows, query);
            // The thresholds most likely to be missed are scores themselves.
            const own = [0, 1, 5, 40].map((i) => every[i]?.similarity ?? 0.5);
            for (const threshold of [...THRESHOLDS, ...own]) {
              for (const k of COUNTS) {
                const expected = kernel.search(arena.head, query, k, threshold);
                equal(kernel.search(arena.head, query, k, threshold, arena.planes), expected, `k ${k} ≥ ${threshold}`);
                cases++;
              }
            }
          }
        }
        ok(cases > 800, `${cases} cases`);
      });
    }

    test("any changes after the planes were made leave the answer of every row", () => {
      const dimensions = 128;
      const all = HOSTILE.anisotropic!(400, dimensions, 7);
      fc.assert(
        fc.property(
          fc.array(fc.record({ id: fc.integer({ min: 1, max: 260 }), row: fc.nat(399), remove: fc.boolean() }), {
            maxLength: 200,
          }),
          fc.nat(399),
          fc.constantFrom(...THRESHOLDS),
          (changes, query, threshold) => {
            const { kernel, arena } = pruned(all.slice(0, 200), dimensions);
            const slots = new Map([...arena.slots()].slice(0, 200).map((slot, i) => [i + 1, slot]));
            for (const { id, row, remove } of changes) {
              const before = slots.get(id);
              if (!remove) slots.set(id, arena.put(id, kernel.load(all[row]!)));
              else slots.delete(id);
              if (before !== undefined) arena.remove(before);
            }
            ok(arena.planes !== 0, "there are planes");
            const found = kernel.search(arena.head, all[query]!, 20, threshold, arena.planes);
            equal(found, kernel.search(arena.head, all[query]!, 20, threshold));
          },
        ),
        { numRuns: cases(40) },
      );
    });

    test("an index learns by itself, follows changes, and learns anew when it has grown", () => {
      const dimensions = 128;
      const rows = HOSTILE.anisotropic!(5000, dimensions, 3);
      const index = new ExactIndex(dimensions);
      const plain = new ExactIndex(dimensions, { level: "scalar" });
      const same = (what: string): void => {
        for (const query of [3, 1003, 2999]) {
          for (const [namespace, k, threshold] of [
            ["a", 5, 0.8],
            ["b", 100, -1],
            ["a", 1, 0.95],
          ] as const) {
            equal(
              index.search(namespace, rows[query]!, k, threshold),
              plain.search(namespace, rows[query]!, k, threshold),
              what,
            );
          }
        }
      };
      const add = (id: number, namespace: string, row: number): void => {
        for (const either of [index, plain]) either.add(id, namespace, rows[row]!);
      };
      for (let i = 0; i < 3000; i++) add(i + 1, i % 10 === 0 ? "b" : "a", i);
      same("before it has learnt");
      index.settle();
      index.search("a", rows[3]!, 1, 0.9);
      const { rows: scored } = index.looked;
      ok(scored > 0 && scored < 200, `${scored} of 2,700 rows were scored`);
      same("when it has");
      for (let i = 3000; i < 4000; i++) add(i + 1, "a", i);
      for (let i = 0; i < 500; i++) {
        index.remove(i * 3 + 1);
        plain.remove(i * 3 + 1);
      }
      for (let i = 0; i < 500; i++) add(i * 2 + 1, i % 3 === 0 ? "b" : "a", 4000 + i);
      same("after changes");
      index.clear("a");
      plain.clear("a");
      same("without a namespace");
      for (let i = 0; i < 2500; i++) add(i + 5000, "a", i);
      index.settle();
      same("and with it again");
    });

    test("learning that all rows going broke off begins again with the next ones", () => {
      const rows = HOSTILE.anisotropic!(2600, 128, 9);
      const index = new ExactIndex(128);
      for (let round = 0; round < 2; round++) {
        index.clear();
        rows.forEach((row, i) => {
          index.add(i + 1, "n", row);
        });
      }
      index.settle();
      index.search("n", rows[0]!, 1, 0.9);
      ok(index.looked.rows > 0 && index.looked.rows < 500, `${index.looked.rows} rows were scored`);
    });

    test("where nothing can be learnt every row is scored", () => {
      const rows = Array.from({ length: 2600 }, (_, i) => {
        const row = new Array<number>(128).fill(0);
        row[0] = 1;
        row[1] = i / 100;
        return row;
      });
      const index = new ExactIndex(128);
      rows.forEach((row, i) => {
        index.add(i + 1, "n", row);
      });
      index.settle();
      index.add(2601, "n", rows[0]!);
      index.settle();
      equal(
        index.search("n", rows[0]!, 2, 0.9).map(({ id }) => id),
        [1, 2601],
      );
    });

    test("what is under way when rows go, a namespace goes, or all goes, ends well", () => {
      const dimensions = 128;
      const rows = HOSTILE.clusters!(2600, dimensions, 5);
      for (const stop of [10, 5000, 9000, 12_000]) {
        const { kernel, arena } = filled(rows, dimensions);
        const learning = learn(kernel, [...arena.slots()].slice(0, 300));
        let basis = 0;
        for (let steps = 0; steps < stop; steps++) {
          const step = learning.next();
          if (!step.done) continue;
          basis = step.value;
          break;
        }
        const covering = arena.cover(basis);
        if (basis !== 0) for (let i = 0; i < 1000; i++) covering.next();
        arena.drop();
        const other = new Arena(kernel, new Grace(kernel), "other", 1);
        rows.slice(0, 300).forEach((row, i) => {
          other.put(i + 1, kernel.load(row));
        });
        if (basis !== 0) for (let i = 0; i < 100; i++) covering.next();
        equal(kernel.search(other.head, rows[3]!, 3, 0.99)[0]?.id, 4);
      }
    });

    test("what is looked at is the same in every run", () => {
      const dimensions = 384;
      const rows = HOSTILE.anisotropic!(4096, dimensions, 11);
      const index = new ExactIndex(dimensions);
      rows.forEach((row, i) => {
        index.add(i + 1, "n", row);
      });
      index.settle();
      const total = { blocks: 0, second: 0, far: 0, rows: 0 };
      for (let i = 0; i < 64; i++) {
        const query = rows[i * 61]!.map((x, j) => x + 0.1 * rows[i + 100]![j]!);
        index.search("n", query, 1, 0.85);
        for (const [name, value] of Object.entries(index.looked)) total[name as keyof typeof total] += value;
      }
      // A budget: of 64 × 256 blocks and 64 × 4,096 rows. What raises them must say why.
      ok(total.blocks <= BUDGET.blocks && total.second <= BUDGET.second, JSON.stringify(total));
      ok(total.far <= BUDGET.far && total.rows <= BUDGET.rows, JSON.stringify(total));
    });
  };

const BUDGET = { blocks: 2400, second: 2000, far: 1550, rows: 150 };

/** An arena of these rows with its planes, learnt from some of them. */
function pruned(rows: readonly number[][], dimensions: number, width: Width = 4): { kernel: Kernel; arena: Arena } {
  const { kernel, arena } = filled(rows, dimensions, width);
  const learning = learn(kernel, [...arena.slots()].slice(0, 64));
  let step = learning.next();
  while (!step.done) step = learning.next();
  ok(step.value !== 0, "the directions are orthonormal");
  for (const _ of arena.cover(step.value));
  return { kernel, arena };
}

function filled(rows: readonly number[][], dimensions: number, width: Width = 4): { kernel: Kernel; arena: Arena } {
  const kernel = new Kernel(dimensions, { width });
  const arena = new Arena(kernel, new Grace(kernel), "n", 0);
  rows.forEach((row, i) => {
    arena.put(i + 1, kernel.load(row));
  });
  return { kernel, arena };
}

/** All rows, in the order that float64 gives them, but for what float32 cannot tell apart. */
function checkAgainstFloat64(found: readonly Neighbour[], rows: readonly number[][], query: readonly number[]): void {
  const wanted = rows.map((row) => cosine(row.map(Math.fround), query.map(Math.fround)));
  for (const [place, { id, similarity }] of found.entries()) {
    ok(Math.abs(similarity - wanted[id - 1]!) < 2e-6, `id ${id}: ${similarity} of ${wanted[id - 1]}`);
    const next = found[place + 1];
    if (next === undefined) continue;
    const ordered = similarity > next.similarity || (similarity === next.similarity && id < next.id);
    ok(ordered, `${id} stands before ${next.id}`);
  }
}
