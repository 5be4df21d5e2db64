import type { Guard } from "./guard.ts";
import { differs } from "./guard.ts";
import { remembered, type Token } from "./reading.ts";
import { groups, set } from "./words.ts";

/** A number and what it counts, as far as that is said. */
interface Quantity {
  readonly value: string;
  readonly unit: string | undefined;
  readonly text: string;
}

const SPELT: ReadonlyMap<string, number> = new Map([
  ...counted(
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
    2,
  ),
  ...counted("third fourth fifth sixth seventh eighth ninth tenth", 3),
  ...counted("zero once twice", 0),
  ["dozen", 12],
  ["hundred", 100],
  ["thousand", 1e3],
  ["million", 1e6],
  ["billion", 1e9],
]);
const TENS: ReadonlyMap<string, number> = new Map(
  counted("twenty thirty forty fifty sixty seventy eighty ninety", 2).map(([word, n]) => [word, 10 * n]),
);

function counted(words: string, from: number): [string, number][] {
  return words.split(" ").map((word, i) => [word, i + from]);
}

const SCALE: ReadonlyMap<string, number> = new Map(
  Object.entries({ k: 1e3, thousand: 1e3, m: 1e6, mn: 1e6, million: 1e6, bn: 1e9, billion: 1e9 }),
);

const UNIT = groups(`
% percent;gbp £ pound pounds quid;usd $ dollar dollars;eur € euro euros;second seconds sec;minute minutes min mins;hour hours hr hrs;day days
week weeks;month months;year years yr yrs;kb;mb megabytes;gb gigabytes gig;tb;mbps;gbps;mm;cm;metre metres meter meters;km kilometres kilometers;mile miles
inch inches;foot feet ft;mg;g gram grams;kg kilos;lb lbs;oz;ml;l litre litres liters;kwh;kw;w watts;v volts;mph;am;pm;bed beds bedroom bedrooms;c celsius;f;x
st nd rd th`);
const ORDINAL_ENDINGS = set("st nd rd th");
/** What "one" counts only before: elsewhere it stands for a thing. */
const COUNTED_SINGLY = set("day week month year hour minute bed bedroom person user seat licence license");

const quantitiesOf = remembered((reading): Quantity[] => {
  const { tokens, isEnglish } = reading;
  const found: Quantity[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    if (token.kind === "number") found.push(...written(token, tokens[i + 1]));
    else if (isEnglish && token.kind === "word") {
      const next = tokens[i + 1]?.word ?? "";
      const value = spelt(tokens, i);
      if (value === undefined) continue;
      if (TENS.has(token.word) && (SPELT.has(next) || next === "one")) i++;
      const after = tokens[i + 1]?.word ?? "";
      const scale = SCALE.get(after) ?? (after === "hundred" ? 100 : undefined);
      if (scale !== undefined) i++;
      found.push({ value: trimmed(value * (scale ?? 1)), unit: UNIT.get(tokens[i + 1]?.word ?? ""), text: token.text });
    }
  }
  return found;
});

function spelt(tokens: readonly Token[], i: number): number | undefined {
  const { word } = tokens[i]!;
  const next = tokens[i + 1]?.word ?? "";
  if (word === "one") return COUNTED_SINGLY.has(next) ? 1 : undefined;
  const tens = TENS.get(word);
  if (tens === undefined) return SPELT.get(word);
  const ones = next === "one" ? 1 : (SPELT.get(next) ?? 0);
  return tens + (ones < 10 ? ones : 0);
}

/** In digits: an amount, a time, a date, a version. */
function written({ text }: Token, next: Token | undefined): Quantity[] {
  const [, before, digits, after] = /^(\p{Sc}?)([\p{N}.,:/'’\u00a0\u202f-]+)\s?(\P{N}*)$/u.exec(text) ?? [];
  if (digits === undefined) return [{ value: text.toLowerCase(), unit: undefined, text }]; // "4x4", "1st2nd"
  const ending = after!.toLowerCase();
  const scale = SCALE.get(ending) ?? SCALE.get(next?.word ?? "");
  const unit = (before && (UNIT.get(before) ?? before)) || UNIT.get(ending) || UNIT.get(next?.word ?? "");
  if (ending !== "" && unit === undefined && scale === undefined) {
    return [{ value: ascii(text).toLowerCase(), unit: undefined, text }]; // "500x", a name rather than an amount
  }
  const value = ascii(digits);
  const plain = /^\d{1,3}(?:[,'’\u00a0\u202f]\d{3})+(?:\.\d+)?$/.test(value) ? value.replace(/[^\d.]/g, "") : value;
  const isAmount = /^\d+(?:[.,]\d+)?$/.test(plain);
  if (isAmount) {
    const amount = Number(plain.replace(",", ".")) * (scale ?? 1);
    return [{ value: trimmed(amount), unit: ORDINAL_ENDINGS.has(ending) ? undefined : unit, text }];
  }
  const range = /^(\d+)-(\d+)$/.exec(plain);
  if (range !== null && (unit !== undefined || plain.length < 8)) {
    return [range[1]!, range[2]!].map((end) => ({ value: trimmed(Number(end)), unit, text }));
  }
  return [{ value: plain.replace(/^0(?=\d)/, ""), unit, text }];
}

function trimmed(value: number): string {
  return String(Number(value.toPrecision(12)));
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
    const [ours, theirs] = [quantitiesOf(asked), quantitiesOf(stored)];
    if (ours.length === 0 && theirs.length === 0) return undefined;
    const rest = [...theirs];
    const missing = ours.filter((one) => {
      const at = rest.findIndex((other) => isSame(one, other));
      if (at >= 0) rest.splice(at, 1);
      return at < 0;
    });
    const left = rest.filter((one) => !ours.some((other) => isSame(one, other)));
    const gone = missing.filter((one) => !theirs.some((other) => isSame(one, other)));
    if (gone.length === 0 && left.length === 0) return undefined;
    return differs(
      gone.map(({ text }) => text),
      left.map(({ text }) => text),
    );
  },
};

function isSame(a: Quantity, b: Quantity): boolean {
  return a.value === b.value && (a.unit === undefined || b.unit === undefined || a.unit === b.unit);
}

/** Whether a token is read here, so that others need not. */
export function isNumber(token: Token): boolean {
  return token.kind === "number" || SPELT.has(token.word) || TENS.has(token.word);
}
