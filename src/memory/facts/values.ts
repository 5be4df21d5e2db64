import { inWordsToo, isNumber, unitOf } from "../../text/guards/numbers.ts";
import { type Reading, remembered, type Token } from "../../text/guards/reading.ts";
import { FUNCTION, gathered, groups, set, singular } from "../../text/guards/words.ts";

/** What a fact may get another of: an amount, a time, how often. In whichever way it is written, it is read alike. */
export interface Value {
  readonly kind: "number" | "clock" | "weekday" | "month" | "day" | "year" | "rate";
  /** The same for the same. */
  readonly key: string;
  /** Of a number in its measure's base, of a clock in minutes since midnight. */
  readonly amount?: number;
  /** Of a number what it measures, of a clock which half of the day, as far as that is told. */
  readonly unit?: string | undefined;
}

interface Found {
  readonly values: readonly Value[];
  /** The last token of what they are written with. */
  readonly last: number;
}

const MONTHS = groups(
  "january jan;february feb;march mar;april apr;may;june jun;july jul;august aug;september sept sep;october oct;november nov;december dec",
  (month) => month,
);
const MONTH_NAMES = [...new Set(MONTHS.values())];
/** Words too but for their capital. */
const AMBIGUOUS = set("may march mar jan");
const WEEKDAYS = groups(
  "monday mon;tuesday tues tue;wednesday wed;thursday thurs thur thu;friday fri;saturday sat;sunday sun;weekday workday;weekend",
  (day) => day,
);
const RATES = groups(
  "hourly hour;daily day;nightly night;weekly week;fortnightly fortnight;monthly month;quarterly quarter;yearly annually annual year",
  (rate) => rate,
);
const TIMES: ReadonlyMap<string, string> = new Map([
  ["once", "1"],
  ["twice", "2"],
]);
const EVERY = set("every each per a by");

/** In seconds, kilobytes, millimetres and milligrams; a month has 30 days. */
const MEASURES: ReadonlyMap<string, readonly [measure: string, size: number]> = new Map(
  Object.entries({
    time: { second: 1, minute: 60, hour: 3600, day: 86_400, week: 604_800, month: 2_592_000, year: 31_536_000 },
    size: { kb: 1, mb: 1024, gb: 1024 ** 2, tb: 1024 ** 3 },
    length: { mm: 1, cm: 10, metre: 1000, km: 1e6, mile: 1_609_344, inch: 25.4, foot: 304.8 },
    weight: { mg: 1, g: 1000, kg: 1e6, lb: 453_592, oz: 28_350 },
  }).flatMap(([measure, units]) => Object.entries(units).map(([unit, size]) => [unit, [measure, size]] as const)),
);

const ISO_DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
const CLOCK = /^(\d{1,2}):(\d\d)(?::\d\d)?$/;
export const HALF_DAY = 720;

/** The values that are written from a token on. */
export function valuesAt(reading: Reading, i: number): Found | undefined {
  const { tokens } = reading;
  const { kind, text, word } = tokens[i]!;
  const only = (value: Value, last = i): Found => ({ values: [value], last });
  const clock = clockAt(tokens, i);
  if (clock !== undefined) return clock;
  const date = ISO_DATE.exec(text);
  if (date !== null) return { values: dateOf(date), last: i };
  const times = TIMES.get(word);
  if (times !== undefined) return only({ kind: "rate", key: times });
  const number = numberAt(reading, i);
  if (number !== undefined) return number;
  if (kind !== "word") return undefined;
  if (isMonth(tokens, i)) return only({ kind: "month", key: MONTHS.get(word)! });
  const weekday = WEEKDAYS.get(singular(word)) ?? WEEKDAYS.get(word);
  if (weekday !== undefined && (word.length > 4 || /^\p{Lu}/u.test(text)))
    return only({ kind: "weekday", key: weekday });
  const rate = RATES.get(word);
  const isRate = rate === word || word.startsWith("annual") || EVERY.has(tokens[i - 1]?.word ?? "");
  return rate !== undefined && isRate ? only({ kind: "rate", key: rate }) : undefined;
}

