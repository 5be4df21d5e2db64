import { fromBase64, toBase64 } from "../../src/vectors/base64.ts";
import { ExactIndex } from "../../src/vectors/exact-index.ts";
import { equal, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import type { Platform } from "../platform.ts";
import { BruteForce, same } from "./brute-force.ts";
import { HOSTILE } from "./hostile-rows.ts";
import { randomVector, seeded } from "./vectors.ts";

const D = 128;

/** What is kept of learning, and what else may come back in its place. */
export const learntTests =
  (platform: Platform): Suite =>
  (test) => {
    if (platform.kernel.simd === "scalar") {
      test("where nothing is learnt, nothing is recalled", () => {
        const index = new ExactIndex(D);
        index.recall(text(new Uint8Array(1000 + 122 * D)));
        index.add(1, "n", HOSTILE.isotropic!(1, D, 1)[0]!);
        equal([index.size, index.learnt()], [1, undefined]);
      });
      return;
    }

    const rows = HOSTILE.anisotropic!(2100, D, 31);
    const model = new BruteForce();
    const origin = new ExactIndex(D);
    rows.forEach((row, i) => {
      for (const either of [origin, model]) either.add(i + 1, "n", row);
    });
    origin.settle();
    const learnt = bytes(origin.learnt());
    const head = learnt.length - 122 * D;

    /** Every kind of index that recalls these bytes answers as brute force does. Returns how many rows the last one scored. */
    const recalledBy = (
      bytes: Uint8Array,
      what: string,
      searches = 6,
      kinds: readonly ("codes" | "rows")[] = ["codes", "rows"],
    ): number => {
      let looked = 0;
      for (const resident of kinds) {
        const index = new ExactIndex(D, { resident });
        index.recall(text(bytes));
        rows.forEach((row, i) => {
          index.add(i + 1, "n", row);
        });
        index.settle();
        looked = 0;
        for (let i = 0; i < searches; i++) {
          const query = rows[i * 300]!.map((x, j) => x + 0.1 * rows[i]![j]!);
          const [k, threshold] = [[1, 0.9] as const, [50, -1] as const][i % 2]!;
          const search = index.begin("n", query, k, threshold);
          for (let ids = search.wanted(); ids.length > 0; ids = search.wanted()) {
            search.give(
              ids,
              ids.map((id) => rows[id - 1]),
            );
          }
          if (i % 2 === 0) looked += index.looked.rows;
          same(search.found, model.search("n", query, k, threshold), `${what}, ${resident}`);
        }
      }
      return looked;
    };

    test("what was learnt serves another index as well, and is the same when it is kept again", () => {
      const looked = recalledBy(learnt, "as it was kept");
      ok(looked > 0 && looked < 60, `${looked} rows were scored in three searches`);
    });

    test("it is told once, and what was recalled is not told at all", () => {
      equal(origin.learnt(), undefined);
      const index = new ExactIndex(D);
      index.recall(text(learnt));
      for (let i = 0; i < 2100; i++) index.add(i + 1, "n", rows[i]!);
      index.settle();
      equal(index.learnt(), undefined);
    });

    test("bytes of another length, another dimension, or without sense are passed over", () => {
      const isTaken = (learnt: string): boolean => {
        const index = new ExactIndex(D, { resident: "codes" });
        index.recall(learnt);
        index.add(1, "n", rows[0]!);
        return index.begin("n", rows[0]!, 1, 0.9).wanted().length > 0;
      };
      ok(isTaken(text(learnt)), "as it was kept it is taken");
      for (const bytes of [
        new Uint8Array(0),
        learnt.slice(0, -1),
        learnt.slice(1),
        Uint8Array.of(...learnt.slice(0, head), 7, ...learnt.slice(head)),
        new Uint8Array(learnt.length), // steps of zero
      ]) {
        equal(isTaken(text(bytes)), false, `${bytes.length} bytes`);
      }
      for (const other of ["", ":", "5000", "5000:*", text(learnt).slice(0, -4), text(learnt).slice(9)]) {
        equal(isTaken(other), false, other.slice(0, 20));
      }
      const other = new ExactIndex(256, { resident: "codes" });
      other.recall(text(learnt));
      other.add(1, "n", randomVector(256, seeded(1)));
      equal(other.begin("n", randomVector(256, seeded(1)), 1, 0.9).wanted(), []);
      for (const bad of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e300]) {
        for (const at of [0, 121, 122, 124])
          equal(isTaken(text(withNumber(learnt, at, bad))), false, `${bad} at ${at}`);
      }
      for (const rows of ["", "0", "-5", "NaN", "1e999", "5000"]) {
        ok(isTaken(text(learnt).replace(/^\d+/, rows)), `from "${rows}" rows`);
      }
    });

    test("any numbers that may be steps, and any directions, cost time and no answer", () => {
      const random = seeded(5);
      const noise = learnt.slice();
      for (let i = head; i < noise.length; i++) noise[i] = Math.floor(128 * (1 + random()));
      const equals = learnt.slice();
      for (let j = 1; j < 122; j++) equals.copyWithin(head + j * D, head, head + D);
      const cases: Record<string, Uint8Array> = {
        "directions of noise": noise,
        "directions all equal": equals,
        "directions of zeros": learnt.slice().fill(0, head),
        "directions of -128": learnt.slice().fill(128, head),
        "steps of 5e-324": withNumbers(learnt, 0, 122, () => Number.MIN_VALUE),
        "steps of 1e299": withNumbers(learnt, 0, 122, () => 1e299),
        "steps of any size": withNumbers(learnt, 0, 122, () => 10 ** (-30 + 30 * random())),
        "scales of 5e-324": withNumbers(learnt, 122, 125, () => Number.MIN_VALUE),
        "scales of 1e299": withNumbers(learnt, 122, 125, () => 1e299),
        "scales of 1": withNumbers(learnt, 122, 125, () => 1),
        "all of 5e-324": withNumbers(learnt, 0, 125, () => Number.MIN_VALUE),
        "steps of 1e299, scales of 5e-324": withNumbers(withNumber(learnt, 5, 1e299), 122, 125, () => Number.MIN_VALUE),
      };
      for (const [what, bytes] of Object.entries(cases)) recalledBy(bytes, what, 2, ["codes"]);
    });

    test("bytes that come while it learns are passed over, and harm nothing", () => {
      const bad = withNumber(learnt, 0, Number.NaN);
      const index = new ExactIndex(D, { resident: "codes" }); // it learns a little with every row
      rows.forEach((row, i) => {
        index.add(i + 1, "n", row);
      });
      for (let i = 0; i < 100; i++) {
        index.recall(text(i % 2 ? bad : learnt));
        index.add(3000 + (i % 100), "n", rows[i]!);
      }
      for (let i = 0; i < 100; i++) index.remove(3000 + i);
      index.settle();
      equal(index.size, rows.length);
      for (let i = 0; i < 4; i++) {
        const search = index.begin("n", rows[i * 300]!, 10, 0);
        for (let ids = search.wanted(); ids.length > 0; ids = search.wanted()) {
          search.give(
            ids,
            ids.map((id) => rows[id - 1]),
          );
        }
        same(search.found, model.search("n", rows[i * 300]!, 10, 0), `query ${i}`);
      }
    });
  };

/** Learnt from so many rows: as it is kept. */
function text(bytes: Uint8Array): string {
  return `5000:${toBase64(bytes)}`;
}

function bytes(learnt: string | undefined): Uint8Array {
  return fromBase64(learnt!.split(":")[1]!)!;
}

/** With other numbers in the place of some of the steps (0…121) and scales (122…124). */
function withNumbers(learnt: Uint8Array, from: number, to: number, number: () => number): Uint8Array {
  const bytes = learnt.slice();
  const view = new DataView(bytes.buffer);
  for (let at = from; at < to; at++) view.setFloat64(8 * at, number(), true);
  return bytes;
}

function withNumber(learnt: Uint8Array, at: number, number: number): Uint8Array {
  return withNumbers(learnt, at, at + 1, () => number);
}
