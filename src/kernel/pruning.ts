/**
 * What a compiled kernel exports besides, to find the answer of `scan` by looking at few rows (assembly/planes.ts, prune.ts).
 * The scalar fallback has none of it. Addresses are to be taken `>>> 0`.
 */
export interface PruningExports {
  openPlanes(): number | boolean;
  openPruning(): number | boolean;
  beginLearning(): number | boolean;
  learned(): number;
  directions(): number;
  beginRound(): void;
  learnFrom(row: number): void;
  orthonormalise(direction: number): void;
  endRound(): void;
  gramError(direction: number): number;
  adopt(epsilon: number): void;
  fit(row: number): void;
  measure(row: number): void;
  roundingOf(stage: number): number;
  setRoundingScale(stage: number, scale: number): void;
  growPlanes(tail: number): number;
  dropPlanes(head: number): void;
  cover(section: number, block: number): number | boolean;
  uncover(block: number): void;
  doubtSlot(slot: number): void;
  encode(slot: number): void;
  prunedScan(planes: number, k: number, threshold: number): number;
  counter(n: number): number;
}
