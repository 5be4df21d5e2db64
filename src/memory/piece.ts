import { fromBase64, toBase64 } from "../vectors/base64.ts";
import { unit } from "../vectors/vector-index.ts";

/** A part of a content with a vector of its own, from one UTF-16 code unit up to another. */
export interface Piece {
  readonly start: number;
  readonly end: number;
  readonly vector: Float32Array;
}

/** In UTF-16 code units: longer contents are cut into pieces of up to so many. */
export const LONGEST = 1200;

/** As it is kept: the vector in base64. */
export type PackedPiece = readonly [start: number, end: number, vector: string];

export function packed({ start, end, vector }: Piece): PackedPiece {
  return [start, end, packedVector(vector)];
}

/** Undefined: it is none. Without `dimensions` its vector is taken for what it is. */
export function unpacked(piece: unknown, dimensions?: number): Piece | undefined {
  if (!Array.isArray(piece)) return undefined;
  const [start, end, text] = piece as unknown[];
  const vector = unpackedVector(text, dimensions);
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end) || vector === undefined) return undefined;
  return { start: start as number, end: end as number, vector };
}

/** float32, little-endian. */
export function packedVector({ buffer, byteOffset, byteLength }: Float32Array): string {
  return toBase64(new Uint8Array(buffer, byteOffset, byteLength));
}

/** As it is, if it has length 1; else brought to it. */
export function unpackedVector(text: unknown, dimensions?: number): Float32Array | undefined {
  const bytes = typeof text === "string" ? fromBase64(text) : undefined;
  if (bytes === undefined || bytes.length % 4 !== 0) return undefined;
  const vector = new Float32Array(bytes.buffer);
  return dimensions === undefined ? vector : unit(vector, dimensions);
}
