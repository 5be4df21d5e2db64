import { casefold } from "./casefold.ts";

// What counts as white space is Python's set (str.strip and \s of str patterns), not JavaScript's: U+001C–001F and
// U+0085 are in, U+FEFF is out, so that keys made by the Python reference are found.
const WHITE_SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/g;

/** The form of a query that is hashed and embedded: white space stripped and collapsed, case folded. */
export function normalise(text: string): string {
  return casefold(text.replace(WHITE_SPACE, " ").replace(/^ | $/g, ""));
}
