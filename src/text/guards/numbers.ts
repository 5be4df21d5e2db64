import { differs, type Guard } from "./guard.ts";
import { remembered, type Token } from "./reading.ts";
import { groups, set, singular } from "./words.ts";

/** A number and what it counts, as far as that is said. */
interface Quantity {
  readonly value: string;
  readonly unit: string | undefined;
}

interface Found extends Quantity {
  /** The first and the last of the tokens that the value is made of. */
  readonly first: number;
  readonly last: number;
}

/** Of every value the units it has, undefined where none is named. */
interface Quantities {
  readonly all: readonly Found[];
  readonly units: ReadonlyMap<string, ReadonlySet<string | undefined>>;
}

const POWERS = { hundred: 100, thousand: 1e3, million: 1e6, billion: 1e9 };
const SPELT: ReadonlyMap<string, number> = new Map([
  ...counted(
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
    2,
  ),
  ...counted("third fourth fifth sixth seventh eighth ninth tenth", 3),
  ...counted("zero once twice", 0),
  ["dozen", 12],
  ...Object.entries(POWERS),
]);
const TENS: ReadonlyMap<string, number> = new Map(
  counted("twenty thirty forty fifty sixty seventy eighty ninety", 2, 10),
);

function counted(words: string, from: number, by = 1): [string, number][] {
  return words.split(" ").map((word, i) => [word, (i + from) * by]);
}

const SCALE: ReadonlyMap<string, number> = new Map(Object.entries({ ...POWERS, k: 1e3, m: 1e6, mn: 1e6, bn: 1e9 }));

const UNIT = groups(
  `% percent;gbp £ pound quid;usd $ dollar;eur € euro;second sec;minute min;hour hr;day;week;month;year yr
kb;mb megabyte;gb gigabyte gig;tb;mbps;gbps;mm;cm;metre meter;km kilometre kilometer;mile;inch inches;foot feet ft
mg;g gram;kg kilo kilogram;lb;oz;ml;l litre liter;kwh;kw;w watt;v volt;mph;am;pm;bed bedroom;c celsius;f fahrenheit;x
st nd rd th`,
  singular,
);
/** What "one" counts only before: elsewhere it stands for a thing. */
const COUNTED_SINGLY = set("day week month year hour minute bed bedroom person user seat licence license");

const inDigits = remembered(({ tokens }) => quantities(tokens, false));
/** In digits and in words of English. */
export const inWordsToo = remembered(({ tokens }) => quantities(tokens, true));

function quantities(tokens: readonly Token[], isEnglish: boolean): Quantities {
  const all: Found[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const first = i;
    const token = tokens[i]!;
    const next = tokens[i + 1]?.word ?? "";
    if (token.kind === "number") {
      if (SCALE.has(next)) i++;
      for (const quantity of written(token, next)) all.push({ ...quantity, first, last: i });
    } else if (isEnglish && token.kind === "word") {
      const value = spelt(token.word, next);
      if (value === undefined) continue;
      if (TENS.has(token.word) && (SPELT.has(next) || next === "one")) i++;
      const scale = SCALE.get(tokens[i + 1]?.word ?? "");
      if (scale !== undefined) i++;
      const unit = unitOf(tokens[i + 1]?.word ?? "");
      all.push({ value: trimmed(value * (scale ?? 1)), unit, first, last: i });
    }
  }
  const units = new Map<string, Set<string | undefined>>();
  for (const { value, unit } of all) units.set(value, (units.get(value) ?? new Set()).add(unit));
  return { all, units };
}

export function unitOf(word: string): string | undefined {
  return UNIT.get(singular(word));
}

function spelt(word: string, next: string): number | undefined {
  if (word === "one") return COUNTED_SINGLY.has(next) ? 1 : undefined;
  const tens = TENS.get(word);
  if (tens === undefined) return SPELT.get(word);
  const ones = next === "one" ? 1 : (SPELT.get(next) ?? 0);
  return tens + (ones < 10 ? ones : 0);
}

/** "1.500" may be another thousand, so it is left as it is; and so is "3.10", where nothing says that it is not a version. */
const AMOUNT = /^\d+(?:[.,]\d{1,2})?$/;
const BARE = /^\d+(?:[.,](?:\d|\d[1-9]))?$/;

/** In digits: an amount, a time, a date, a version. */
function written({ text }: Token, next: string): Quantity[] {
  const [, sign, before, digits, after] = /^([-−]?)(\p{Sc}?)([\p{N}.,:/'’ -]*\p{N})\s?(\P{N}*)$/u.exec(text) ?? [];
  const name = [{ value: ascii(text).toLowerCase(), unit: undefined }];
  if (digits === undefined) return name; // "4x4", "1st2nd"
  const ending = after!.toLowerCase();
  const scale = SCALE.get(ending) ?? SCALE.get(next);
  const unit = (before && (UNIT.get(before) ?? before)) || unitOf(ending) || unitOf(next);
  if (ending !== "" && unit === undefined && scale === undefined) return name; // "500x" is no amount
  const value = ascii(digits).replace(/^(\d\d?):00$/, "$1"); // 5:00 pm is 5 pm
  const plain = value.replace(/[,'’ ](?=\d{3}(?!\d))/g, "");
  // Longer ones are no amounts but names of something: no digit is to be rounded away.
  if (plain.length < 16 && ((unit ?? scale) === undefined ? BARE : AMOUNT).test(plain)) {
    const amount = Number(plain.replace(",", ".")) * (scale ?? 1);
    return [{ value: sign + trimmed(amount), unit: unit === "st" ? undefined : unit }];
  }
  const range = /^(\d+)-(\d+)$/.exec(plain);
  if (range !== null && (unit !== undefined || plain.length < 8)) {
    return [range[1]!, range[2]!].map((end) => ({ value: trimmed(Number(end)), unit }));
  }
  return [{ value: sign + plain.replace(/^0(?=\d)/, ""), unit }];
}

function trimmed(value: number): string {
  return String(Number(value.toPrecision(15)));
}

/** Digits of any script as those of ASCII. */
function ascii(text: string): string {
  return text.replace(/\p{Nd}/gu, (digit) => {
    let value = 0;
    for (let code = digit.codePointAt(0)!; value < 9 && /\p{Nd}/u.test(String.fromCodePoint(code - 1)); code--) value++;
    return String(value);
  });
}

/**
 * Amounts, money, times, dates, versions and counts must be the same ones, in digits or in words: the answer turns on them. A
 * unit must be the same where both name one.
 */
export const numbers: Guard = {
  name: "numbers",
  check(asked, stored) {
    const quantitiesOf = asked.isEnglish || stored.isEnglish ? inWordsToo : inDigits;
    const [ours, theirs] = [quantitiesOf(asked), quantitiesOf(stored)];
    return differs(lacking(ours, theirs), lacking(theirs, ours));
  },
};

/** What the others do not have. How often is of no matter, and who names no unit may mean any. */
function lacking({ all }: Quantities, { units: others }: Quantities): string[] {
  return all
    .filter(({ value, unit }) => {
      const units = others.get(value);
      return units === undefined || !(unit === undefined || units.has(undefined) || units.has(unit));
    })
    .map(({ value, unit }) => (unit === undefined ? value : `${value} ${unit}`));
}

/** Whether a token is read here, so that others need not. */
export function isNumber(token: Token): boolean {
  return token.kind === "number" || SPELT.has(token.word) || TENS.has(token.word);
}
