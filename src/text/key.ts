import { sha256 } from "./sha256.ts";

/**
 * The exact layer's key of a normalised text. Lone surrogates have no UTF-8; each is spelt out, so that two texts
 * which differ in one do not share a key.
 */
export function keyOf(normalised: string): string {
  return sha256(/[\ud800-\udfff]/.test(normalised) ? spelt(normalised) : normalised);
}

/** Character by character, for the same reason as in casefold. */
function spelt(text: string): string {
  let whole = "";
  for (const char of text) {
    const isLone = char.length === 1 && char >= "\ud800" && char <= "\udfff";
    whole += isLone ? `\ufffd${char.charCodeAt(0).toString(16)}` : char;
  }
  return whole;
}
