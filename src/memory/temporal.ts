import { DAY, day, latest, months, type Period } from "./period.ts";

/** A time that a query asks for, in milliseconds since 1970, and how far from it is still of that time, in milliseconds. */
export interface TimeTarget {
  at: number;
  tolerance: number;
}

/** Reads the time that a query asks for, where it names one. */
export type TimeExtractor = (query: string, now: number) => TimeTarget | undefined;

type Words = Readonly<Record<string, string | undefined>>;

/** A way to name a time. What is named so and does not exist, as February 31st, is undefined. */
interface Form {
  readonly pattern: RegExp;
  read(words: Words, now: number): TimeTarget | undefined;
}

/** How many days from a date, or from the middle of a month, season or year, are still meant. */
const DATE = 2;
const MONTH = 15;
const SEASON = 45;
const YEAR = 120;

/** How many days there are, and how many more or less are meant by so many of them ago, and by the last one. */
const UNITS: Readonly<Record<string, { days: number; counted: number; last: number }>> = {
  day: { days: 1, counted: 2, last: 2 },
  week: { days: 7, counted: 5, last: 3 },
  month: { days: 30, counted: 10, last: 7 },
  year: { days: 365, counted: 30, last: 30 },
};

const COUNTS = " one two three four five six seven eight nine ten eleven twelve".split(" ");
const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
/** In the north; by the month they begin in, from 0. A winter is of the year that it ends in. */
const SEASONS: Readonly<Record<string, number>> = { winter: -1, spring: 2, summer: 5, autumn: 8, fall: 8 };

const A_MONTH = String.raw`\b(?<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?`;
/** Not what programmers call spring. */
const A_SEASON = String.raw`\b(?<season>winter|spring|summer|autumn|fall)\b(?! (?:boot|framework|security|data|cloud|mvc)\b)`;
const A_DAY = String.raw`(?<![\d.,:/-])(?<day>\d{1,2})(?:st|nd|rd|th)?\b(?![.,:/-]\d|%)`;
const A_YEAR = String.raw`\b(?<year>(?:19|20|21)\d\d|(?:last|this) year)\b(?![.,:/-]\d|%)`;
const OF = ",?(?: of)? ";
const IN = String.raw`\b(?:in|on|by|of|over|from|since|until|till|before|after|during|around|early|late|mid|(?<last>last))[ -](?:the )?`;

/** The first that a query has counts: what tells most comes first. */
const FORMS: readonly Form[] = [
  form(String.raw`(?<![\d.,:/-])(?<year>(?:19|20|21)\d\d)[/-](?<number>\d\d?)[/-](?<day>\d\d?)(?!\d|[/-]\d)`, date),
  form(`${A_MONTH} (?:the )?${A_DAY}${OF}${A_YEAR}`, date),
  form(`${A_DAY} (?:of )?${A_MONTH}${OF}${A_YEAR}`, date),
  form(String.raw`(?<![\d.,:/-])(?<year>(?:19|20|21)\d\d)[/-](?<number>0[1-9]|1[0-2])(?!\d|[/-]\d)`, month),
  form(A_MONTH + OF + A_YEAR, month),
  form(`${A_YEAR},? (?:in|around) ${A_MONTH}`, month),
  form(A_SEASON + OF + A_YEAR, season),
  form(String.raw`\bcouple(?: of)? (?<unit>day|week|month|year)s ago\b`, counted),
  form(
    String.raw`(?<![\d.,:/-]|ty[ -])\b(?<count>\d{1,4}|${COUNTS.slice(1).join("|")}) (?<unit>day|week|month|year)s? ago\b`,
    counted,
  ),
  form(String.raw`(?<!half )\ban? (?<unit>day|week|month|year) ago\b`, last),
  form(String.raw`\bthe day before yesterday\b`, (_, now) => ago(2, 1, now)),
  form(String.raw`\byesterday\b`, (_, now) => ago(1, 1, now)),
  form(String.raw`\btoday\b`, (_, now) => ago(0, 1, now)),
  form(String.raw`\blast (?<unit>week|month|year)\b`, last),
  form(`${A_MONTH} (?:the )?${A_DAY}`, date),
  form(`${A_DAY} (?:of )?${A_MONTH}`, date),
  form(IN + A_MONTH, month),
  form(`this ${A_MONTH}`, month),
  form(IN + A_SEASON, season),
  form(String.raw`\bthis (?<season>winter|spring|summer|autumn)\b`, season),
  form(String.raw`\b(?:in|during|since|around) ${A_YEAR}`, year),
  form(String.raw`\b(?:recently|lately)\b`, (_, now) => ago(14, 14, now)),
];

