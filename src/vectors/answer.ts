import type { Neighbour } from "./vector-index.ts";

export function before(a: Neighbour, b: Neighbour): number {
  return b.similarity - a.similarity || a.id - b.id;
}

/** Rounding may carry a float32 dot product of unit vectors just past ±1. */
export function told(found: readonly Neighbour[]): Neighbour[] {
  return found.map(({ id, similarity }) => ({ id, similarity: Math.max(-1, Math.min(1, similarity)) }));
}
