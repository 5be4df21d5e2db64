import { differs, type Guard } from "./guard.ts";
import { remembered, type Token } from "./reading.ts";
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
    const missing = ours.filter((name) => !isIn(name, wordsOf(stored)));
    const left = theirs.filter((name) => !isIn(name, wordsOf(asked)));
    if (missing.length === 0 && left.length === 0) return undefined;
    return differs(
      missing.map(({ text }) => text),
      left.map(({ text }) => text),
    );
  },
};

interface Words {
  /** All of them, with and without their endings, and the groups of what may stand for each other. */
  readonly known: ReadonlySet<string>;
  readonly groups: readonly number[];
  readonly initials: string;
  /** Where there are not so many that a slip of any would be looked for too long. */
  readonly slips: readonly string[];
}

const wordsOf = remembered(({ tokens }): Words => {
  const words = tokens.map(({ word }) => word);
  return {
    known: new Set([...words, ...tokens.map(({ stem }) => stem)]),
    groups: [...new Set(tokens.flatMap(({ stem }) => groupsOf(stem)))],
    initials: words.map((word) => word[0]).join(""),
    slips: words.length < 200 ? words : [],
  };
});

function isIn({ word, stem, text }: Token, { known, groups, initials, slips }: Words): boolean {
  if (known.has(word) || known.has(stem) || areAlike(groupsOf(stem), groups)) return true;
  // Another letter may make another name: only one too few or too many is a slip.
  if (word.length >= 6 && slips.some((other) => other.length !== word.length && isTypo(word, other))) return true;
  return /^\p{Lu}{2,}$/u.test(text) && initials.includes(word);
}
