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
/** Addresses are combined with 32-bit operators, which are signed. */
const MAX_BYTES = 2 ** 31 - ALIGN;

const align = (bytes: number): number => Math.ceil(bytes / ALIGN) * ALIGN;

export function scalarKernel(): KernelExports {
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
  const lanes = new Float32Array(16);

  /** Doubles when full, so that copying costs O(1) a byte; a compiled kernel grows in place instead. */
  function allocate(bytes: number): number {
    const start = top;
    const end = top + align(bytes);
    if (end > MAX_BYTES) return 0;
    if (end > buffer.byteLength) {
      let grown: ArrayBuffer;
      try {
        grown = new ArrayBuffer(Math.min(MAX_BYTES, Math.max(end, buffer.byteLength * 2, 65536)));
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
  const row = (slot: number): number => (slot & -ALIGN) + ROWS + (slot & (ALIGN - 1)) * rowBytes;

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

  function scan(head: number, k: number, threshold: number): number {
    let bar = Math.fround(threshold);
    let found = 0;
    const score = scores >>> 2;
    const id = ids >>> 3;
    if (k <= 0) return 0;
    for (let block = head; block !== 0; block = u32[block >>> 2]!) {
      for (let lane = 0; lane < BLOCK_ROWS; lane++) {
        const value = dot(query, row(block | lane));
        const candidate = f64[idAt(block | lane)]!;
        if (!(value >= bar) || candidate === 0) continue;
        const before = (place: number): boolean =>
          value > f32[score + place]! || (value === f32[score + place]! && candidate < f64[id + place]!);
        let place = found;
        if (found === k) {
          if (!before(k - 1)) continue;
          place = k - 1;
        } else {
          found++;
        }
        for (; place > 0 && before(place - 1); place--) {
          f32[score + place] = f32[score + place - 1]!;
          f64[id + place] = f64[id + place - 1]!;
        }
        f32[score + place] = value;
        f64[id + place] = candidate;
        if (found === k) bar = Math.max(bar, f32[score + k - 1]!);
      }
    }
    return found;
  }

  return {
    memory: {
      get buffer() {
        return buffer;
      },
    },
    open(dimensions) {
      rowBytes = align(dimensions * 4);
      query = allocate(rowBytes);
      ids = allocate(MAX_RESULTS * 8);
      scores = allocate(MAX_RESULTS * 4);
      return query !== 0 && ids !== 0 && scores !== 0;
    },
    blockRows: () => BLOCK_ROWS,
    maxResults: () => MAX_RESULTS,
    query: () => query,
    resultIds: () => ids,
    resultScores: () => scores,
    growChain(tail) {
      let block = spare;
      if (block !== 0) {
        spare = u32[block >>> 2]!;
        for (let lane = 0; lane < BLOCK_ROWS; lane++) f64[idAt(block | lane)] = 0;
      } else {
        block = allocate(ROWS + BLOCK_ROWS * rowBytes);
        if (block === 0) return 0;
      }
      u32[block >>> 2] = 0;
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
    slot: (block, lane) => block | lane,
    row,
    place(slot, id) {
      f64[idAt(slot)] = id;
    },
    vacate(slot) {
      f64[idAt(slot)] = 0;
    },
    normalise: (row) => bringToLength1(f32.subarray(row >>> 2, (row + rowBytes) >>> 2)),
    dot,
    scan,
  };
}
