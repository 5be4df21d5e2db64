import { Kernel } from "../../src/kernel/kernel.ts";
import { Arena } from "../../src/vectors/arena.ts";
import { Grace } from "../../src/vectors/grace.ts";
import { adopt, learn } from "../../src/vectors/learning.ts";
import { ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import type { Platform } from "../platform.ts";
import { HOSTILE } from "./hostile-rows.ts";
import { seeded } from "./vectors.ts";

// Not the answers, but the inequality under them (docs/exact-search.md): of every stage the bound is at least the score. A
// row is passed over exactly when one of its three bounds is below the bar; so with the bar at a row's own score, the row
// must stay. Queries are chosen so that nothing is to spare: along what codes leave out of a row.

const D = 160;
const STAGES = [30, 60, 122];
/** Of a row that is always looked at: far above what any bound is. */
const NO_BOUND = 1.9;

/** The hunt asks for other seeds. */
export const boundsTests =
  (platform: Platform, seed = 0): Suite =>
  (test) => {
    if (platform.kernel.simd === "scalar") return; // it has no bounds

    for (const [kind, make] of Object.entries(HOSTILE)) {
      test(`${kind}: along what is left out of a row its bound is at least its score`, () => {
        for (const width of [4, 2, 1] as const) {
          const kernel = new Kernel(D, { width });
          const rows = make(64, D, seed + 51);
          const arena = filled(kernel, rows);
          const basis = drain(learn(kernel, [...arena.slots()].slice(0, 32)));
          for (const _ of arena.cover(basis));
          const few = make(8, D, seed + 52);
          check(kernel, arena, [...left(kernel, basis, rows.slice(0, 16)), ...few], 20, 5);
        }
      });
    }

    // From here on directions are axes, so that what a query or a row has along them is exact, and one term stands alone.

    test("what lies outside: rounded up in rows, and in queries", () => {
      const random = seeded(seed + 61);
      for (const step of [1e-3, 0.3, 1]) {
        const kernel = new Kernel(D);
        const basis = made(kernel, axes(), step, 1000);
        // So much outside that nothing, or nearly a unit, is rounded up; the rest along an axis of each stage.
        const rows = range(60).map((i) => {
          const outside = (2 * i + 6 + [-1e-4, 1e-4, 0.9, 0.5][i % 4]!) / 126;
          return vector({ [[0, 40, 100][i % 3]!]: Math.sqrt(1 - outside * outside), 130: outside });
        });
        const arena = filled(kernel, rows);
        for (const _ of arena.cover(basis));
        const queries = range(60).map((i) => vector({ [[0, 40, 100][i % 3]!]: 0.3 * random(), 130: 1 }));
        check(kernel, arena, [...queries, vector({ 130: 1 }), ...rows.slice(0, 20)]);
      }
    });

    test("what rounding costs: rounded up in rows, and in queries", () => {
      const random = seeded(seed + 62);
      for (const least of [0.02, 0.2, 0.9]) {
        const kernel = new Kernel(D);
        // Steps so long that every code is 0 and all that lies inside is lost.
        const basis = made(kernel, axes(), 10, 127 / (least * 1.1));
        const rows = range(60).map((i) => {
          const inside = least * (0.3 + (0.78 * i) / 60);
          const at = [[3], [40], [3, 40], [100, 3], [5, 6, 7]][i % 5]!;
          const each = inside / Math.sqrt(at.length);
          return vector({ ...Object.fromEntries(at.map((j) => [j, each])), 140: Math.sqrt(1 - inside * inside) });
        });
        const arena = filled(kernel, rows);
        for (const _ of arena.cover(basis));
        const inside = rows.map((row) => row.map((x, j) => (j < 122 ? x : 0)));
        const tilted = inside.map((row) => row.map((x, j) => (j === 150 ? random() : x)));
        check(kernel, arena, [...inside, ...tilted, ...rows.slice(0, 20)]);
      }
    });

    test("rows that a column has no room for are looked at", () => {
      const kernel = new Kernel(D);
      const basis = made(kernel, axes(), 10, 127 / 0.1);
      const rows = range(40).map((i) => {
        const inside = 0.05 + i / 45;
        return vector({ [[3, 40, 100][i % 3]!]: inside, 140: Math.sqrt(1 - inside * inside) });
      });
      const arena = filled(kernel, rows);
      for (const _ of arena.cover(basis));
      check(kernel, arena, [...rows, ...range(122).map((j) => vector({ [j]: 1 }))], 1);
    });

    test("a row is looked at when any one stage has no room for it", () => {
      for (const stage of [0, 1, 2]) {
        const kernel = new Kernel(D);
        const basis = made(kernel, axes(), 10, (at) => 127 / (at === stage ? 0.1 : 1.1));
        const rows = range(40).map((i) => {
          const inside = 0.05 + i / 45;
          return vector({ [[3, 40, 100][i % 3]!]: inside, 140: Math.sqrt(1 - inside * inside) });
        });
        const arena = filled(kernel, rows);
        for (const _ of arena.cover(basis));
        check(kernel, arena, [...rows, ...[3, 40, 100].map((j) => vector({ [j]: 1 }))], 1);
      }
    });

    test("a row that is longer than the column outside has room for is looked at", () => {
      const dimensions = 1024;
      const kernel = new Kernel(dimensions, { width: 1 });
      const basis = made(kernel, axes(dimensions), 1 / 127, 127 / 0.1);
      // Each number rounds up, so that the row becomes some percent longer.
      const rows = range(30).map((i) =>
        range(dimensions).map((j) => (j < 122 || j > 600 + 14 * i ? 0 : j === 130 ? 0.9 : 0.56 / 127)),
      );
      const arena = filled(kernel, rows);
      for (const _ of arena.cover(basis));
      check(kernel, arena, rows);
    });

    test("of a row that is always looked at more is said than it could score, however fine the weights", () => {
      const kernel = new Kernel(D);
      const basis = made(kernel, axes(), 1e-6, 1e6);
      const rows = range(16).map((i) => vector(Object.fromEntries(range(122).map((j) => [j, 1 + ((i * j) % 7) / 10]))));
      const arena = filled(kernel, rows);
      for (const _ of arena.cover(basis));
      check(kernel, arena, rows, 0);
    });

    test("codes end at 127: what lies beyond them is counted as lost", () => {
      const kernel = new Kernel(D);
      const basis = made(kernel, axes(), 1e-3, 127);
      const rows = range(40).map((i) =>
        vector({ [[3, 40, 100][i % 3]!]: (i % 2 ? -1 : 1) * (0.1 + i / 50), 140: 0.5 }),
      );
      const arena = filled(kernel, rows);
      for (const _ of arena.cover(basis));
      check(kernel, arena, [...left(kernel, basis, rows), ...rows]);
    });

    test("weights are rounded, and the worst that may come of it is allowed for", () => {
      const random = seeded(seed + 63);
      for (const [code, step] of [
        [10.5, 1 / 127],
        [126, 1 / 127 / 11.1],
      ] as const) {
        const kernel = new Kernel(D);
        // One long step, so that the weights of all others are small and round far; their codes are exact.
        const basis = made(kernel, axes(), (j) => (j === 0 ? 0.5 : step), 127 / 0.04);
        const codes = range(40).map(() =>
          range(D).map((j) => (j > 0 && j < 122 ? (random() < 0 ? -1 : 1) * Math.round(code + 0.9 * random()) : 0)),
        );
        const rows = codes.map((row) => {
          const numbers = row.map((c) => c * step);
          numbers[130] = Math.sqrt(1 - numbers.reduce((sum, x) => sum + x * x, 0));
          return numbers;
        });
        const arena = filled(kernel, rows);
        for (const _ of arena.cover(basis));
        // Each weight is nearly half a unit too small, on the side of the code.
        const queries = codes.flatMap((row) =>
          [0.49, 0.3, 1.49, -0.49].map((units) =>
            row.map((c, j) => (j === 0 ? 1 : (Math.sign(c) * units) / step / 64_000)),
          ),
        );
        check(kernel, arena, queries, 20, 8);
      }
    });

    test("directions that are not quite orthonormal", () => {
      for (const skew of [6e-4, -6e-4]) {
        for (const [a, b] of [
          [3, 4],
          [3, 50],
          [50, 51],
          [100, 101],
        ] as const) {
          const kernel = new Kernel(D);
          const directions = axes();
          directions[b] = directions[b]!.map((x, j) => (j === a ? skew : x));
          for (const [step, most] of [
            [10, 1.05],
            [1e-2, 2e-2],
            [2 ** -7, 1.5e-3],
          ] as const) {
            const basis = made(kernel, directions, step, 127 / most);
            // Along what the two have in common most, and least; with no more outside than that hides.
            const rows = range(40).map((i) => {
              const along = 0.999 - (i % 4 === 3 ? 0.3 : 0.00002 * i);
              const outside = Math.sqrt(Math.max(0, 1 - along * along)) * (i % 3 ? 1 : 0.5);
              const sign = i % 2 ? 1 : -1;
              return vector({ [a]: along * Math.SQRT1_2, [b]: sign * along * Math.SQRT1_2, 130: outside });
            });
            const arena = filled(kernel, rows);
            for (const _ of arena.cover(basis));
            const common = [1, -1].map((sign) => vector({ [a]: 1, [b]: sign }));
            check(
              kernel,
              arena,
              [...common, vector({ 130: 1 }), ...left(kernel, basis, rows.slice(0, 8)), ...rows.slice(0, 8)],
              0,
              12,
            );
            arena.drop();
          }
        }
      }
    });

    test("codes that are exact, along directions that are not quite orthonormal", () => {
      for (const skew of [6e-4, -6e-4]) {
        for (const [a, b] of [
          [3, 4],
          [50, 51],
          [100, 101],
        ] as const) {
          const kernel = new Kernel(D);
          const directions = axes();
          directions[b] = directions[b]!.map((x, j) => (j === a ? skew : x));
          const basis = made(kernel, directions, 1, 127 / 1.5e-3);
          // All of each row lies along what the two have in common, where their lengths add up to most.
          const sign = Math.sign(skew);
          const unit = 1 / Math.hypot(1, sign - skew);
          const row = vector({ [a]: unit, [b]: (sign - skew) * unit });
          for (let j = 0; j < 122; j++) kernel.pruning!.setStep(j, unit / 100);
          const arena = filled(kernel, [row, row.map((x) => -x)]);
          for (const _ of arena.cover(basis));
          const common = [1, -1].flatMap((x) => [1, -1].map((y) => vector({ [a]: x, [b]: y })));
          check(kernel, arena, common, 4);
        }
      }
    });

    test("rows longer than 1, as rounding makes them", () => {
      for (const width of [2, 1] as const) {
        const kernel = new Kernel(D, { width });
        const basis = made(kernel, axes(), 1 / 127, 127 / 0.06);
        const rows = range(60).map((i) => {
          const each = width === 1 ? (0.5 + 1e-3 + i / 1000) / 127 : 2 ** -4 * (1 + 2 ** -11 * (1.01 + i / 100));
          return vector(Object.fromEntries(range(30).map((j) => [122 + j, each])));
        });
        const arena = filled(kernel, rows);
        for (const _ of arena.cover(basis));
        check(kernel, arena, [...rows, vector(Object.fromEntries(range(30).map((j) => [122 + j, 1])))]);
      }
    });
  };

/** With the bar at a row's own score the row stays, of the nearest; and so many have a bound at all. */
function check(kernel: Kernel, arena: Arena, queries: readonly number[][], least = 20, nearest = 128): void {
  let bounded = 0;
  for (const query of queries) {
    if (!query.some((x) => Math.abs(x) > 1e-30)) continue;
    for (const { id, similarity } of kernel.search(arena.head, query, nearest, -2)) {
      const row = kernel.candidates(arena.planes, query, similarity).find((candidate) => candidate.id === id);
      ok(row !== undefined, `row ${id} was passed over with the bar at its score, ${similarity}`);
      ok(row.atMost >= similarity, `row ${id}: at most ${row.atMost}, but ${similarity}`);
      if (row.atMost < NO_BOUND) bounded++;
    }
  }
  ok(bounded >= least, `${bounded} bounds were looked at`);
}

/** What each stage leaves out of a row: all of it, and the parts inside and outside of the directions. */
function left(kernel: Kernel, basis: number, rows: readonly number[][]): number[][] {
  const pruning = kernel.pruning!;
  pruning.useBasis(basis);
  const directions = range(122).map((j) => kernel.readFloats(pruning.directionAt(j) >>> 0, kernel.dimensions));
  const steps = directions.map((_, j) => pruning.step(j));
  return rows.flatMap((row) => {
    const length = Math.hypot(...row);
    const outside = row.map((x) => x / length);
    const all = [...outside];
    const parts: number[][] = [];
    for (const [j, direction] of directions.entries()) {
      const y = direction.reduce((sum, x, i) => sum + x * (row[i]! / length), 0);
      const code = Math.max(-127, Math.min(127, Math.floor(y / steps[j]! + 0.5))) * steps[j]!;
      for (const [i, x] of direction.entries()) {
        all[i]! -= code * x;
        outside[i]! -= y * x;
      }
      if (STAGES.includes(j + 1))
        parts.push(
          [...all],
          [...outside],
          all.map((x, i) => x - outside[i]!),
        );
    }
    return parts;
  });
}

function filled(kernel: Kernel, rows: readonly number[][]): Arena {
  const arena = new Arena(kernel, new Grace(kernel), "n", 0);
  rows.forEach((row, i) => {
    arena.put(i + 1, kernel.load(row));
  });
  return arena;
}

/** A basis of these directions as they are, and of these steps. */
function made(
  kernel: Kernel,
  directions: readonly number[][],
  step: number | ((j: number) => number),
  scale: number | ((stage: number) => number),
): number {
  const pruning = kernel.pruning!;
  ok(pruning.beginLearning(), "there is room");
  const rough = pruning.newBasis() >>> 0;
  pruning.useBasis(rough);
  for (const [j, direction] of directions.entries()) {
    kernel.writeFloats(pruning.directionAt(j) >>> 0, Float32Array.from(direction));
  }
  pruning.takeDirections(rough);
  pruning.endRound();
  pruning.dropBasis(rough);
  const basis = drain(adopt(pruning, kernel.dimensions));
  ok(basis !== 0, "they are nearly orthonormal");
  for (let j = 0; j < 122; j++) pruning.setStep(j, typeof step === "number" ? step : step(j));
  for (let stage = 0; stage < 3; stage++)
    pruning.setRoundingScale(stage, typeof scale === "number" ? scale : scale(stage));
  return basis;
}

const axes = (dimensions = D): number[][] => range(122).map((j) => vector({ [j]: 1 }, dimensions));

function vector(numbers: Record<number, number>, dimensions = D): number[] {
  const made = new Array<number>(dimensions).fill(0);
  for (const [j, x] of Object.entries(numbers)) made[Number(j)] = x;
  return made;
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

function drain<T>(work: Generator<number, T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}
