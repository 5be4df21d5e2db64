import {
  atMostInside,
  atMostOutside,
  coordinate,
  coordinatesError,
  DIRECTIONS,
  dotError,
  epsilon,
  HEAD,
  MIDDLE,
  project,
  roundingScale,
  SQUARED_LENGTH,
  step,
} from "./basis";
import { context, query, weights } from "./context";
import { OUTSIDE_SCALE } from "./planes";
import { longest } from "./rows";

// A query as integers: what each column of the planes is multiplied with, and what a sum then has to reach. In a context:
// the scale of the weights (+72, f64); what the bound of each stage must allow for besides (+80, f64 × 3). The weights
// themselves are 16-bit: 32 places for plane A, 32 for plane B, 64 for plane C.

/** Weights are 16-bit; and sums to reach must fit 32 bits. */
const MOST_WEIGHT: f64 = 32000;
const MOST_SCALE: f64 = 1e9;
const SCALE: usize = 72;
const SLACKS: usize = 80;

export function nearWeights(): usize {
  return weights();
}

export function secondWeights(): usize {
  return weights() + 64;
}

export function farWeights(): usize {
  return weights() + 128;
}

/** Projects the query and rounds its weights; what rounding may cost goes into the slacks. */
export function weigh(): void {
  let scale = MOST_SCALE;
  project(query());
  let largest: f64 = 0;
  for (let j = 0; j < DIRECTIONS; j++) largest = max(largest, Math.abs(coordinate(j) * step(j)));
  if (largest > 0) scale = min(scale, MOST_WEIGHT / largest);
  let squared: f64 = 0;
  for (let j = 0; j < DIRECTIONS; j++) {
    squared += coordinate(j) * coordinate(j);
    const stage = stageEndingAt(j + 1);
    if (stage < 0) continue;
    const length = Math.sqrt(squared);
    scale = min(scale, (MOST_WEIGHT * OUTSIDE_SCALE) / max(1e-9, atMostOutside(SQUARED_LENGTH, length, j + 1)));
    scale = min(scale, (MOST_WEIGHT * roundingScale(stage)) / max(1e-9, atMostInside(length, j + 1)));
  }

  squared = 0;
  let rounded: f64 = 0;
  for (let j = 0; j < DIRECTIONS; j++) {
    const z = coordinate(j);
    const exact = z * step(j);
    const weight = Math.floor(exact * scale + 0.5);
    store<i16>(weightAt(j), <i16>weight);
    rounded += 127 * Math.abs(exact - weight / scale);
    squared += z * z;
    const stage = stageEndingAt(j + 1);
    if (stage < 0) continue;
    const k = j + 1;
    const length = Math.sqrt(squared);
    const outsideWeight = Math.ceil((atMostOutside(SQUARED_LENGTH, length, k) * scale) / OUTSIDE_SCALE);
    const roundingWeight = Math.ceil((atMostInside(length, k) * scale) / roundingScale(stage));
    const last =
      stage == 2 ? farWeights() + 124 : stage == 1 ? secondWeights() + 60 : nearWeights() + ((<usize>HEAD) << 1);
    store<i16>(last, <i16>outsideWeight);
    store<i16>(last, <i16>roundingWeight, 2);
    const codesLength = Math.sqrt(1 + epsilon()) * longest() + 127 / roundingScale(stage);
    const slack = rounded + coordinatesError(k) * codesLength + dotError() * SQUARED_LENGTH;
    store<f64>(slackAt(stage), slack * (1 + 1e-9) + 1e-9);
  }
  store<f64>(context(), scale, SCALE);
}

function stageEndingAt(k: i32): i32 {
  if (k == HEAD) return 0;
  if (k == MIDDLE) return 1;
  return k == DIRECTIONS ? 2 : -1;
}

/** Where the weight of direction j stands: two columns of each plane are not directions. */
function weightAt(j: i32): usize {
  if (j < HEAD) return nearWeights() + ((<usize>j) << 1);
  if (j < MIDDLE) return secondWeights() + ((<usize>(j - HEAD)) << 1);
  return farWeights() + ((<usize>(j - MIDDLE)) << 1);
}

/** The least integer sum of a row whose score reaches the bar. */
export function leastSum(stage: i32, bar: f32): i32 {
  const least = Math.floor((<f64>bar - load<f64>(slackAt(stage))) * load<f64>(context(), SCALE));
  return <i32>max(-2147483648.0, min(2147483646.0, least));
}

/** The most that a row's score can be whose integer sum of all stages this is. */
export function mostScore(sum: i32): f64 {
  return <f64>sum / load<f64>(context(), SCALE) + load<f64>(slackAt(2)) + 1e-9;
}

function slackAt(stage: i32): usize {
  return context() + SLACKS + ((<usize>stage) << 3);
}
