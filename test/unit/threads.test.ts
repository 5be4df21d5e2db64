import { ExactIndex } from "../../src/vectors/exact-index.ts";
import type { Suite } from "../harness.ts";
import { BruteForce, same } from "./brute-force.ts";
import { HOSTILE } from "./hostile-rows.ts";

const D = 128;
const UNTIL_THEY_HELP_MS = 300;

/** Where there are no threads, or none yet, an index searches alone; the answer is the same. */
export const threadsTests: Suite = (test) => {
  test("with help the answer is brute force's, where scores are below zero too", async () => {
    // One number that all rows have in common: by the query that has it negative, nearly all scores are.
    const rows = HOSTILE.anisotropic!(2600, D, 7).map((row) => row.map((x, i) => (i === 0 ? 20 + x : x)));
    const index = new ExactIndex(D, { threads: 2, helpFrom: 1 });
    const model = new BruteForce();
    rows.forEach((row, i) => {
      for (const either of [index, model]) either.add(i + 1, "n", row);
    });
    index.settle();
    await new Promise((resolve) => setTimeout(resolve, UNTIL_THEY_HELP_MS));
    try {
      for (const [k, threshold] of [[100, -1] as const, [1, -0.9] as const, [10, 0] as const, [3, 0.5] as const]) {
        for (const query of [rows[3]!, rows[3]!.map((x, i) => (i === 0 ? -50 : -x))]) {
          const expected = model.search("n", query, k, threshold);
          for (let i = 0; i < 5; i++) same(index.search("n", query, k, threshold), expected, `k ${k} ≥ ${threshold}`);
        }
      }
    } finally {
      index.close();
    }
  });
};
