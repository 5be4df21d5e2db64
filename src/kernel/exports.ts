/**
 * What a compiled kernel exports (assembly/index.ts) and the scalar fallback imitates. Addresses are 32-bit: a compiled
 * kernel hands those past 2 GiB out as negative numbers, so callers take them `>>> 0`.
 */
export interface KernelExports {
  readonly memory: { readonly buffer: ArrayBufferLike };
  open(dimensions: number): number | boolean;
  blockRows(): number;
  maxResults(): number;
  query(): number;
  resultIds(): number;
  resultScores(): number;
  growChain(tail: number): number;
  dropChain(head: number): void;
  slot(block: number, lane: number): number;
  row(slot: number): number;
  place(slot: number, id: number): void;
  vacate(slot: number): void;
  normalise(row: number): number;
  dot(left: number, right: number): number;
  scan(head: number, k: number, threshold: number): number;
}
