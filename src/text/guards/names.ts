import { isDate } from "./dates.ts";
import { differs, type Guard } from "./guard.ts";
import { type Reading, remembered, type Token } from "./reading.ts";
import { isTypo } from "./stem.ts";
import { areAlike, groupsOf } from "./synonyms.ts";
import { FUNCTION, set } from "./words.ts";

/** Written with capitals, and names of nothing an answer would turn on. Dates are the dates guard's. */
const NO_NAMES = set("i ok okay am pm mr mrs ms dr");

const namesOf = remembered(({ hasCase, tokens }): Token[] => {
  if (!hasCase) return [];
  return tokens.filter(({ text, word, first, kind }) => {
    if (kind !== "word" || NO_NAMES.has(word) || isDate(word)) return false;
    const isShouted = /^\p{Lu}[\p{Lu}.&-]*\p{Lu}/u.test(text); // an acronym
    if (FUNCTION.has(word) && !isShouted) return false;
    return isShouted || /^\p{Ll}+\p{Lu}/u.test(text) || (!first && word.length > 1 && /^\p{Lu}/u.test(text));
  });
});

/** Names, brands and acronyms of one text must be in the other, under whichever of their usual names. */
export const names: Guard = {
  name: "names",
  check(asked, stored) {
    if (!asked.isEnglish && !stored.isEnglish) return undefined; // elsewhere every noun may have a capital
    return differs(lacking(asked, stored), lacking(stored, asked));
  },
};

interface Words {
  /** All of them, with and without their endings. */
  readonly known: ReadonlySet<string>;
  readonly initials: string;
  /** Where there are not so many that a slip of any would be looked for too long. */
  readonly slips: readonly string[];
}

const wordsOf = remembered(({ tokens }): Words => {
  const words = tokens.map(({ word }) => word);
  return {
    known: new Set([...words, ...tokens.map(({ stem }) => stem)]),
    initials: words.map((word) => word[0] ?? " ").join(""),
    slips: words.length < 200 ? words : [],
  };
});

/** The groups of what may stand for each other. */
const groupsIn = remembered(({ tokens }) => [...new Set(tokens.flatMap(({ stem }) => groupsOf(stem)))]);

/** Names of one text that the other has under none. */
function lacking(reading: Reading, other: Reading): string[] {
  const ours = namesOf(reading);
  if (ours.length === 0) return [];
  const { known, initials, slips } = wordsOf(other);
  const full = new Set<Token>(); // what the other has as an acronym
  for (const { word, text } of namesOf(other)) {
    const at = isAcronym(text) ? wordsOf(reading).initials.indexOf(word) : -1;
    if (at >= 0) for (const token of reading.tokens.slice(at, at + word.length)) full.add(token);
  }
  const isIn = (token: Token): boolean => {
    const { word, stem, text } = token;
    if (known.has(word) || known.has(stem) || full.has(token)) return true;
    if (areAlike(groupsOf(stem), groupsIn(other))) return true;
    // Another letter may make another name: only one too few or too many is a slip.
    if (word.length >= 6 && slips.some((other) => other.length !== word.length && isTypo(word, other))) return true;
    return isAcronym(text) && initials.includes(word);
  };
  return ours.filter((name) => !isIn(name)).map(({ text }) => text);
}

function isAcronym(text: string): boolean {
  return /^\p{Lu}{2,}$/u.test(text);
}
