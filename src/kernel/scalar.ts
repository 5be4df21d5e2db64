import type { KernelExports } from "./exports.ts";
import { bringToLength1 } from "./unit.ts";

// The kernel in plain JavaScript, for engines without WebAssembly SIMD and pages that forbid WebAssembly. Same exports,
// same answers to the last bit: every sum runs in the compiled kernel's order (see assembly/dot.ts, normalise.ts), and
// Math.fround of a float64 product or sum of two float32 values is exactly the float32 operation.

const ALIGN = 64;
const BLOCK_ROWS = 16;
const MAX_RESULTS = 128;
const IDS = ALIGN;
const ROWS = IDS + BLOCK_ROWS * 8;
const INT8 = 1;
const FLOAT16 = 2;
const FLOAT32 = 4;
/** Addresses are combined with 32-bit operators, which are signed. */
const MAX_BYTES = 2 ** 31 - ALIGN;

const align = (bytes: number): number => Math.ceil(bytes / ALIGN) * ALIGN;

export function scalarKernel(allowed: (id: number) => boolean): KernelExports {
  let buffer = new ArrayBuffer(0);
  let f32 = new Float32Array(buffer);
  let f64 = new Float64Array(buffer);
  let u32 = new Uint32Array(buffer);
  let rowBytes = 0;
  let query = 0;
  let ids = 0;
  let scores = 0;
  let top = ALIGN;
  let spare = 0;
  let width = FLOAT32;
  let storedBytes = 0;
  let wide = 0;
  let limit = MAX_BYTES;
  let wanted = 0;
  let count = 0;
  let bar = 0;
  let filtered = false;
  const lanes = new Float32Array(16);

  /** Doubles when full, so that copying costs O(1) a byte; a compiled kernel grows in place instead. */
  function allocate(bytes: number): number {
    const start = top;
    const end = top + align(bytes);
    if (end > limit) return 0;
    if (end > buffer.byteLength) {
      let grown: ArrayBuffer;
      try {
        grown = new ArrayBuffer(Math.min(limit, Math.max(end, buffer.byteLength * 2, 65536)));
      } catch {
        return 0;
      }
      new Uint8Array(grown).set(new Uint8Array(buffer));
      buffer = grown;
      f32 = new Float32Array(buffer);
      f64 = new Float64Array(buffer);
      u32 = new Uint32Array(buffer);
    }
    top = end;
    return start;
  }

  const idAt = (slot: number): number => ((slot & -ALIGN) >>> 3) + (IDS >>> 3) + (slot & (ALIGN - 1));
  const row = (slot: number): number => (slot & -ALIGN) + ROWS + (slot & (ALIGN - 1)) * storedBytes;

  function dot(left: number, right: number): number {
    const a = left >>> 2;
    const b = right >>> 2;
    const floats = rowBytes >>> 2;
    lanes.fill(0);
    for (let at = 0; at < floats; at += 16) {
      // Storing into a Float32Array rounds the sum as Math.fround would.
      for (let lane = 0; lane < 16; lane++) {
        lanes[lane] = lanes[lane]! + Math.fround(f32[a + at + lane]! * f32[b + at + lane]!);
      }
    }
    const add = (left: number, right: number): number => Math.fround(left + right);
    const sum = (lane: number): number =>
      add(add(lanes[lane]!, lanes[lane + 4]!), add(lanes[lane + 8]!, lanes[lane + 12]!));
    return add(add(sum(0), sum(1)), add(sum(2), sum(3)));
  }

  function look(slot: number): void {
    const value = dot(query, widened(row(slot)));
    const candidate = f64[idAt(slot)]!;
    if (!(value >= bar) || candidate === 0) return;
    const score = scores >>> 2;
    const id = ids >>> 3;
    const before = (place: number): boolean =>
      value > f32[score + place]! || (value === f32[score + place]! && candidate < f64[id + place]!);
    let place = count;
    if (count === wanted) {
      if (!before(wanted - 1)) return;
      place = wanted - 1;
    }
    if (filtered && !allowed(candidate)) return;
    if (count < wanted) count++;
    for (; place > 0 && before(place - 1); place--) {
      f32[score + place] = f32[score + place - 1]!;
      f64[id + place] = f64[id + place - 1]!;
    }
    f32[score + place] = value;
    f64[id + place] = candidate;
    if (count === wanted) bar = Math.max(bar, f32[score + wanted - 1]!);
  }

  function widened(row: number): number {
    if (width === FLOAT32) return row;
    const to = wide >>> 2;
    const length = rowBytes >>> 2;
    const i8 = new Int8Array(buffer, row, width === INT8 ? length : 0);
    const u16 = new Uint16Array(buffer, row, width === FLOAT16 ? length : 0);
    for (const [i, c] of i8.entries()) f32[to + i] = c / 127;
    for (const [i, half] of u16.entries()) f32[to + i] = float16(half);
    return wide;
  }

  function storeRow(from: number, to: number): void {
    const numbers = f32.subarray(from >>> 2, (from + rowBytes) >>> 2);
    if (width === FLOAT32) f32.set(numbers, to >>> 2);
    else if (width === INT8) new Int8Array(buffer, to, numbers.length).set(numbers.map(code));
    else if (width === FLOAT16) new Uint16Array(buffer, to, numbers.length).set(Uint16Array.from(numbers, half));
  }

  return {
    memory: {
      get buffer() {
        return buffer;
      },
    },
    open(dimensions, bytesEach, most) {
      limit = Math.min(MAX_BYTES, most);
      width = bytesEach;
      rowBytes = align(dimensions * 4);
      storedBytes = align((width * rowBytes) / 4);
      ids = allocate(MAX_RESULTS * 8);
      scores = allocate(MAX_RESULTS * 4);
      query = allocate(2 * rowBytes);
      wide = query + rowBytes;
      return query !== 0 && ids !== 0 && scores !== 0;
    },
    blockRows: () => BLOCK_ROWS,
    maxResults: () => MAX_RESULTS,
    rowBytes: () => rowBytes,
    query: () => query,
    resultIds: () => ids,
    resultScores: () => scores,
    growChain(tail, chain) {
      let block = spare;
      if (block !== 0) {
        spare = u32[block >>> 2]!;
        for (let lane = 0; lane < BLOCK_ROWS; lane++) f64[idAt(block | lane)] = 0;
      } else {
        block = allocate(ROWS + BLOCK_ROWS * storedBytes);
        if (block === 0) return 0;
      }
      u32[block >>> 2] = 0;
      u32[(block >>> 2) + 1] = tail === 0 ? 0 : u32[(tail >>> 2) + 1]! + 1;
      u32[(block >>> 2) + 2] = chain;
      if (tail !== 0) u32[tail >>> 2] = block;
      return block;
    },
    dropChain(head) {
      for (let block = head; block !== 0; ) {
        const rest = u32[block >>> 2]!;
        u32[block >>> 2] = spare;
        spare = block;
        block = rest;
      }
    },
    chainOf: (slot) => u32[((slot & -ALIGN) >>> 2) + 2]!,
    placeOf: (slot) => u32[((slot & -ALIGN) >>> 2) + 1]!,
    slot: (block, lane) => block | lane,
    row,
    idAt: (slot) => idAt(slot) << 3,
    place(slot, id) {
      f64[idAt(slot)] = id;
    },
    vacate(slot) {
      f64[idAt(slot)] = 0;
    },
    normalise: (row) => bringToLength1(f32.subarray(row >>> 2, (row + rowBytes) >>> 2)),
    dot,
    storeRow,
    widened,
    begin(k, threshold, asked) {
      wanted = k;
      count = 0;
      bar = Math.fround(threshold);
      filtered = Boolean(asked);
    },
    look,
    scan(head) {
      for (let block = head; block !== 0 && wanted > 0; block = u32[block >>> 2]!) {
        for (let lane = 0; lane < BLOCK_ROWS; lane++) look(block | lane);
      }
      return count;
    },
    found: () => count,
  };
}

/** As assembly/rows.ts stores them: rounded half to even. */
function code(x: number): number {
  const scaled = Math.fround(x * 127);
  const floor = Math.floor(scaled);
  const rest = scaled - floor;
  const up = rest > 0.5 || (rest === 0.5 && floor % 2 !== 0);
  return Math.max(-128, Math.min(127, up ? floor + 1 : floor));
}

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

function half(x: number): number {
  float[0] = Math.abs(x);
  const size = bits[0]!;
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0;
  if (size >= 0x38800000) return sign | ((size - 0x38000000 + 0xfff + ((size >>> 13) & 1)) >>> 13);
  float[0] = float[0]! + 0.5; // below 2^-14 steps are all of one size: adding 0.5 rounds to them
  return sign | (bits[0]! - 0x3f000000);
}

function float16(half: number): number {
  const exponent = (half >>> 10) & 31;
  const fraction = half & 1023;
  const size = exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25);
  return half & 0x8000 ? -size : size;
}
