// Porter's second stemmer for English, by its published rules. What is cut off at each step depends on how much of the word is
// left before it: everything after the first consonant that follows a vowel (`from`), or after the second such (`after`).

const VOWEL = /[aeiouy]/;
/** Doubled by an ending, but for words as short as add and err. */
const DOUBLED = /^(?![aeo]..$).*([bdfgmnprt])\1$/;
/** A syllable that would have an e after it, were it a word: hop(e), us(e). */
const SHORT_SYLLABLE = /(?:[^aeiouy][aeiouy][^aeiouywxY]|^[aeiouy][^aeiouy]|^past)$/;

/** Words to which the rules would do wrong, with what is left of them. */
const EXCEPTIONS = pairs(
  `skis ski skies sky dying die lying lie tying tie idly idl gently gentl ugly ugli early earli only onli singly singl
sky sky news news howe howe atlas atlas cosmos cosmos bias bias andes andes`,
);
/** Words that end after the first step. */
const ENDED = /^(?:(?:inn|out|cann|herr|earr|even)ing|(?:pro|ex|suc)ceed)$/;
/** Beginnings that are one part of a word, though a vowel and a consonant stand earlier. */
const BEGINNING = /^(?:gener|commun|arsen|past|univers|later|emerg|organ|inter)/;

/** Endings with what takes their place. */
const DERIVED = pairs(
  `ational ate tional tion enci ence anci ance abli able entli ent izer ize ization ize ation ate ator ate alism al aliti al alli al
fulness ful ousli ous ousness ous iveness ive iviti ive ogist og biliti ble bli ble fulli ful lessli less`,
);
const DERIVED_AGAIN = pairs("ational ate tional tion alize al icate ic iciti ic ical ic ful - ness -");
const A_DERIVED = ending([...DERIVED.keys()]);
const A_DERIVED_AGAIN = ending([...DERIVED_AGAIN.keys()]);
const PLAIN = ending("al ance ence er ic able ible ant ement ment ent ism ate iti ous ive ize".split(" "));

function pairs(text: string): ReadonlyMap<string, string> {
  return new Map(Array.from(text.matchAll(/(\S+)\s+(\S+)/g), ([, from, to]) => [from!, to === "-" ? "" : to!]));
}

/** The longest of them that a word ends in, as that begins first. */
function ending(endings: readonly string[]): RegExp {
  return new RegExp(`(?:${endings.join("|")})$`);
}

/** What an English word has in common with others of its kind: run, runs and running are one. Of lower-case ASCII letters. */
export function porterStem(word: string): string {
  if (word.length < 3) return word;
  const exception = EXCEPTIONS.get(word);
  if (exception !== undefined) return exception;
  // A y that sounds as a consonant is written Y from here on.
  const spelt = word.replace(/(^|[aeiouy])y/g, "$1Y");
  const from = BEGINNING.exec(spelt)?.[0].length ?? regionAfter(spelt, 0);
  const after = regionAfter(spelt, from);
  let stem = plural(spelt);
  if (ENDED.test(stem)) return stem;
  stem = past(stem, from).replace(/(.[^aeiouy])[yY]$/, "$1i");
  stem = derived(stem, from);
  stem = derivedAgain(stem, from, after);
  stem = plain(stem, after);
  return final(stem, from, after).replaceAll("Y", "y");
}

/** Where what follows a vowel and a consonant begins. */
function regionAfter(word: string, start: number): number {
  const found = /[aeiouy][^aeiouy]/.exec(word.slice(start));
  return found === null ? word.length : start + found.index + 2;
}

function plural(word: string): string {
  if (word.endsWith("sses")) return word.slice(0, -2);
  if (/ie[sd]$/.test(word)) return word.slice(0, word.length > 4 ? -2 : -1);
  if (/(?:us|ss)$/.test(word) || !word.endsWith("s")) return word;
  return VOWEL.test(word.slice(0, -2)) ? word.slice(0, -1) : word;
}

function past(word: string, from: number): string {
  const ending = /(?:eed|ed|ing)(?:ly)?$/.exec(word)?.[0];
  if (ending === undefined) return word;
  const rest = word.slice(0, -ending.length);
  if (ending.startsWith("ee")) return rest.length >= from ? `${rest}ee` : word;
  if (!VOWEL.test(rest)) return word;
  if (/(?:at|bl|iz)$/.test(rest)) return `${rest}e`;
  if (DOUBLED.test(rest)) return rest.slice(0, -1);
  return from >= rest.length && SHORT_SYLLABLE.test(rest) ? `${rest}e` : rest;
}

function derived(word: string, from: number): string {
  const ending = A_DERIVED.exec(word)?.[0];
  if (ending !== undefined) return replaced(word, ending, DERIVED.get(ending)!, from);
  if (word.endsWith("logi")) return replaced(word, "ogi", "og", from);
  return /[cdeghkmnrt]li$/.test(word) ? replaced(word, "li", "", from) : word;
}

function derivedAgain(word: string, from: number, after: number): string {
  const ending = A_DERIVED_AGAIN.exec(word)?.[0];
  if (ending !== undefined) return replaced(word, ending, DERIVED_AGAIN.get(ending)!, from);
  return word.endsWith("ative") ? replaced(word, "ative", "", after) : word;
}

function plain(word: string, after: number): string {
  const ending = PLAIN.exec(word)?.[0];
  if (ending !== undefined) return replaced(word, ending, "", after);
  return /[st]ion$/.test(word) ? replaced(word, "ion", "", after) : word;
}

function final(word: string, from: number, after: number): string {
  const rest = word.slice(0, -1);
  if (word.endsWith("e")) {
    const isShed = rest.length >= after || (rest.length >= from && !SHORT_SYLLABLE.test(rest));
    return isShed ? rest : word;
  }
  return word.endsWith("ll") && rest.length >= after ? rest : word;
}

/** An ending gives way only if all of it is in its region, and none in place of it. */
function replaced(word: string, ending: string, by: string, region: number): string {
  const rest = word.length - ending.length;
  return rest >= region ? word.slice(0, rest) + by : word;
}
