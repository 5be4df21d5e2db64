import { coordinates } from "./context";
import { dot } from "./dot";
import { allocate } from "./memory";
import { longest, rowBytes } from "./rows";

// The learned directions that rows and queries are projected onto, and what a projection is worth. docs/exact-search.md
// derives every bound; names here are the names there. A basis lies in one piece, so that it can be copied elsewhere:
//
//   +0     how far its directions are from orthonormal, ε (f64)
//   +64    the steps of codes along each direction: f64 × DIRECTIONS
//   +1040  the scales of the rounding columns: f64 × STAGES
//   +1088  the directions: rows of float32 numbers

/** Directions of plane A, of A and B, of A, B and C. */
export const HEAD: i32 = 30;
export const MIDDLE: i32 = HEAD + 30;
export const DIRECTIONS: i32 = MIDDLE + 62;
const STAGES: i32 = 3;
const STEPS: usize = 64;
const SCALES: usize = 1040;
const ROWS: usize = 1088;

/** Squared length of what `normalise` leaves, at most: 1 + 2^-20 is well above it. */
export const SQUARED_LENGTH: f64 = 1.0 + 1.0 / 1048576.0;

let basis: usize = 0;
let spare: usize = 0;

export function openBasis(): void {
  basis = spare = 0;
}

export function basisBytes(): usize {
  return ROWS + <usize>DIRECTIONS * rowBytes();
}

/** Room for a basis, to be filled by learning or from elsewhere. 0: no memory. */
export function newBasis(): usize {
  const made = spare;
  if (made == 0) return allocate(basisBytes());
  spare = <usize>load<u32>(made);
  return made;
}

/** Nothing may be encoded with it any more. */
export function dropBasis(gone: usize): void {
  store<u32>(gone, <u32>spare);
  spare = gone;
}

/** What is projected from now on is along these directions. */
export function useBasis(other: usize): void {
  basis = other;
}

export function directionAt(j: i32): usize {
  return basis + ROWS + <usize>j * rowBytes();
}

export function setEpsilon(value: f64): void {
  store<f64>(basis, value);
}

export function epsilon(): f64 {
  return load<f64>(basis);
}

/** The number of direction j that one unit of its code stands for. */
export function step(j: i32): f64 {
  return load<f64>(basis + STEPS + ((<usize>j) << 3));
}

export function setStep(j: i32, value: f64): void {
  store<f64>(basis + STEPS + ((<usize>j) << 3), value);
}

/** How many units of a rounding column stand for a length of 1. */
export function roundingScale(stage: i32): f64 {
  return load<f64>(basis + SCALES + ((<usize>stage) << 3));
}

export function setRoundingScale(stage: i32, scale: f64): void {
  store<f64>(basis + SCALES + ((<usize>stage) << 3), scale);
}

/** Coordinates of a row along every direction, to be read by `coordinate`. */
export function project(row: usize): void {
  for (let j = 0; j < DIRECTIONS; j++) {
    store<f32>(coordinates() + ((<usize>j) << 2), dot(directionAt(j), row));
  }
}

export function coordinate(j: i32): f64 {
  return <f64>load<f32>(coordinates() + ((<usize>j) << 2));
}

/**
 * How far `dot` of a vector of length 1 and a stored row may be from their true product: n roundings of 2^-24 each, n in a
 * chain.
 */
export function dotError(): f64 {
  const roundings = <f64>(rowBytes() >> 6) + 6;
  return (roundings / 16777216.0) * 1.001 * longest();
}

/** The most that the coordinates of k directions together may be off. */
export function coordinatesError(k: i32): f64 {
  return Math.sqrt(<f64>k) * dotError();
}

/** At least the length of a vector's part in the span of k directions, from the length of its coordinates there. */
export function atMostInside(length: f64, k: i32): f64 {
  return ((length + coordinatesError(k)) / Math.sqrt(1 - epsilon())) * (1 + 1e-12);
}

/** At least the length of the part outside of a vector of this squared length. */
export function atMostOutside(squaredLength: f64, length: f64, k: i32): f64 {
  const inside = max(0.0, length - coordinatesError(k));
  return Math.sqrt(max(0.0, squaredLength - ((inside * inside) / (1 + epsilon())) * (1 - 1e-12)));
}
