import { allocate, query } from "./layout";
import { OUTSIDE_SCALE, roundingScale } from "./planes";
import {
  atMostInside,
  atMostOutside,
  coordinate,
  coordinatesError,
  DIRECTIONS,
  dotError,
  gramDistance,
  HEAD,
  MIDDLE,
  project,
  SQUARED_LENGTH,
  STAGES,
  step,
} from "./projection";

// A query as integers: what each column of the planes is multiplied with, and what a sum then has to reach.

/** Weights are 16-bit; and sums to reach must fit 32 bits. */
const MOST_WEIGHT: f64 = 32000;
const MOST_SCALE: f64 = 1e9;

/** i16 weights: plane A (32), plane B (32), plane C (64). */
let weights: usize = 0;
/** f64 × 3: what a stage's bound must allow for besides. */
let slacks: usize = 0;
let scale: f64 = 0;

export function openWeights(): bool {
  if (weights != 0) return true;
  slacks = allocate(<usize>STAGES * 8);
  weights = allocate(128 * 2);
  return slacks != 0 && weights != 0;
}

export function nearWeights(): usize {
  return weights;
}

export function secondWeights(): usize {
  return weights + 64;
}

export function farWeights(): usize {
  return weights + 128;
}

/** Projects the query and rounds its weights; what rounding may cost goes into the slacks. */
export function weigh(): void {
  project(query());
  let largest: f64 = 0;
  for (let j = 0; j < DIRECTIONS; j++) largest = max(largest, Math.abs(coordinate(j) * step(j)));
  scale = largest > 0 ? min(MOST_SCALE, MOST_WEIGHT / largest) : MOST_SCALE;
  let squared: f64 = 0;
  for (let j = 0; j < DIRECTIONS; j++) {
    squared += coordinate(j) * coordinate(j);
    const stage = stageEndingAt(j + 1);
    if (stage < 0) continue;
    const length = Math.sqrt(squared);
    scale = min(scale, (MOST_WEIGHT * OUTSIDE_SCALE) / max(1e-9, atMostOutside(length, j + 1)));
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
    const outsideWeight = Math.ceil((atMostOutside(length, k) * scale) / OUTSIDE_SCALE);
    const roundingWeight = Math.ceil((atMostInside(length, k) * scale) / roundingScale(stage));
    const last = stage == 2 ? weights + 128 + 124 : weights + ((<usize>stage) << 6) + 60;
    store<i16>(last, <i16>outsideWeight);
    store<i16>(last, <i16>roundingWeight, 2);
    const codesLength = Math.sqrt((1 + gramDistance()) * SQUARED_LENGTH) + 127 / roundingScale(stage);
    const slack = rounded + coordinatesError(k) * codesLength + dotError() * SQUARED_LENGTH;
    store<f64>(slacks + ((<usize>stage) << 3), slack * (1 + 1e-9) + 1e-9);
  }
}

function stageEndingAt(k: i32): i32 {
  if (k == HEAD) return 0;
  if (k == MIDDLE) return 1;
  return k == DIRECTIONS ? 2 : -1;
}

/** Where the weight of direction j stands: two columns of each plane are not directions. */
function weightAt(j: i32): usize {
  const column = j < HEAD ? j : j < MIDDLE ? j + 2 : j + 4;
  return weights + ((<usize>column) << 1);
}

/** The least integer sum of a row whose score reaches the bar. */
export function leastSum(stage: i32, bar: f32): i32 {
  const least = Math.floor((<f64>bar - load<f64>(slacks + ((<usize>stage) << 3))) * scale);
  return <i32>max(-2147483648.0, min(2147483646.0, least));
}
