import { coordinate, DIRECTIONS, directionAt, newBasis, project, setEpsilon, setStep, step, useBasis } from "./basis";
import { dot } from "./dot";
import { allocate } from "./memory";
import { rowBytes } from "./rows";

// Finds the leading directions of a sample by subspace iteration: each round sends every direction through the sample's
// second-moment matrix and makes the results orthonormal. All of it in calls short enough to be made between others.

/** A few more than are kept, so that the last ones kept are good too. */
const LEARNED: i32 = DIRECTIONS + 10;
const LEAST_STEP: f64 = 1e-6;
const ATTEMPTS: i32 = 6;
/** Of a squared length: what float32 leaves of a vector that lies in a span, with room. */
const VANISHED: f64 = 1e-11;
/** Codes reach so much further than the sample does: of so many directions, many a row is beyond it in some. */
const REACH: f64 = 1.4;

let from: usize = 0;
let into: usize = 0;
let seed: u32 = 0;

export function openLearning(): void {
  from = into = 0;
}

/** Makes room and begins with arbitrary directions. False when memory cannot grow. */
export function beginLearning(): bool {
  if (from == 0) {
    const size = <usize>LEARNED * rowBytes();
    into = allocate(size);
    const room = allocate(size);
    if (into == 0 || room == 0) return false;
    from = room;
  }
  seed = 1;
  for (let j = 0; j < LEARNED; j++) arbitrary(at(from, j));
  return true;
}

export function learned(): i32 {
  return LEARNED;
}

/** Those that are kept. */
export function directions(): i32 {
  return DIRECTIONS;
}

export function beginRound(): void {
  memory.fill(into, 0, <usize>LEARNED * rowBytes());
}

/** Adds what one row contributes to every direction: its float32 numbers. */
export function learnFrom(floats: usize): void {
  for (let j = 0; j < LEARNED; j++) addTimes(at(into, j), dot(at(from, j), floats), floats);
}

/**
 * Makes direction j orthogonal to those before it, and of length 1. Of one that lies in their span nothing but rounding
 * errors would be left, which lie there too: an arbitrary one takes its place.
 */
export function orthonormalise(j: i32): void {
  const direction = at(into, j);
  let good = 0;
  for (let attempt = 0; good < 2 && attempt < ATTEMPTS; attempt++) {
    const before = exactDot(direction, direction);
    for (let i = 0; i < j; i++) addTimes(direction, -dot(at(into, i), direction), at(into, i));
    const after = exactDot(direction, direction);
    if (after > before * VANISHED) {
      scale(direction, 1 / Math.sqrt(after));
      good++; // twice is enough
    } else {
      arbitrary(direction);
      good = 0;
    }
  }
}

export function endRound(): void {
  const other = from;
  from = into;
  into = other;
}

/** The squared distance of row j of the Gram matrix, on and below the diagonal, from the identity's. In float64. */
export function gramError(j: i32): f64 {
  let error: f64 = 0;
  for (let i = 0; i <= j; i++) {
    const distance = exactDot(at(from, i), at(from, j)) - (i == j ? 1.0 : 0.0);
    error += distance * distance * (i == j ? 1.0 : 2.0);
  }
  return error;
}

/** Sets what was learned, or was made orthonormal, against what another basis has; a copy of one may be packed. */
export function takeDirections(basis: usize): void {
  useBasis(basis);
  memory.copy(into, directionAt(0), <usize>DIRECTIONS * rowBytes());
}

/** A basis of the directions learned, in use from now on. 0: no memory. */
export function adopt(epsilon: f64): usize {
  const basis = newBasis();
  if (basis == 0) return 0;
  useBasis(basis);
  memory.copy(directionAt(0), from, <usize>DIRECTIONS * rowBytes());
  setEpsilon(epsilon);
  for (let j = 0; j < DIRECTIONS; j++) setStep(j, LEAST_STEP);
  return basis;
}

/** Widens the range of codes so that this row fits: its float32 numbers. */
export function fit(floats: usize): void {
  project(floats);
  for (let j = 0; j < DIRECTIONS; j++) setStep(j, max(step(j), (Math.abs(coordinate(j)) * REACH) / 127));
}

function at(region: usize, j: i32): usize {
  return region + <usize>j * rowBytes();
}

function addTimes(target: usize, factor: f32, row: usize): void {
  const four = f32x4.splat(factor);
  for (const end = target + rowBytes(); target < end; target += 32, row += 32) {
    v128.store(target, f32x4.add(v128.load(target), f32x4.mul(four, v128.load(row))));
    v128.store(target, f32x4.add(v128.load(target, 16), f32x4.mul(four, v128.load(row, 16))), 16);
  }
}

function scale(row: usize, factor: f64): void {
  const four = f32x4.splat(<f32>factor);
  for (const end = row + rowBytes(); row < end; row += 16) v128.store(row, f32x4.mul(v128.load(row), four));
}

export function exactDot(left: usize, right: usize): f64 {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  for (const end = left + rowBytes(); left < end; left += 16, right += 16) {
    const a = v128.load(left);
    const b = v128.load(right);
    low = f64x2.add(low, f64x2.mul(f64x2.promote_low_f32x4(a), f64x2.promote_low_f32x4(b)));
    const c = v128.shuffle<u64>(a, a, 1, 0);
    const d = v128.shuffle<u64>(b, b, 1, 0);
    high = f64x2.add(high, f64x2.mul(f64x2.promote_low_f32x4(c), f64x2.promote_low_f32x4(d)));
  }
  const sum = f64x2.add(low, high);
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1);
}

/** Fills a row with numbers between −1 and 1, the same in every run. The padding gets some too, and no row has any there. */
function arbitrary(row: usize): void {
  for (const end = row + rowBytes(); row < end; row += 4) {
    seed = seed * 1664525 + 1013904223;
    store<f32>(row, <f32>(<i32>seed) / 2147483648.0);
  }
}
