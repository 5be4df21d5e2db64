import { stem } from "./stem.ts";
import { CONTRACTED, isEnglish, NEGATED_VERB } from "./words.ts";

/** One word, number or name of a text, as guards see it. */
export interface Token {
  /** As it was written, but for its Unicode form. */
  readonly text: string;
  /** Folded to lower case, without what is contracted into it. */
  readonly word: string;
  readonly stem: string;
  readonly kind: "word" | "number" | "mixed" | "literal";
  /** Whether a sentence begins with it, so that its capital says nothing. */
  readonly first: boolean;
  /** Which part of the text between marks of punctuation it is in. */
  readonly clause: number;
}

// In this order: addresses and what stands in quotation marks or is code; what begins with a digit; words. Lengths are bounded
// where a mark may be missing that the search would go on for, through all the text, from every place anew.
const LITERALS = [
  /(?:https?:\/\/|www\.)\S*[^\s.,;:!?)\]}'"]/,
  /[\p{L}\p{N}._%+-]{1,64}@[\p{L}\p{N}-]{1,64}(?:\.[\p{L}\p{N}-]{1,64}){1,8}/u,
  /`[^`]{1,200}`|"[^"]{1,200}"|[“„][^“”„]{1,200}[“”]|«[^«»]{1,200}»|「[^「」]{1,200}」/,
  /(?<=^|\s)(?:--?[a-z][\w-]+|(?:~|\.{1,2})?\/[\w./-]*\w)/,
  /\p{L}[\p{L}\p{N}]*(?:_[\p{L}\p{N}]+)+|(?<![\p{L}\p{N}_])[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*){0,8}\(\)/u,
];
const NUMBER = /(?:(?<=^|[\s(])[-−])?\p{Sc}?\p{N}+(?:[.,:/'’-]\p{N}+| \p{N}{3}(?!\p{N}))*(?:\s?(?:%|\p{Sc})|\p{L}+)?/u;
const WORD = /[\p{L}\p{M}](?:[\p{L}\p{M}\p{N}]|['’‑-](?=[\p{L}\p{N}])|\.(?=\p{L}\.))*/u;
const TOKENS = new RegExp(
  `(${LITERALS.map(({ source }) => source).join("|")})|(${NUMBER.source})|(${WORD.source})|([.?!:;,]+)`,
  "giu",
);

/** A text, taken apart once for all guards. */
export class Reading {
  readonly text: string;
  /** In its Unicode form, with single spaces: what is normalised alike is read alike. */
  readonly plain: string;
  readonly tokens: readonly Token[];
  /** Whether what guards know of English applies. */
  readonly isEnglish: boolean;
  /** Whether capitals tell names from other words: not where all or none are written with one. */
  readonly hasCase: boolean;
  /** What guards made of it: see `remembered`. */
  readonly made: ({ of: unknown } | undefined)[] = [];

  constructor(text: string) {
    this.text = text;
    this.plain = text.normalize("NFKC").replace(/\s+/g, " ").trim();
    this.tokens = tokensOf(this.plain);
    const words = this.tokens.filter(({ kind }) => kind === "word");
    this.isEnglish = isEnglish(words.map(({ word }) => word));
    const inside = words.filter(({ first }) => !first);
    const capitals = inside.filter(({ text }) => /^\p{Lu}/u.test(text)).length;
    this.hasCase = capitals * 3 <= inside.length * 2 && /\p{Ll}/u.test(text);
  }
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let first = true;
  let clause = 0;
  for (const [found, literal, number, , stop] of text.matchAll(TOKENS)) {
    if (stop !== undefined) {
      first = !/^[,;]/.test(stop);
      clause++;
      continue;
    }
    const add = (text: string, kind: Token["kind"]) => tokens.push(token(text, kind, first, clause));
    if (literal !== undefined) add(found, "literal");
    else if (number !== undefined) add(found, "number");
    else if (/\p{N}/u.test(found)) add(found, "mixed");
    else if (NEGATED_VERB.test(found)) {
      add(found.replace(NEGATED_VERB, ""), "word");
      add("not", "word");
    } else for (const part of parts(found)) add(part, "word");
    first = false;
  }
  return tokens;
}

/** "two-bedroom" are two words, "check-in" and "Wi-Fi" are one: what a short part belongs to is lost without it. */
function parts(word: string): string[] {
  const all = word.split(/[‑-]/);
  return all.length > 3 || all.some((part) => part.length < 3) ? [word] : all;
}

function token(text: string, kind: Token["kind"], first: boolean, clause: number): Token {
  const word = folded(text)
    .replace(CONTRACTED, "")
    .replace(/['’‑-]/g, "");
  return { text, word, stem: kind === "word" ? stem(word) : word, kind, first, clause };
}

/** Without case, as far as that is one letter for another: ß is SS. */
export function folded(text: string): string {
  return text.toUpperCase().toLowerCase();
}

let kinds = 0;

/** What a guard makes of a reading, made once. */
export function remembered<T>(make: (reading: Reading) => T): (reading: Reading) => T {
  const kind = kinds++;
  return (reading) => {
    reading.made[kind] ??= { of: make(reading) };
    return (reading.made[kind] as { of: T }).of;
  };
}
