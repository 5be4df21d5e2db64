import { dot } from "./dot";
import { allocate, rowBytes } from "./layout";

// The learned directions that rows and queries are projected onto, and what a projection is worth. docs/exact-search.md
// derives every bound; names here are the names there.

/** Directions of plane A, of A and B, of A, B and C. */
export const HEAD: i32 = 30;
export const MIDDLE: i32 = 60;
export const DIRECTIONS: i32 = 122;
export const STAGES: i32 = 3;

/** Squared length of what `normalise` leaves, at most: 1 + 2^-20 is well above it. */
export const SQUARED_LENGTH: f64 = 1.0 + 1.0 / 1048576.0;

let directions: usize = 0;
let coordinates: usize = 0;
let steps: usize = 0;
/** How far the directions are from orthonormal: at least the norm of (their Gram matrix − 1). */
let epsilon: f64 = 0;

/** Makes room for the directions. False when memory cannot grow. */
export function openProjection(): bool {
  if (directions != 0) return true;
  coordinates = allocate(<usize>DIRECTIONS * sizeof<f32>());
  steps = allocate(<usize>DIRECTIONS * sizeof<f64>());
  const room = allocate(<usize>DIRECTIONS * rowBytes());
  if (coordinates == 0 || steps == 0 || room == 0) return false;
  directions = room;
  return true;
}

export function directionAt(j: i32): usize {
  return directions + <usize>j * rowBytes();
}

export function setEpsilon(value: f64): void {
  epsilon = value;
}

export function gramDistance(): f64 {
  return epsilon;
}

/** The number of direction j that one unit of its code stands for. */
export function step(j: i32): f64 {
  return load<f64>(steps + ((<usize>j) << 3));
}

export function setStep(j: i32, value: f64): void {
  store<f64>(steps + ((<usize>j) << 3), value);
}

/** Coordinates of a row along every direction, to be read by `coordinate`. */
export function project(row: usize): void {
  for (let j = 0; j < DIRECTIONS; j++) {
    store<f32>(coordinates + ((<usize>j) << 2), dot(directionAt(j), row));
  }
}

export function coordinate(j: i32): f64 {
  return <f64>load<f32>(coordinates + ((<usize>j) << 2));
}

/** How far `dot` of two vectors of length 1 may be from their true product: n roundings of 2^-24 each, n in a chain. */
export function dotError(): f64 {
  const roundings = <f64>(rowBytes() >> 6) + 6;
  return (roundings / 16777216.0) * 1.001;
}

/** The most that the coordinates of k directions together may be off. */
export function coordinatesError(k: i32): f64 {
  return Math.sqrt(<f64>k) * dotError();
}

/** At least the length of a vector's part in the span of k directions, from the length of its coordinates there. */
export function atMostInside(length: f64, k: i32): f64 {
  return ((length + coordinatesError(k)) / Math.sqrt(1 - epsilon)) * (1 + 1e-12);
}

/** At least the length of its part outside. */
export function atMostOutside(length: f64, k: i32): f64 {
  const inside = max(0.0, length - coordinatesError(k));
  return Math.sqrt(max(0.0, SQUARED_LENGTH - ((inside * inside) / (1 + epsilon)) * (1 - 1e-12)));
}
