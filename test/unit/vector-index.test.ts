import { plainIndex } from "../../examples/custom-index.ts";
import { ExactIndex } from "../../src/vectors/exact-index.ts";
import { testIndex } from "../conformance/vector-index.ts";
import type { Suite } from "../harness.ts";
import type { Platform } from "../platform.ts";
import { STATES } from "./auto-index.test.ts";

/** Every index of the core keeps the contract. */
export const vectorIndexTests =
  ({ kernel }: Platform): Suite =>
  (test) => {
    for (const level of new Set(Object.values(kernel))) {
      testIndex(unfiltered(test, `exact, ${level}`), ({ dimensions }) => new ExactIndex(dimensions, level));
    }
    testIndex((name, run) => test(`plain: ${name}`, run), plainIndex);
    for (const [state, make] of Object.entries(STATES)) {
      testIndex(unfiltered(test, `auto, ${state}`), ({ dimensions }) => make(dimensions));
    }
  };

/** The exact index does not take filters yet. */
function unfiltered(test: Parameters<Suite>[0], prefix: string): (name: string, run: () => unknown) => void {
  return (name, run) => {
    if (!name.startsWith("filter:")) test(`${prefix}: ${name}`, run);
  };
}
