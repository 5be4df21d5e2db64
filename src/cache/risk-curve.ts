/** The normal quantile of the confidence of a bound, 95 %. */
const QUANTILE = 1.645;
/** Labels of similar risk are taken together, so many at the least, in so many groups at the most. */
const LEAST_GROUP = 16;
const GROUPS = 64;
/** Where fewer lookups than this share would be hits, wrong ones count as if it were so many: at most 1 / LEAST_HITS of the budget among hits. */
const LEAST_HITS = 0.1;
/** How far a label may stand for more lookups than the average one does; beyond, riskier labels stand in. */
const CAPS = [1, 1.5, 2, 4, Number.POSITIVE_INFINITY];

/**
 * Upper bounds of the share of all lookups that would be answered wrong if every candidate up to some risk were served.
 * docs/error-budget.md has the mathematics.
 */
export class RiskCurve {
  /** The riskiest score of each group, ascending, and the bound of serving up to a later one, whichever is least. */
  readonly #ends: number[] = [];
  readonly #bounds: number[] = [];

  /**
   * Scores rise with the risk. `wrong[i]` is 1 where the label of `scores[i]` is "wrong"; `lookups` are scores of what was
   * asked lately, sorted, Infinity where there was no candidate.
   */
  constructor(scores: Float64Array, wrong: Uint8Array, lookups: Float64Array) {
    const order = Uint32Array.from(scores.keys()).sort((a, b) => scores[a]! - scores[b]! || a - b);
    const size = Math.max(LEAST_GROUP, Math.ceil(order.length / GROUPS));
    const shares: number[] = [];
    const errors: number[] = [];
    let below = 0;
    for (let from = 0; lookups.length > 0 && from + size <= order.length; from += size) {
      const group = order.subarray(from, from + size);
      const end = scores[group[size - 1]!]!;
      const before = below;
      while (below < lookups.length && lookups[below]! <= end) below++;
      shares.push((below - before) / lookups.length);
      errors.push(group.reduce((sum, i) => sum + wrong[i]!, 0));
      const hits = below / lookups.length;
      const bound = Math.min(...CAPS.map((cap) => boundOf(shares, errors, size, (cap * hits) / shares.length)));
      this.#ends.push(end);
      // One more lookup than was seen: none would say that nothing can go wrong.
      this.#bounds.push(bound * Math.max(1, (LEAST_HITS * lookups.length) / (below + 1)));
    }
    for (let i = this.#bounds.length - 2; i >= 0; i--) {
      this.#bounds[i] = Math.min(this.#bounds[i]!, this.#bounds[i + 1]!);
    }
  }

  /** 1 where too little is known. */
  bound(score: number): number {
    let low = 0;
    for (let high = this.#ends.length; low < high; ) {
      const middle = (low + high) >>> 1;
      if (this.#ends[middle]! >= score) high = middle;
      else low = middle + 1;
    }
    return this.#bounds[low] ?? 1;
  }
}

/**
 * Of the groups together. Each stands for a share of the lookups, its labels for equal parts of it; what is over `cap`
 * passes to the next group, whose labels are no less risky.
 */
function boundOf(shares: readonly number[], errors: readonly number[], size: number, cap: number): number {
  let sum = 0;
  let squares = 0;
  let heaviest = 0;
  let over = 0;
  for (const [i, share] of shares.entries()) {
    const whole = share + over;
    over = i < shares.length - 1 ? Math.max(0, whole - cap) : 0;
    const weight = (whole - over) / size;
    sum += weight * errors[i]!;
    squares += weight * weight * errors[i]!;
    heaviest = Math.max(heaviest, weight);
  }
  return weightedUpper(sum, squares, heaviest);
}

/**
 * Upper confidence bound of a weighted sum of rare events (Fay and Feuer 1997): the quantile of the gamma distribution that
 * has the mean and variance of the sum with one more event of the heaviest weight; by Wilson and Hilferty's cube. With
 * equal weights and no event it is 3 weights.
 */
export function weightedUpper(sum: number, squares: number, heaviest: number): number {
  const mean = sum + heaviest;
  const variance = squares + heaviest * heaviest;
  if (variance === 0) return 1;
  const shape = mean ** 2 / variance;
  return Math.min(1, mean * (1 - 1 / (9 * shape) + QUANTILE / (3 * Math.sqrt(shape))) ** 3);
}
