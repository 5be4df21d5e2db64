import { Kernel, type KernelLevel } from "../../src/kernel/kernel.ts";
import type { Width } from "../../src/kernel/row-kernel.ts";
import { ExactIndex } from "../../src/vectors/exact-index.ts";
import { equal, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import type { Platform } from "../platform.ts";
import { atLength1, BruteForce, type Dtype, STORED, same, stored } from "./brute-force.ts";
import { HOSTILE } from "./hostile-rows.ts";
import { randomVector, seeded } from "./vectors.ts";

const WIDTH: Record<Dtype, Width> = { float32: 4, float16: 2, int8: 1 };
const DTYPES = ["float32", "float16", "int8"] as const;

/** What is stored of a vector, and that what is searched is what was stored. */
export const dtypeTests =
  (platform: Platform): Suite =>
  (test) => {
    for (const level of new Set(Object.values(platform.kernel))) {
      test(`${level}: float16 and int8 round half to even, at every edge there is`, () => {
        for (const dtype of ["float16", "int8"] as const) {
          for (const numbers of inFifteens(edges(dtype))) {
            const rest = Math.sqrt(1 - numbers.reduce((sum, x) => sum + x * x, 0));
            const row = atLength1([...numbers, rest]);
            for (const [i, x] of numbers.entries()) ok(row[i] === x, "the vector had length 1 already");
            equal(keptAs(row, dtype, level), stored(row, dtype), `${dtype} of ${numbers}`);
          }
        }
      });

      test(`${level}: every half comes back as it is, and what lies between two goes to the nearer`, () => {
        const kernel = new Kernel(16, { level, width: 2 });
        const slot = kernel.slots(kernel.growChain(0))[0]!;
        const address = kernel.floats(slot); // it is the place that rows are widened into
        for (let bits = 0; bits < 0x3c00; bits += 7) {
          const exponent = bits >> 10;
          const half = exponent === 0 ? (bits & 1023) * 2 ** -24 : (1024 + (bits & 1023)) * 2 ** (exponent - 25);
          const next = half + 2 ** (Math.max(1, exponent) - 25);
          for (const [x, expected] of [
            [half, half],
            [-half, -half],
            [half + 0.49 * (next - half), half],
            [half + 0.51 * (next - half), next],
            [(half + next) / 2, bits % 2 === 0 ? half : next],
          ] as const) {
            equal(STORED.float16(Math.fround(x)), expected, `the oracle, of ${x}`);
          }
        }
        ok(address > 0, "there is such a place");
      });

      for (const dtype of DTYPES) {
        test(`${level}, ${dtype}: answers are brute force's, 2…4,096 dimensions`, () => {
          for (const dimensions of [2, 3, 15, 16, 17, 100, 128, 130, 384, 1536, 4096]) {
            const random = seeded(dimensions);
            const count = dimensions > 1000 ? 40 : 150;
            const index = new ExactIndex(dimensions, { dtype, level });
            const model = new BruteForce(dtype);
            for (let id = 1; id <= count; id++) {
              const sparse = id % 5 === 0; // few numbers that are large, and thus rounded far
              const row = randomVector(dimensions, random).map((x, i) => (sparse && (i + id) % 7 > 0 ? x * 1e-3 : x));
              for (const either of [index, model]) either.add(id, `n${id % 2}`, row);
            }
            for (const threshold of [-1.1, 0, 0.2, 0.9]) {
              const query = randomVector(dimensions, random);
              same(
                index.search("n0", query, 100, threshold),
                model.search("n0", query, 100, threshold),
                `d ${dimensions}`,
              );
            }
          }
        });
      }
    }

    if (platform.kernel.simd === "scalar") return; // the rest is about passing rows over

    const kinds = (["anisotropic", "clusters", "near ties"] as const).map((kind, i) => {
      const dimensions = [256, 128, 131][i]!;
      return { kind, dimensions, make: () => HOSTILE[kind]!(2100, dimensions, 4) };
    });
    for (const dtype of DTYPES) {
      test(`${dtype}: where rows are passed over the answer is brute force's, and few are scored`, () => {
        for (const { kind, dimensions, make } of kinds) {
          const rows = make();
          const { index, model } = both(rows, dimensions, dtype);
          const random = seeded(9);
          for (let i = 0; i < 6; i++) {
            const query = rows[i * 150]!.map((x) => x * (1 + 0.1 * random()));
            const [k, threshold] = [[1, 0.85] as const, [100, -1] as const, [10, 0.5] as const][i % 3]!;
            same(index.search("n", query, k, threshold), model.search("n", query, k, threshold), `${kind}, query ${i}`);
            // Rows that differ by less than the bounds can tell are all looked at.
            if (kind !== "anisotropic" || k > 1) continue;
            ok(index.looked.rows > 0 && index.looked.rows < 100, `${index.looked.rows} of 2,100 rows were scored`);
          }
        }
      });
    }

    test("rows that move to another memory are stored as they were", () => {
      const dimensions = 4096;
      for (const dtype of ["float16", "int8"] as const) {
        const count = dtype === "int8" ? 20_000 : 10_000;
        const few = Array.from({ length: 40 }, (_, i) =>
          Array.from({ length: dimensions }, (_, j) =>
            dtype === "int8"
              ? [0.93, i === j - 1 ? 0.35 : 0.55 / 127, 0][j === 0 ? 0 : j < 500 ? 1 : 2]!
              : [0.50022, i === j - 3 ? 0.49934 : 0][j < 3 ? 0 : 1]!,
          ),
        );
        const once = stored(few[7]!, dtype);
        ok(
          stored(once, dtype).some((x, i) => x !== once[i]),
          "at length 1 again it would be rounded to other numbers",
        );
        const index = new ExactIndex(dimensions, { dtype });
        // In many namespaces, so that nothing is learnt, which would take longer than all else here.
        for (let id = 1; id <= count; id++) index.add(id, `n${id % 20}`, few[id % few.length]!);
        const { bytes } = index;
        const before = index.search("n7", few[7]!, 10, -1);
        for (let id = 1; id <= count; id++) if (id % 20 !== 7) index.remove(id);
        index.settle();
        ok(index.bytes < bytes / 2, `${index.bytes} of ${bytes} bytes are held`);
        same(index.search("n7", few[7]!, 10, -1), before, dtype);
      }
    });
  };

/** Numbers at which rounding is decided: ties, and what is next to them. All small, so that many fit one vector. */
function edges(dtype: Dtype): number[] {
  const ties =
    dtype === "int8"
      ? Array.from({ length: 30 }, (_, c) => (c + 0.5) / 127)
      : [-24, -20, -15, -14, -13, -8, -4, -3].flatMap((e) =>
          [1.5, 2.5, 3.5, 1023.5, 1024.5, 1025.5, 2046.5, 2047.5].map((m) => m * 2 ** e * 2 ** (e < -14 ? 0 : -10)),
        );
  return ties
    .flatMap((x) => [x, x * (1 + 2 ** -23), x * (1 - 2 ** -23)])
    .map(Math.fround)
    .filter((x) => x < 0.25)
    .flatMap((x) => [x, -x])
    .concat([0, -0, 1e-45, -1e-45, 1e-40, 2 ** -25, -(2 ** -25), 2 ** -26].map(Math.fround));
}

function inFifteens(numbers: readonly number[]): number[][] {
  return Array.from({ length: Math.ceil(numbers.length / 15) }, (_, i) => {
    const some = numbers.slice(15 * i, 15 * i + 15);
    return [...some, ...new Array<number>(15 - some.length).fill(0)];
  });
}

function keptAs(row: Float32Array, dtype: Dtype, level: KernelLevel): Float32Array {
  const kernel = new Kernel(row.length, { level, width: WIDTH[dtype] });
  const [slot] = kernel.slots(kernel.growChain(0));
  kernel.load(row);
  kernel.write(slot!);
  return kernel.vector(slot!);
}

function both(rows: readonly number[][], dimensions: number, dtype: Dtype): { index: ExactIndex; model: BruteForce } {
  const index = new ExactIndex(dimensions, { dtype });
  const model = new BruteForce(dtype);
  for (const [i, row] of rows.entries()) {
    index.add(i + 1, "n", row);
    model.add(i + 1, "n", row);
  }
  index.settle();
  return { index, model };
}
