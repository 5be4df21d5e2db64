import { differs, type Guard } from "./guard.ts";
import { type Reading, remembered, type Token } from "./reading.ts";
import { isTypo } from "./stem.ts";
import { areAlike, groupsOf } from "./synonyms.ts";
import { FUNCTION, set } from "./words.ts";

/** Written with capitals, and names of nothing an answer would turn on; or the dates guard's. */
const NO_NAMES =
  set(`i ok okay am pm monday tuesday wednesday thursday friday saturday sunday january february march april
may june july august september october november december christmas easter mr mrs ms dr`);

const namesOf = remembered(({ hasCase, tokens }): Token[] => {
  if (!hasCase) return [];
  return tokens.filter(({ text, word, first, kind }) => {
    if (kind !== "word" || NO_NAMES.has(word)) return false;
    const isShouted = /^\p{Lu}[\p{Lu}.&-]*\p{Lu}/u.test(text); // an acronym
    if (FUNCTION.has(word) && !isShouted) return false;
    return isShouted || /^\p{Ll}+\p{Lu}/u.test(text) || (!first && word.length > 1 && /^\p{Lu}/u.test(text));
  });
});

/** Names, brands and acronyms of one text must be in the other, under whichever of their usual names. */
export const names: Guard = {
  name: "names",
  check(asked, stored) {
    const [ours, theirs] = [namesOf(asked), namesOf(stored)];
    if (ours.length === 0 && theirs.length === 0) return undefined;
    if (!asked.isEnglish && !stored.isEnglish) return undefined; // elsewhere every noun may have a capital
    const missing = ours.filter((name) => !isIn(name, stored));
    const left = theirs.filter((name) => !isIn(name, asked));
    if (missing.length === 0 && left.length === 0) return undefined;
    return differs(
      missing.map(({ text }) => text),
      left.map(({ text }) => text),
    );
  },
};

function isIn({ word, stem, text }: Token, { tokens }: Reading): boolean {
  const groups = groupsOf(stem);
  // Another letter may make another name: only one too few or too many is a slip.
  const maySlip = word.length >= 6 && tokens.length < 200;
  const isSlip = (other: string) => maySlip && other.length !== word.length && isTypo(word, other);
  if (tokens.some((token) => token.stem === stem || token.word === word || isSlip(token.word))) return true;
  if (groups.length > 0 && tokens.some((token) => areAlike(groups, groupsOf(token.stem)))) return true;
  if (!/^\p{Lu}{2,}$/u.test(text)) return false;
  return tokens
    .map((token) => token.word[0])
    .join("")
    .includes(word);
}
