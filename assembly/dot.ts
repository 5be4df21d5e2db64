import { rowBytes } from "./rows";

/**
 * Dot product of two rows, in float32 and in one fixed order, so that every level of the kernel gives the same bits:
 *
 *   floats  0  1  2  3 |  4  5  6  7 |  8  9 10 11 | 12 13 14 15 | 16 17 …
 *   into    a: 0 1 2 3 |  b: 0 1 2 3 |  c: 0 1 2 3 |  d: 0 1 2 3 |  a: 0 1 …
 *
 *   lanes of (a + b) + (c + d), added as (0 + 1) + (2 + 3).
 *
 * Four accumulators hide the latency of the addition; one stream of rows is what the prefetcher likes best.
 */
export function dot(left: usize, right: usize): f32 {
  let a = f32x4.splat(0);
  let b = f32x4.splat(0);
  let c = f32x4.splat(0);
  let d = f32x4.splat(0);
  for (const end = left + rowBytes(); left < end; left += 64, right += 64) {
    a = f32x4.add(a, f32x4.mul(v128.load(left), v128.load(right)));
    b = f32x4.add(b, f32x4.mul(v128.load(left, 16), v128.load(right, 16)));
    c = f32x4.add(c, f32x4.mul(v128.load(left, 32), v128.load(right, 32)));
    d = f32x4.add(d, f32x4.mul(v128.load(left, 48), v128.load(right, 48)));
  }
  const sum = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
  return (
    f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1) + (f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3))
  );
}
