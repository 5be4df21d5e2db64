import fc from "fast-check";

/**
 * Any code point, halves of pairs included. fast-check's own unit "binary" stays on the heap as a million strings, through
 * which every collection of garbage goes from then on: engines that collect at every growth of memory took twenty times as long.
 */
const unit = fc
  .oneof(fc.integer({ min: 0x20, max: 0x7e }), fc.nat(0xffff), fc.nat(0x10ffff))
  .map((code) => String.fromCodePoint(code));

export function anyText(length: { minLength?: number; maxLength?: number } = {}): fc.Arbitrary<string> {
  return fc.string({ unit, ...length });
}
