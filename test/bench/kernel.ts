import { kernelModule } from "#engine-modules";
import type { KernelExports } from "../../src/kernel/exports.ts";
import { Kernel } from "../../src/kernel/kernel.ts";
import { seeded } from "../unit/vectors.ts";
import { type Comparison, compare } from "./measure.ts";
import { plainDot, plainScan } from "./plain-loop.ts";

const CASES = [
  { rows: 1_000, dimensions: 768 },
  { rows: 10_000, dimensions: 384 },
  { rows: 10_000, dimensions: 768 },
  { rows: 100_000, dimensions: 384 },
  { rows: 100_000, dimensions: 768 },
];

interface KernelRow extends Record<string, string | number> {
  case: string;
}

/** Best of all rows by cosine: the kernel's scan beside a plain loop over one Float32Array, on the same rows. */
export function benchKernel(): KernelRow[] {
  return CASES.flatMap(({ rows, dimensions }) => {
    const { kernel, head, flat, query } = fill(rows, dimensions);
    const scan = compare(
      () => kernel.search(head, query, 1, 0.2),
      () => plainScan(query, flat),
    );
    const [best] = kernel.search(head, query, 1, -1);
    const plain = plainScan(query, flat);
    if (best?.id !== plain.row + 1 || Math.abs(best.similarity - plain.score) > 1e-5) {
      throw new Error(`the kernel and the loop disagree: ${JSON.stringify([best, plain])}`);
    }
    return line(`scan ${rows.toLocaleString("en")} × ${dimensions}`, kernel.level, rows, dimensions, scan);
  });
}

/** Sixteen rows that stay in the cache: the arithmetic, and the cost of a call. */
export function benchDot(): KernelRow[] {
  const module = kernelModule("simd");
  if (module === undefined) throw new Error("this runtime has no WebAssembly SIMD");
  return [384, 768, 1536].map((dimensions) => {
    const kernel = new WebAssembly.Instance(module, { results: { allowed: () => true } })
      .exports as unknown as KernelExports;
    kernel.open(dimensions, 4, 2 ** 32);
    const block = kernel.growChain(0, 0);
    const rows = Array.from({ length: kernel.blockRows() }, (_, lane) => kernel.row(kernel.slot(block, lane)));
    const f32 = new Float32Array(kernel.memory.buffer);
    const random = seeded(2);
    const views = [kernel.query(), ...rows].map((address) => f32.subarray(address / 4, address / 4 + dimensions));
    for (const view of views) for (let i = 0; i < dimensions; i++) view[i] = random();
    const [query, ...plain] = views as [Float32Array, ...Float32Array[]];
    const dot = compare(
      () => rows.reduce((sum, row) => sum + kernel.dot(kernel.query(), row), 0),
      () => plain.reduce((sum, row) => sum + plainDot(query, row, 0), 0),
    );
    return line(`dot ${dimensions}, in cache`, "simd", rows.length, dimensions, dot);
  });
}

function line(name: string, kernel: string, rows: number, dimensions: number, times: Comparison): KernelRow {
  const nsPerRow = (ms: number): number => round((ms * 1e6) / rows);
  const gigabytes = (ms: number): number => round((rows * dimensions * 4) / ms / 1e6);
  return {
    case: name,
    kernel,
    ms: round(times.subject.median),
    "ns/row": nsPerRow(times.subject.median),
    "GB/s": gigabytes(times.subject.median),
    "loop ns/row": nsPerRow(times.peer.median),
    "loop GB/s": gigabytes(times.peer.median),
    "× faster": round(times.ratio),
  };
}

function fill(rows: number, dimensions: number) {
  const random = seeded(1);
  const kernel = new Kernel(dimensions);
  const flat = new Float32Array(rows * dimensions);
  let head = 0;
  let tail = 0;
  let slots: number[] = [];
  const vector = new Float32Array(dimensions);
  const fresh = (): Float32Array => {
    for (let i = 0; i < dimensions; i++) vector[i] = random();
    return kernel.normalise(vector);
  };
  for (let row = 0; row < rows; row++) {
    if (slots.length === 0) {
      tail = kernel.growChain(tail);
      slots = kernel.slots(tail);
      head ||= tail;
    }
    const unit = fresh();
    const slot = slots.shift()!;
    kernel.write(slot);
    kernel.place(slot, row + 1);
    flat.set(unit, row * dimensions);
  }
  return { kernel, head, flat, query: fresh() };
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
