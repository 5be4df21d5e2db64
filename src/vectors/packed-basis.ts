import type { Kernel } from "../kernel/kernel.ts";
import { adopt, orthonormalise } from "./learning.ts";

// Learned directions, small enough to be kept beside the entries: a byte a number. Unpacked they are made orthonormal anew,
// and how well that went is measured, so nothing rests on what was read: other bytes would cost time, no answer.

const STAGES = 3;

/** steps and rounding scales (f64), then the directions (i8). */
export function pack(kernel: Kernel, basis: number): Uint8Array<ArrayBuffer> {
  const pruning = kernel.pruning!;
  const { dimensions } = kernel;
  const directions = pruning.directions();
  pruning.useBasis(basis);
  const numbers = Float64Array.from({ length: directions + STAGES }, (_, i) =>
    i < directions ? pruning.step(i) : pruning.roundingScale(i - directions),
  );
  const packed = new Uint8Array(numbers.byteLength + directions * dimensions);
  packed.set(new Uint8Array(numbers.buffer));
  const codes = new Int8Array(packed.buffer, numbers.byteLength);
  for (let j = 0; j < directions; j++) {
    const direction = kernel.readFloats(pruning.directionAt(j) >>> 0, dimensions);
    const most = direction.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    direction.forEach((x, i) => {
      codes[j * dimensions + i] = Math.round((x / most) * 127);
    });
  }
  return packed;
}

/** 0 when these are not directions of a kernel like this one. */
export function unpack(kernel: Kernel, packed: Uint8Array): number {
  const pruning = kernel.pruning!;
  const { dimensions } = kernel;
  const directions = pruning.directions();
  const head = 8 * (directions + STAGES);
  if (packed.length !== head + directions * dimensions || !pruning.beginLearning()) return 0;
  const bytes = packed.slice();
  const numbers = new Float64Array(bytes.buffer, 0, directions + STAGES);
  if (!numbers.every((x) => x > 0 && x < 1e300)) return 0;
  const codes = new Int8Array(bytes.buffer, head);

  const rough = pruning.newBasis() >>> 0;
  if (rough === 0) return 0;
  pruning.useBasis(rough);
  for (let j = 0; j < directions; j++) {
    kernel.writeFloats(
      pruning.directionAt(j) >>> 0,
      Float32Array.from(codes.subarray(j * dimensions, (j + 1) * dimensions)),
    );
  }
  pruning.takeDirections(rough);
  pruning.dropBasis(rough);
  drain(orthonormalise(pruning, directions, dimensions));
  const basis = drain(adopt(pruning, dimensions));
  if (basis === 0) return 0;
  for (let j = 0; j < directions; j++) pruning.setStep(j, numbers[j]!);
  for (let stage = 0; stage < STAGES; stage++) pruning.setRoundingScale(stage, numbers[directions + stage]!);
  return basis;
}

function drain<T>(work: Generator<number, T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}
