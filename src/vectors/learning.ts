import type { PruningExports } from "../kernel/exports.ts";
import type { Kernel } from "../kernel/kernel.ts";

const ROUNDS = 4;
const STAGES = 3;
/** Codes of a rounding column; rows whose rounding needs more stay without codes. */
const MOST = 127;
/** Room for rows that round worse than any of the sample: they would be looked at in every search. */
const HEADROOM = 8;
/** Directions less orthonormal than this would widen every bound: float32 gives 1e-6. */
const MOST_EPSILON = 1e-3;

/**
 * Learns from the rows of some slots the directions along which they differ most. Yields after each piece of work, with its
 * size in multiplications. Answers with a basis, or 0 when it could not.
 */
export function* learn(kernel: Kernel, slots: readonly number[]): Generator<number, number> {
  const pruning = kernel.pruning!;
  const { dimensions } = kernel;
  if (!pruning.beginLearning()) return 0;
  const candidates = pruning.learned();
  for (let round = 0; round < ROUNDS; round++) {
    pruning.beginRound();
    for (const slot of slots) {
      pruning.learnFrom(kernel.floats(slot));
      yield 2 * candidates * dimensions;
    }
    yield* orthonormalise(pruning, candidates, dimensions);
  }
  const basis = yield* adopt(pruning, dimensions);
  if (basis === 0) return 0;

  const worst = new Array<number>(STAGES).fill(0);
  for (const pass of ["fit", "measure"] as const) {
    for (const slot of slots) {
      pruning.useBasis(basis); // searches may have used another meanwhile
      pruning[pass](kernel.floats(slot));
      for (let stage = 0; stage < STAGES && pass === "measure"; stage++) {
        worst[stage] = Math.max(worst[stage]!, pruning.roundingOf(stage));
      }
      yield pruning.directions() * dimensions;
    }
  }
  pruning.useBasis(basis);
  for (const [stage, rounding] of worst.entries()) pruning.setRoundingScale(stage, MOST / (HEADROOM * rounding));
  return basis;
}

/** Makes orthonormal what was learned in a round, or taken from elsewhere. */
export function* orthonormalise(pruning: PruningExports, count: number, dimensions: number): Generator<number, void> {
  for (let j = 0; j < count; j++) {
    pruning.orthonormalise(j);
    yield 6 * (j + 1) * dimensions;
  }
  pruning.endRound();
}

/** Measures how far what was made orthonormal is from it, and makes it a basis. 0: too far, or no memory. */
export function* adopt(pruning: PruningExports, dimensions: number): Generator<number, number> {
  let squared = 0;
  for (let j = 0; j < pruning.directions(); j++) {
    squared += pruning.gramError(j);
    yield 2 * (j + 1) * dimensions;
  }
  // What float64 lost in summing is far below the margin.
  const epsilon = Math.sqrt(squared) * 1.001 + 1e-9;
  return epsilon < MOST_EPSILON ? pruning.adopt(epsilon) >>> 0 : 0;
}
