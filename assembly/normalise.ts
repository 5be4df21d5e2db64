import { rowBytes } from "./rows";

const OK: i32 = 0;
const NOT_FINITE: i32 = 1;
const ZERO: i32 = 2;

/**
 * Rounding a unit vector to float32 moves its squared length by at most 2^-23, so a row this near to 1 is left as it is:
 * normalising twice gives the same bits as normalising once, and a row read back from a store equals the row searched.
 */
const UNIT_SLACK: f64 = 1.0 / 4194304.0; // 2^-22

/**
 * Scales a row to length 1 in place. Squares are summed in float64, where no float32 overflows or underflows, so the sum
 * is not finite exactly when a component is not, and zero exactly when all are. A refused row is left untouched.
 */
export function normalise(row: usize): i32 {
  const end = row + rowBytes();
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  for (let at = row; at < end; at += 16) {
    const four = v128.load(at);
    const first = f64x2.promote_low_f32x4(four);
    const second = f64x2.promote_low_f32x4(swapHalves(four));
    low = f64x2.add(low, f64x2.mul(first, first));
    high = f64x2.add(high, f64x2.mul(second, second));
  }
  const squared =
    f64x2.extract_lane(low, 0) +
    f64x2.extract_lane(low, 1) +
    (f64x2.extract_lane(high, 0) + f64x2.extract_lane(high, 1));
  if (!isFinite(squared)) return NOT_FINITE;
  if (squared == 0) return ZERO;
  if (Math.abs(squared - 1) <= UNIT_SLACK) return OK;

  const length = f64x2.splat(Math.sqrt(squared));
  for (let at = row; at < end; at += 16) {
    const four = v128.load(at);
    const first = f32x4.demote_f64x2_zero(f64x2.div(f64x2.promote_low_f32x4(four), length));
    const second = f32x4.demote_f64x2_zero(f64x2.div(f64x2.promote_low_f32x4(swapHalves(four)), length));
    v128.store(at, v128.shuffle<u64>(first, second, 0, 2));
  }
  return OK;
}

function swapHalves(four: v128): v128 {
  return v128.shuffle<u64>(four, four, 1, 0);
}
