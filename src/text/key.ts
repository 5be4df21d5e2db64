import { sha256 } from "./sha256.ts";

/**
 * The exact layer's key of a normalised text, after its scope, if it has one. Lone surrogates have no UTF-8; each is spelt
 * out, so that two texts which differ in one do not share a key.
 */
export function keyOf(normalised: string, scope = ""): string {
  const key = sha256(/[\ud800-\udfff]/.test(normalised) ? spelt(normalised) : normalised);
  return scope === "" ? key : `${scope}:${key}`;
}

/** The scope that a key begins with; empty where there is none. */
export function scopeIn(key: string): string {
  return key.slice(0, Math.max(0, key.indexOf(":")));
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
