/** Newton's steps to the weights; it ends sooner where they no longer move. */
const STEPS = 12;
/** No weight moves further in one step: where labels are separable the first ones would overshoot. */
const LONGEST_STEP = 2;

/**
 * The weights of a logistic regression, drawn to `prior` with the strength of a normal belief of deviation 1. `rows` has
 * `prior.length` numbers for each of `labels`. It starts from the prior, so that the same labels give the same weights.
 */
export function fitLogistic(rows: Float64Array, labels: Uint8Array, prior: readonly number[]): Float64Array {
  const d = prior.length;
  const weights = Float64Array.from(prior);
  const slope = new Float64Array(d);
  const curve = new Float64Array(d * d);
  for (let step = 0; step < STEPS; step++) {
    for (let i = 0; i < d; i++) {
      slope[i] = weights[i]! - prior[i]!;
      for (let j = 0; j < d; j++) curve[i * d + j] = i === j ? 1 : 0;
    }
    for (const [n, label] of labels.entries()) {
      const at = n * d;
      const p = 1 / (1 + Math.exp(-dot(rows, at, weights)));
      for (let i = 0; i < d; i++) {
        const x = rows[at + i]!;
        slope[i]! += (p - label) * x;
        for (let j = 0; j <= i; j++) curve[i * d + j]! += p * (1 - p) * x * rows[at + j]!;
      }
    }
    let moved = 0;
    for (const [i, by] of solve(curve, slope).entries()) {
      const change = Math.max(-LONGEST_STEP, Math.min(LONGEST_STEP, by));
      weights[i]! -= change;
      moved = Math.max(moved, Math.abs(change));
    }
    if (moved < 1e-3) break; // the next step would be a millionth
  }
  return weights;
}

/** The row that begins at `at`, times the weights. */
export function dot(rows: Float64Array, at: number, weights: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += rows[at + i]! * weights[i]!;
  return sum;
}

/** Cholesky: the matrix is symmetric and positive, given by its lower half, which is used up. */
function solve(lower: Float64Array, right: Float64Array): Float64Array {
  const d = right.length;
  const x = right.slice();
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = lower[i * d + j]!;
      for (let k = 0; k < j; k++) sum -= lower[i * d + k]! * lower[j * d + k]!;
      lower[i * d + j] = i === j ? Math.sqrt(sum) : sum / lower[j * d + j]!;
    }
    for (let k = 0; k < i; k++) x[i]! -= lower[i * d + k]! * x[k]!;
    x[i]! /= lower[i * d + i]!;
  }
  for (let i = d - 1; i >= 0; i--) {
    for (let k = i + 1; k < d; k++) x[i]! -= lower[k * d + i]! * x[k]!;
    x[i]! /= lower[i * d + i]!;
  }
  return x;
}
