import { casefold } from "./casefold.ts";
import { porterStem } from "./porter.ts";
import { STOP_WORDS } from "./stop-words.ts";

export interface TermOptions {
  /**
   * What makes one term of the forms of a word. Default `"english"`: of words in the letters a to z it takes the endings off,
   * and passes over those that say nothing (the, of). A function is called with each word, case folded and without
   * diacritics; `"none"` takes them as they are.
   */
  stem?: "english" | "none" | ((word: string) => string) | undefined;
}

/** Longer ones are no words but data, of which the beginning tells enough. */
const LONGEST = 64;

/** Words, with apostrophes in them; before that, numbers that belong together: an amount, a date, a time, a version. */
const RUNS = /(v?\d+(?:[.,:/-]\d+)+)|[\p{L}\p{N}][\p{L}\p{N}\p{M}]*(?:'[\p{L}\p{N}][\p{L}\p{N}\p{M}]*)*/gu;

/**
 * Scripts without blanks between words, and Korean, whose words have particles at their ends: there a word is found by the
 * pairs of its characters, whatever stands around it.
 */
const PAIRED = ["Han", "Hira", "Kana", "Bopo", "Hang", "Thai", "Laoo", "Khmr", "Mymr"]
  .map((script) => String.raw`\p{scx=${script}}`)
  .join("");
const BY_SCRIPT = new RegExp(`([${PAIRED}]+)|[^${PAIRED}]+`, "gu");
const CHARACTERS = /\P{M}\p{M}*/gu;

/** The words of a text as a search knows them, in order and as often as they are there. Pictures and signs are none. */
export function termsOf(text: string, { stem = "english" }: TermOptions = {}): string[] {
  const terms: string[] = [];
  const isAscii = /^[\0-\x7f]*$/.test(text);
  for (const [run, compound] of (isAscii ? text.toLowerCase() : folded(text)).matchAll(RUNS)) {
    if (compound !== undefined) addCompound(terms, compound);
    else if (isAscii) addWord(terms, run, stem);
    else addByScript(terms, run, stem);
  }
  return terms;
}

/** As a whole, which is rare and so counts most, and each number of it: who asks for 2024 is to find 2024-05-03. */
function addCompound(terms: string[], compound: string): void {
  const numbers = compound.match(/\d+/g)!;
  const whole = compound.replace("v", "");
  // "1,000" is 1000; but so are not all of "1,000,2".
  terms.push(cut(/^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/.test(whole) ? whole.replaceAll(",", "") : whole));
  for (const number of numbers) terms.push(cut(number));
}

function addByScript(terms: string[], run: string, stem: NonNullable<TermOptions["stem"]>): void {
  for (const [part, paired] of run.matchAll(BY_SCRIPT)) {
    if (paired === undefined) addWord(terms, part, stem);
    else addPairs(terms, paired);
  }
}

function addPairs(terms: string[], run: string): void {
  const characters = run.match(CHARACTERS) ?? [];
  if (characters.length === 1) terms.push(characters[0]!);
  for (let i = 1; i < characters.length; i++) terms.push(characters[i - 1]! + characters[i]!);
}

function addWord(terms: string[], run: string, stem: NonNullable<TermOptions["stem"]>): void {
  const word = cut(run.includes("'") ? withoutApostrophes(run) : run);
  if (word === "") return; // of 用户's what follows the characters
  if (stem === "none") terms.push(word);
  else if (stem !== "english") terms.push(stem(word) || word);
  else if (!/^[a-z]+$/.test(word)) terms.push(word);
  else if (!STOP_WORDS.has(word)) terms.push(englishStem(word));
}

/** The same words come again and again, and looking one up is ten times as fast. */
const stems = new Map<string, string>();
const MOST_STEMS = 10_000;
/** Engines keep a whole text for a longer part of it. */
const LONGEST_KEPT = 12;

function englishStem(word: string): string {
  if (word.length > LONGEST_KEPT) return porterStem(word);
  let stem = stems.get(word);
  if (stem === undefined) {
    stem = porterStem(word);
    if (stems.size === MOST_STEMS) stems.clear();
    stems.set(word, stem);
  }
  return stem;
}

const ELISION = /^(?:[cdjlmnst]|(?:jus|lors|puis)?qu|un|(?:da|a|de|ne|su|que)ll)'(?=[aeiouyh])/;
const CLITIC = /'(?:s|ll|re|ve|d|m)$/;

/** What is short for a word of its own goes with it: user's, we'll, l'heure. Other words are one: don't, o'clock. */
function withoutApostrophes(word: string): string {
  return word.replace(ELISION, "").replace(CLITIC, "").replaceAll("'", "");
}

/** Letters that stay what they are when their marks are taken off. */
const PLAIN: Readonly<Record<string, string>> = {
  æ: "ae",
  œ: "oe",
  ø: "o",
  đ: "d",
  ð: "d",
  þ: "th",
  ħ: "h",
  ł: "l",
  ŧ: "t",
  ı: "i",
  "’": "'",
  ʼ: "'",
};

/**
 * What is not needed to tell a word: diacritics; vowel points of Hebrew and Arabic, and its stretching; what pictures are
 * varied by; soft hyphens, joiners and marks of byte order, which are not seen.
 */
const MARKS = new RegExp(
  String.raw`[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc]` +
    String.raw`|[\u20d0-\u20f0\ufe00-\ufe0f\xad\u200d\u2060\ufeff]`,
  "g",
);

/** The same for all ways to write a word. */
function folded(text: string): string {
  const bare = casefold(text.normalize("NFKC")).normalize("NFD").replace(MARKS, "");
  return bare.replace(/[æœøđðþħłŧı’ʼ]/g, (letter) => PLAIN[letter]!).normalize("NFC");
}

function cut(term: string): string {
  return term.length > LONGEST ? term.slice(0, LONGEST) : term;
}
