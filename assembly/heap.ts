import { CANDIDATE, candidates } from "./context";

// Candidates in an order in which the one with the greatest bound is always the first. A candidate begins with its bound (i32).

export function makeHeap(size: i32): void {
  for (let i = (size >> 1) - 1; i >= 0; i--) sink(i, size);
}

/** Takes the first of so many away. */
export function dropFirst(size: i32): void {
  v128.store(candidates(), v128.load(candidates() + <usize>(size - 1) * CANDIDATE));
  sink(0, size - 1);
}

/** Lets candidate i of so many sink below those with a greater bound. */
function sink(i: i32, size: i32): void {
  const moving = v128.load(candidates() + <usize>i * CANDIDATE);
  const bound = i32x4.extract_lane(moving, 0);
  for (;;) {
    let child = 2 * i + 1;
    if (child >= size) break;
    if (child + 1 < size && boundOf(child + 1) > boundOf(child)) child++;
    if (boundOf(child) <= bound) break;
    v128.store(candidates() + <usize>i * CANDIDATE, v128.load(candidates() + <usize>child * CANDIDATE));
    i = child;
  }
  v128.store(candidates() + <usize>i * CANDIDATE, moving);
}

function boundOf(i: i32): i32 {
  return load<i32>(candidates() + <usize>i * CANDIDATE);
}
