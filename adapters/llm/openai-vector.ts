import { fromBase64, toBase64 } from "./llm-base64.ts";

/** Numbers as base64 of float32, little endian; undefined where that would change any, unless that may be. */
export function encoded(numbers: readonly number[], mayRound = false): string | undefined {
  const isExact = numbers.every((number) => Object.is(Math.fround(number), number));
  if (!isExact && !mayRound) return undefined;
  const view = new DataView(new ArrayBuffer(numbers.length * 4));
  for (const [i, number] of numbers.entries()) view.setFloat32(i * 4, number, true);
  return toBase64(new Uint8Array(view.buffer));
}

export function decoded(base64: string): number[] {
  const view = new DataView(fromBase64(base64).buffer);
  return Array.from({ length: view.byteLength / 4 }, (_, i) => view.getFloat32(i * 4, true));
}
