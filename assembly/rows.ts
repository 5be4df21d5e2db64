import { wideRow } from "./context";
import { align } from "./memory";

// A row's numbers, as they are stored: float32, float16 or int8 of them, or none, where the store keeps them. What is
// compared is always float32, and always what the stored numbers say: int8 c stands for c / 127.
//
// Rows are padded with zeros to 16 numbers: no loop over a row has a remainder.

/** Bytes a number. */
const INT8: i32 = 1;
const FLOAT16: i32 = 2;
const FLOAT32: i32 = 4;

let width: i32 = FLOAT32;
let floats: usize = 0;
let numbers: f64 = 0;

export function openRows(dimensions: i32, bytesEach: i32): void {
  width = bytesEach;
  numbers = <f64>dimensions;
  floats = align(<usize>dimensions * sizeof<f32>());
}

/** Of a row of float32 numbers. */
export function rowBytes(): usize {
  return floats;
}

/** Of a row as it is stored. */
export function storedBytes(): usize {
  return align((<usize>width * floats) >> 2);
}

/** At least the length of any row that was stored from one of length 1: what rounding its numbers may add. */
export function longest(): f64 {
  if (width == FLOAT16) return 1 + 1.0 / 1024;
  if (width == INT8) return 1 + Math.sqrt(numbers) / 253;
  return 1 + 1.0 / 2097152;
}

/** The float32 numbers of a stored row. They may lie in a place that the next call writes. */
export function widened(row: usize): usize {
  if (width == FLOAT32) return row;
  const wide = wideRow();
  const end = wide + floats;
  if (width == INT8) {
    const most = f32x4.splat(127);
    for (let to = wide; to < end; to += 32, row += 8) {
      const pairs = v128.load_ext<i8>(row);
      v128.store(to, f32x4.div(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(pairs)), most));
      v128.store(to, f32x4.div(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(pairs)), most), 16);
    }
  } else {
    // The exponent moves from a bias of 15 to one of 127 by a multiplication, which is exact, for the smallest numbers too.
    const bias = f32x4.splat(5.192296858534828e33); // 2^112
    for (let to = wide; to < end; to += 16, row += 8) {
      const bits = v128.load_ext<u16>(row);
      const size = i32x4.shl(v128.and(bits, i32x4.splat(0x7fff)), 13);
      const sign = i32x4.shl(v128.and(bits, i32x4.splat(0x8000)), 16);
      v128.store(to, v128.or(f32x4.mul(size, bias), sign));
    }
  }
  return wide;
}

/** Stores float32 numbers as rows are stored. Rounds half to even. */
export function storeRow(from: usize, to: usize): void {
  if (width == FLOAT32) {
    memory.copy(to, from, floats);
    return;
  }
  const end = from + floats;
  if (width == INT8) {
    for (; from < end; from += 32, to += 8) {
      const pairs = i16x8.narrow_i32x4_s(hundredTwentySevenths(from), hundredTwentySevenths(from + 16));
      v128.store64_lane(to, i8x16.narrow_i16x8_s(pairs, pairs), 0);
    }
  } else if (width == FLOAT16) {
    for (; from < end; from += 16, to += 8) {
      const bits = v128.load(from);
      const sign = v128.and(bits, i32x4.splat(0x80000000));
      const size = v128.xor(bits, sign);
      const odd = v128.and(i32x4.shr_u(size, 13), i32x4.splat(1));
      const normal = i32x4.shr_u(i32x4.add(size, i32x4.add(odd, i32x4.splat(0xc8000fff))), 13);
      // Below 2^-14 steps are all of one size: adding 0.5 rounds to them.
      const small = i32x4.sub(f32x4.add(size, f32x4.splat(0.5)), i32x4.splat(0x3f000000));
      const half = v128.bitselect(small, normal, i32x4.lt_s(size, i32x4.splat(0x38800000)));
      const packed = v128.or(half, i32x4.shr_u(sign, 16));
      v128.store64_lane(to, i16x8.narrow_i32x4_u(packed, packed), 0);
    }
  }
}

function hundredTwentySevenths(from: usize): v128 {
  return i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(from), f32x4.splat(127))));
}
