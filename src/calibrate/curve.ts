import { argumentError, MnemeError } from "../error.ts";

/** What a threshold does with the pairs it was tried on. */
export interface CurvePoint {
  threshold: number;
  /** Of the pairs at or above the threshold, the share that deserves one answer; 1 where there are none. */
  precision: number;
  /** Of the pairs that deserve one answer, the share at or above the threshold; 1 where there are none. */
  recall: number;
  /** Harmonic mean of the two. */
  f1: number;
}

export interface Target {
  /** What is to be highest. Default "f1". */
  targetMetric?: "f1" | "precision" | "recall" | undefined;
  /** Thresholds with less are not considered. */
  minPrecision?: number | undefined;
  minRecall?: number | undefined;
}

const METRICS = ["f1", "precision", "recall"] as const;

/** 0.50, 0.51 … 0.99. */
const DEFAULT_GRID: readonly number[] = Array.from({ length: 50 }, (_, i) => (50 + i) / 100);

/** The thresholds to try, each once, ascending. */
export function checkGrid(grid: readonly number[] = DEFAULT_GRID): number[] {
  const remedy = "Leave it out for 0.50, 0.51 … 0.99.";
  if (!Array.isArray(grid)) throw argumentError("grid", "an array of thresholds", grid, remedy);
  if (grid.length === 0) throw new MnemeError("argument", '"grid" is empty.', remedy);
  for (const [i, threshold] of grid.entries()) {
    if (typeof threshold === "number" && threshold >= -1 && threshold <= 1) continue;
    throw argumentError(`grid[${i}]`, "a number from -1 to 1", threshold, remedy);
  }
  return [...new Set(grid)].sort((a, b) => a - b);
}

export function checkTarget({ targetMetric = "f1", minPrecision = 0, minRecall = 0 }: Target) {
  if (!METRICS.includes(targetMetric)) {
    throw argumentError("targetMetric", '"f1", "precision" or "recall"', targetMetric, "Leave it out for f1.");
  }
  for (const [name, least] of Object.entries({ minPrecision, minRecall })) {
    if (typeof least === "number" && least >= 0 && least <= 1) continue;
    throw argumentError(name, "a number from 0 to 1", least, "Leave it out for none.");
  }
  return { targetMetric, minPrecision, minRecall };
}

/** Compared as the cache does: a float32 similarity with the threshold rounded to float32, inclusive. */
export function curveOf(positive: Float32Array, negative: Float32Array, grid: readonly number[]): CurvePoint[] {
  const positives = positive.slice().sort();
  const negatives = negative.slice().sort();
  return grid.map((threshold) => {
    const right = countFrom(positives, threshold);
    const predicted = right + countFrom(negatives, threshold);
    const precision = predicted === 0 ? 1 : right / predicted;
    const recall = positives.length === 0 ? 1 : right / positives.length;
    const f1 = precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
    return { threshold, precision, recall, f1 };
  });
}

/** How many of the sorted values reach the threshold. */
function countFrom(sorted: Float32Array, threshold: number): number {
  const bar = Math.fround(threshold);
  let low = 0;
  for (let high = sorted.length; low < high; ) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! >= bar) high = middle;
    else low = middle + 1;
  }
  return sorted.length - low;
}

/**
 * The point of a curve that serves the target best; of equal ones that with the lowest threshold. Nothing is embedded: one
 * curve answers as many questions as there are.
 */
export function chooseThreshold(curve: readonly CurvePoint[], target: Target = {}): CurvePoint {
  if (!Array.isArray(curve) || curve.length === 0) {
    throw argumentError("curve", "the points of a curve", curve, "precisionRecallCurve and findThreshold return one.");
  }
  const { targetMetric, minPrecision, minRecall } = checkTarget(target);
  const points = [...(curve as CurvePoint[])].sort((a, b) => a.threshold - b.threshold);
  const allowed = points.filter(({ precision, recall }) => precision >= minPrecision && recall >= minRecall);
  const best = highest(allowed, targetMetric);
  if (best !== undefined) return { ...best };
  throw new MnemeError(
    "argument",
    `No threshold has ${[...asked("precision", minPrecision), ...asked("recall", minRecall)].join(" and ")}.`,
    `${reachable(points, minPrecision, minRecall)} Ask for less, or take a model that tells these pairs apart better.`,
  );
}

function highest(points: readonly CurvePoint[], metric: keyof CurvePoint): CurvePoint | undefined {
  let best: CurvePoint | undefined;
  for (const point of points) if (best === undefined || point[metric] > best[metric]) best = point;
  return best;
}

const asked = (metric: string, least: number): string[] => (least > 0 ? [`${metric} ≥ ${least}`] : []);

/** The best of each, while the other constraint holds; where it cannot hold, the best there is. */
function reachable(points: readonly CurvePoint[], minPrecision: number, minRecall: number): string {
  const best = (
    metric: "precision" | "recall",
    wanted: number,
    other: "precision" | "recall",
    least: number,
  ): string[] => {
    if (wanted === 0) return [];
    const within = points.filter((point) => point[other] >= least);
    const point = highest(within.length > 0 ? within : points, metric)!;
    const under = least > 0 && within.length > 0 ? ` with ${other} ≥ ${least}` : "";
    return [`the best ${metric}${under} is ${floored(point[metric])} (at ${point.threshold})`];
  };
  const parts = [
    ...best("precision", minPrecision, "recall", minRecall),
    ...best("recall", minRecall, "precision", minPrecision),
  ];
  const text = parts.join(", ");
  return `${text[0]!.toUpperCase()}${text.slice(1)}.`;
}

/** Never more than it is: what is told can be asked for. */
function floored(share: number): number {
  return Math.floor(share * 10_000) / 10_000;
}
