import type { PruningExports } from "../kernel/pruning.ts";

const ROUNDS = 4;
const STAGES = 3;
/** Codes of a rounding column; rows whose rounding needs more stay without codes. */
const MOST = 127;
/** Room for rows that round worse than any of the sample. */
const HEADROOM = 3;
/** Directions less orthonormal than this would widen every bound: float32 gives 1e-6. */
const MOST_EPSILON = 1e-3;

/**
 * Learns from a sample of rows (their addresses) the directions along which they differ most, and takes them into use, after
 * `letGo` of what was encoded with those before. Yields after each piece of work, with its size in multiplications.
 * Answers false when it could not.
 */
export function* learn(
  kernel: PruningExports,
  rows: readonly number[],
  dimensions: number,
  letGo: () => void,
): Generator<number, boolean> {
  if (!kernel.openPlanes() || !kernel.openPruning() || !kernel.beginLearning()) return false;
  const candidates = kernel.learned();
  const directions = kernel.directions();
  for (let round = 0; round < ROUNDS; round++) {
    kernel.beginRound();
    for (const row of rows) {
      kernel.learnFrom(row);
      yield 2 * candidates * dimensions;
    }
    for (let j = 0; j < candidates; j++) {
      kernel.orthonormalise(j);
      yield 6 * (j + 1) * dimensions;
    }
    kernel.endRound();
  }

  let squared = 0;
  for (let j = 0; j < directions; j++) {
    squared += kernel.gramError(j);
    yield 2 * (j + 1) * dimensions;
  }
  // What float64 lost in summing is far below the margin.
  const epsilon = Math.sqrt(squared) * 1.001 + 1e-9;
  if (!(epsilon < MOST_EPSILON)) return false;

  letGo();
  kernel.adopt(epsilon);
  for (const row of rows) {
    kernel.fit(row);
    yield directions * dimensions;
  }
  const worst = new Array<number>(STAGES).fill(0);
  for (const row of rows) {
    kernel.measure(row);
    for (let stage = 0; stage < STAGES; stage++) worst[stage] = Math.max(worst[stage]!, kernel.roundingOf(stage));
    yield directions * dimensions;
  }
  for (const [stage, rounding] of worst.entries()) kernel.setRoundingScale(stage, MOST / (HEADROOM * rounding));
  return true;
}
