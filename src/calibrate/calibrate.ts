import type { Embedder } from "../embedder.ts";
import { type CurvePoint, checkGrid, checkTarget, chooseThreshold, curveOf, type Target } from "./curve.ts";
import { checkFilled, checkPairs, type Pair } from "./pairs.ts";
import { type ScoreOptions, scorePairs } from "./scores.ts";

export { type CurvePoint, chooseThreshold, type Pair, type ScoreOptions, type Target };

export interface CurveOptions extends ScoreOptions {
  /** The thresholds to try, −1…1. Default 0.50, 0.51 … 0.99. */
  grid?: readonly number[] | undefined;
}

export interface ThresholdOptions extends CurveOptions, Target {}

export interface Calibration extends CurvePoint {
  /** Of the whole grid, ascending. */
  curve: CurvePoint[];
}

/**
 * The threshold that tells pairs that deserve one answer from pairs that do not, and what it does with them. Use it with
 * the same embedder, `dtype` and `normalise`.
 */
export async function findThreshold(
  paraphrases: readonly Pair[],
  distractors: readonly Pair[],
  embedder: Embedder,
  options: ThresholdOptions = {},
): Promise<Calibration> {
  const target = checkTarget(options);
  checkFilled("paraphrases", checkPairs("paraphrases", paraphrases));
  checkFilled("distractors", checkPairs("distractors", distractors));
  const curve = await precisionRecallCurve(paraphrases, distractors, embedder, options);
  return { ...chooseThreshold(curve, target), curve };
}

/** What each threshold of the grid does. `chooseThreshold` finds the best on it, for any target, without embedding again. */
export async function precisionRecallCurve(
  paraphrases: readonly Pair[],
  distractors: readonly Pair[],
  embedder: Embedder,
  options: CurveOptions = {},
): Promise<CurvePoint[]> {
  const grid = checkGrid(options.grid);
  const lists = [checkPairs("paraphrases", paraphrases), checkPairs("distractors", distractors)];
  const [positive, negative] = await scorePairs(lists, embedder, options);
  return curveOf(positive!, negative!, grid);
}
