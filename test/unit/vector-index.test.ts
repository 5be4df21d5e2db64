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
      testIndex(
        (name, run) => test(`exact, ${level}: ${name}`, run),
        ({ dimensions }) => new ExactIndex(dimensions, { level }),
      );
    }
    testIndex((name, run) => test(`plain: ${name}`, run), plainIndex);
    for (const [state, make] of Object.entries(STATES)) {
      testIndex(
        (name, run) => test(`auto, ${state}: ${name}`, run),
        ({ dimensions }) => make(dimensions),
      );
    }
  };
