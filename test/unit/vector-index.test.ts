import { plainIndex } from "../../examples/custom-index.ts";
import type { Awaitable, VectorIndex } from "../../src/index.ts";
import { ExactIndex } from "../../src/vectors/exact-index.ts";
import { GrowingIndex } from "../../src/vectors/growing-index.ts";
import { SmallIndex } from "../../src/vectors/small-index.ts";
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
    for (const [state, make] of Object.entries(GROWING)) {
      testIndex(
        (name, run) => test(`growing, ${state}: ${name}`, run),
        ({ dimensions }) => make(dimensions),
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

const MANY = 1e6;
const GROWING: Record<string, (dimensions: number) => Awaitable<VectorIndex>> = {
  "the small one alone": (dimensions) => new SmallIndex(dimensions),
  few: growing,
  "in two parts": async (dimensions) => {
    const index = growing(dimensions);
    await index.prepare(MANY);
    return index;
  },
  many: async (dimensions) => {
    const index = growing(dimensions);
    await index.prepare(MANY);
    await index.settle();
    return index;
  },
};

function growing(dimensions: number): GrowingIndex {
  return new GrowingIndex(dimensions, async () => ({ ExactIndex }));
}
