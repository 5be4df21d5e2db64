import { LONGEST } from "./piece.ts";

/** What each piece repeats of the one before, so that what is said across a cut is whole in one of them. */
const OVERLAP = 200;
const MOST = 64;

/** Where to cut, the best first: between paragraphs, lines, sentences, words. */
const BOUNDARIES = [/\n\n/g, /\n/g, /[.!?…]["'”’)\]]?\s|[。！？]/g, /\s/g];

/** Where the text is cut into pieces that are short enough to be embedded each; what is beyond the last one is left out. */
export function chunk(text: string): { start: number; end: number }[] {
  const pieces: { start: number; end: number }[] = [];
  for (let start = 0; pieces.length < MOST; ) {
    const end = endOf(text, start);
    pieces.push({ start, end });
    if (end === text.length) break;
    start = whole(text, end - OVERLAP);
  }
  return pieces;
}

/** At a boundary in the latter half, so that pieces are neither small nor many. */
function endOf(text: string, start: number): number {
  const most = start + LONGEST;
  if (most >= text.length) return text.length;
  const half = start + LONGEST / 2;
  const window = text.slice(half, most);
  for (const boundary of BOUNDARIES) {
    const last = [...window.matchAll(boundary)].at(-1);
    if (last !== undefined) return half + last.index + last[0].length;
  }
  return whole(text, most);
}

/** Not between the halves of a pair, but before it. */
function whole(text: string, at: number): number {
  return /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(at - 1, at + 1)) ? at - 1 : at;
}