function dateOf([, year, month, day]: RegExpExecArray): Value[] {
  return [
    { kind: "year", key: year! },
    { kind: "month", key: MONTH_NAMES[Number(month) - 1] ?? month! },
    { kind: "day", key: String(Number(day)) },
  ];
}

/** "9:30", "9 am", "noon". */
function clockAt(tokens: readonly Token[], i: number): Found | undefined {
  const { kind, text, word } = tokens[i]!;
  if (word === "noon" || word === "midnight") return clock(word === "noon" ? HALF_DAY : 0, "24", i);
  const [, digits, ending] = (kind === "number" && /^([\d:]+)\s?(am|pm|)$/i.exec(text)) || [];
  if (digits === undefined) return undefined;
  const next = tokens[i + 1]?.word;
  const half = ending!.toLowerCase() || (next === "am" || next === "pm" ? next : "");
  const [, hour, minute] = CLOCK.exec(half === "" ? digits : digits.replace(/^\d+$/, "$&:00")) ?? [];
  if (hour === undefined) return undefined;
  const isOpen = half === "" && Number(hour) <= 12 && !hour.startsWith("0");
  const hours = half === "" ? Number(hour) : (Number(hour) % 12) + (half === "pm" ? 12 : 0);
  return clock(hours * 60 + Number(minute), isOpen ? undefined : "24", i + Number(next === half));
}

function clock(amount: number, unit: string | undefined, last: number): Found {
  return { values: [{ kind: "clock", key: `${amount}`, amount, unit }], last };
}

const numbersOf = remembered((reading) =>
  gathered(inWordsToo(reading).all.map((found) => [String(found.first), found])),
);

function numberAt(reading: Reading, i: number): Found | undefined {
  const { tokens } = reading;
  const numbers = numbersOf(reading);
  const all = numbers.get(String(i));
  if (all === undefined) {
    // "One approval", and not "the one that"; and what was part of the number before.
    const next = tokens[i + 1];
    const isOne = tokens[i]!.word === "one" && next?.kind === "word" && !FUNCTION.has(next.word);
    if (isOne) return { values: [{ kind: "number", key: "1 ", amount: 1 }], last: i };
    return isNumber(tokens[i]!) ? { values: [], last: i } : undefined;
  }
  const { last, unit: own } = all[0]!;
  // "3 to 5 days": three days as well.
  const isRange = /^(?:to|or)$/.test(tokens[last + 1]?.word ?? "");
  const unit = own ?? (isRange ? numbers.get(String(last + 2))?.[0]?.unit : undefined);
  const isUnitNext = unit !== undefined && unitOf(tokens[last + 1]?.word ?? "") === unit;
  const isDate = (unit === undefined || /^(?:st|nd|rd|th)$/.test(unit)) && isBesideMonth(tokens, i, last);
  const values = all.map(({ value }): Value => {
    if (isDate) return { kind: Number(value) > 31 ? "year" : "day", key: value };
    const [measure, size] = MEASURES.get(unit ?? "") ?? [unit, 1];
    return { kind: "number", key: `${value} ${unit ?? ""}`, amount: Number(value) * size, unit: measure };
  });
  return { values, last: last + Number(isUnitNext) };
}

export function isMonth(tokens: readonly Token[], i: number): boolean {
  const { word, text, first } = tokens[i] ?? { word: "", text: "", first: false };
  if (!MONTHS.has(word) || !AMBIGUOUS.has(word)) return MONTHS.has(word);
  return /^\p{Lu}/u.test(text) && (!first || tokens[i + 1]?.kind === "number");
}

/** "3 May", "May 3rd", "3rd of May", "May 3, 1990". */
function isBesideMonth(tokens: readonly Token[], first: number, last: number): boolean {
  if (isMonth(tokens, first - 1) || isMonth(tokens, last + 1)) return true;
  if (tokens[last + 1]?.word === "of" && isMonth(tokens, last + 2)) return true;
  return tokens[first - 1]?.kind === "number" && isMonth(tokens, first - 2);
}
