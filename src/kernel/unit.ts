import { argumentError, MnemeError, shown } from "../error.ts";

/** Vectors this near to length 1 are left as they are, so that bringing one to length 1 twice changes nothing. */
const UNIT_SLACK = 2 ** -22;

/** The vector at length 1, as it is compared and stored; refuses one of another length or without a direction. */
export function unit(vector: ArrayLike<number>, dimensions: number): Float32Array<ArrayBuffer> {
  checkLength(vector, dimensions);
  const row = Float32Array.from(vector);
  if (bringToLength1(row) !== 0) throw noDirection(vector);
  return row;
}

/** In float64, in the order of assembly/normalise.ts. 0: done; 1: not finite; 2: length zero. */
export function bringToLength1(row: Float32Array): number {
  const squares = [0, 0, 0, 0];
  for (let at = 0; at < row.length; at++) squares[at & 3]! += row[at]! * row[at]!;
  const squared = squares[0]! + squares[1]! + (squares[2]! + squares[3]!);
  if (!Number.isFinite(squared)) return 1;
  if (squared === 0) return 2;
  if (Math.abs(squared - 1) <= UNIT_SLACK) return 0;
  const length = Math.sqrt(squared);
  for (let at = 0; at < row.length; at++) row[at] = row[at]! / length;
  return 0;
}

export function checkLength(vector: ArrayLike<number>, dimensions: number): void {
  if (typeof vector !== "object" || vector === null || typeof vector.length !== "number") {
    throw argumentError("vector", "an array of numbers", vector, "Check what your embedder returns.");
  }
  if (vector.length === dimensions) return;
  throw new MnemeError(
    "dimension",
    `A vector of ${dimensions} dimensions was expected, one of ${vector.length} came.`,
    'Check the "dimensions" of your embedder against what its model returns.',
  );
}

export function noDirection(vector: ArrayLike<number>): MnemeError {
  for (let at = 0; at < vector.length; at++) {
    if (Number.isFinite(Math.fround(vector[at]!))) continue;
    return new MnemeError(
      "vector",
      `The vector's component ${at} is ${shown(vector[at])}, which is not a finite float32.`,
      "Check what your embedder returns for this text.",
    );
  }
  return new MnemeError(
    "vector",
    "The vector has length zero, so it has no direction to compare.",
    "Check what your embedder returns for this text; many return zeros for an empty one.",
  );
}
