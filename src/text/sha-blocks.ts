/** A message as SHA-1 and SHA-256 take it: with a 1 bit, zeros, and its length in bits as 64 bits, in whole blocks of 64 bytes. */
export function padded(message: Uint8Array): DataView {
  const bytes = new Uint8Array(Math.ceil((message.length + 9) / 64) * 64);
  bytes.set(message);
  bytes[message.length] = 0x80;
  const view = new DataView(bytes.buffer);
  view.setUint32(bytes.length - 8, Math.floor(message.length / 2 ** 29));
  view.setUint32(bytes.length - 4, message.length << 3);
  return view;
}

/** Of the words of a hash, in lower case. */
export function hexadecimal(hash: Int32Array): string {
  return Array.from(hash, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}
