import { sha256 } from "./sha256.ts";

/**
 * The exact layer's key of a normalised text. Lone surrogates have no UTF-8; each is spelt out, so that two texts
 * which differ in one do not share a key.
 */
export function keyOf(normalised: string): string {
  return sha256(normalised.replace(/\p{Surrogate}/gu, (lone) => `\ufffd${lone.charCodeAt(0).toString(16)}`));
}
