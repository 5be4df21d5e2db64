const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 ? 0xedb88320 : 0);
  return remainder;
});

/** CRC-32 (that of gzip and zip) of bytes as they come: it shows damage, not who did it. */
export class Crc32 {
  #sum = -1;

  add(bytes: Uint8Array): this {
    let sum = this.#sum;
    for (let at = 0; at < bytes.length; at++) sum = (sum >>> 8) ^ TABLE[(sum ^ bytes[at]!) & 0xff]!;
    this.#sum = sum;
    return this;
  }

  /** As 8 lower-case hexadecimal digits. */
  get hex(): string {
    return (~this.#sum >>> 0).toString(16).padStart(8, "0");
  }
}