/** "May" and "march" that are no months as far as can be told: in small letters, with nothing around that says so. */
const VERB =
  /(?<!\b(?:in|on|by|of|from|since|until|till|before|after|during|around|early|late|mid|last)[ -](?:the )?(?:\d\d? )?|\d(?:st|nd|rd|th) )\b(?:may|march)\b(?! (?:the )?\d{1,2}(?:st|nd|rd|th)\b|,?(?: of)? (?:\d{4}|(?:last|this) year)\b)/g;

function form(pattern: string, read: Form["read"]): Form {
  return { pattern: new RegExp(pattern), read };
}

/**
 * Times as English names them, in UTC: how long ago, dates, months, seasons and years. Without a year it is the last one there
 * was. Undefined: the query names no time, or one that does not exist.
 */
export const englishTimes: TimeExtractor = (query, now) => {
  const text = query.replace(/\s+/g, " ").replace(VERB, "-").toLowerCase();
  for (const { pattern, read } of FORMS) {
    const found = pattern.exec(text);
    if (found !== null) return read(found.groups ?? {}, now);
  }
  return undefined;
};

/** 1 for what is of the time asked for, down to 0 for what is three times as far from it. */
export function closeness(at: number, { at: asked, tolerance }: TimeTarget): number {
  const distance = Math.abs(at - asked);
  if (distance <= tolerance) return 1;
  return distance >= 3 * tolerance ? 0 : (3 * tolerance - distance) / (2 * tolerance);
}

function date(words: Words, now: number): TimeTarget | undefined {
  return target(words, now, (year) => day(year, monthOf(words), Number(words.day)), DATE);
}

function month(words: Words, now: number): TimeTarget | undefined {
  return target(words, now, (year) => months(year, monthOf(words), 1), MONTH);
}

function season(words: Words, now: number): TimeTarget | undefined {
  return target(words, now, (year) => months(year, SEASONS[words.season!]!, 3), SEASON);
}

function year(words: Words, now: number): TimeTarget | undefined {
  return target(words, now, (year) => months(year, 0, 12), YEAR);
}

function target(
  { year, last }: Words,
  now: number,
  yearly: (year: number) => Period | undefined,
  tolerance: number,
): TimeTarget | undefined {
  const period = year === undefined ? latest(yearly, now, last !== undefined) : yearly(yearOf(year, now));
  return period && { at: period.middle, tolerance: tolerance * DAY };
}

function yearOf(year: string, now: number): number {
  if (/^\d/.test(year)) return Number(year);
  return new Date(now).getUTCFullYear() - (year === "last year" ? 1 : 0);
}

function monthOf({ month, number }: Words): number {
  return month === undefined ? Number(number) - 1 : MONTHS.indexOf(month.slice(0, 3));
}

function counted({ count = "two", unit }: Words, now: number): TimeTarget {
  const { days, counted } = UNITS[unit!]!;
  const number = COUNTS.indexOf(count);
  return ago((number < 0 ? Number(count) : number) * days, counted, now);
}

function last({ unit }: Words, now: number): TimeTarget {
  const { days, last } = UNITS[unit!]!;
  return ago(days, last, now);
}

function ago(days: number, tolerance: number, now: number): TimeTarget {
  return { at: now - days * DAY, tolerance: tolerance * DAY };
}
