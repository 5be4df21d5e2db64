// Bytes where only texts go.

/** Bytes made characters in one call: engines take only so many arguments. */
const AT_ONCE = 4096;

export function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let i = 0; i < bytes.length; i += AT_ONCE) {
    binary += Reflect.apply(String.fromCharCode, undefined, bytes.subarray(i, i + AT_ONCE)); // not spread: that iterates
  }
  return btoa(binary);
}

/** Undefined for what is no base64. Line ends in it are passed over. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  let binary: string;
  try {
    binary = atob(text);
  } catch {
    return undefined;
  }
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** The float32s, least byte first, as typed arrays have them wherever the kernel runs. */
export function encodeVector(vector: Float32Array): string {
  return toBase64(new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength));
}

/** A damaged vector is none: the entry serves the exact layer. */
export function decodeVector(base64: string): Float32Array | null {
  const bytes = fromBase64(base64);
  return bytes === undefined || bytes.length % 4 !== 0 ? null : new Float32Array(bytes.buffer);
}
