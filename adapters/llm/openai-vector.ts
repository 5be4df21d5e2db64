/** Numbers as base64 of float32, little endian; undefined where that would change any, unless that may be. */
export function encoded(numbers: readonly number[], mayRound = false): string | undefined {
  const isExact = numbers.every((number) => Object.is(Math.fround(number), number));
  if (!isExact && !mayRound) return undefined;
  const view = new DataView(new ArrayBuffer(numbers.length * 4));
  for (const [i, number] of numbers.entries()) view.setFloat32(i * 4, number, true);
  const bytes = new Uint8Array(view.buffer);
  let binary = "";
  for (let i = 0; i < bytes.length; i += 8192) binary += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(binary);
}

export function decoded(base64: string): number[] {
  const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(i * 4, true));
}
