import { differs, type Guard } from "./guard.ts";
import { type Reading, remembered } from "./reading.ts";
import { isTypo } from "./stem.ts";
import { groups, set, singular } from "./words.ts";

const NAMED = groups(
  `monday;tuesday tue;wednesday wed;thursday thur thu;friday fri;saturday;sunday
january jan;february feb;april apr;june;july;august aug;september sept sep;october oct;november nov;december dec
weekday;weekend;summer;winter;autumn fall;spring
tomorrow;yesterday;tonight;midnight;noon midday;morning;afternoon;evening;night overnight
christmas xmas;easter;halloween;ramadan;diwali;hanukkah;thanksgiving`,
  singular,
);
/** Words too but for their place: "may I", "march on". */
const AMBIGUOUS = set("may march");
const BEFORE_MONTH = set("in since until till by of next last from during early late mid");
/** "Fall" and "spring" are verbs elsewhere. */
const AS_VERB = set("fall spring");

const PERIOD = groups(
  `hour hourly;day daily;night nightly;week weekly;fortnight fortnightly;month monthly;quarter quarterly;year yearly annual annually annum`,
  singular,
);
const RELATIVE = groups("last previous past;next coming following upcoming", singular);
const EVERY = set("per each every a");

interface Times {
  /** Days, months, seasons, parts of the day, and what is relative to now. */
  readonly points: ReadonlySet<string>;
  /** How often. */
  readonly rates: ReadonlySet<string>;
}

const timesOf = remembered(({ tokens, hasCase }): Times => {
  const points = new Set<string>();
  const rates = new Set<string>();
  for (const [i, { word, text, first, kind }] of tokens.entries()) {
    if (kind !== "word") continue;
    const before = tokens[i - 1]?.word ?? "";
    const key = singular(word);
    const name = NAMED.get(key);
    if (AMBIGUOUS.has(word)) {
      const isCapital = hasCase && !first && /^\p{Lu}/u.test(text);
      if (isCapital || (BEFORE_MONTH.has(before) && tokens[i + 1]?.word !== "i")) points.add(word);
    } else if (name !== undefined && !(AS_VERB.has(key) && !BEFORE_MONTH.has(before) && before !== "the")) {
      points.add(name);
    }
    const period = PERIOD.get(key);
    if (period === undefined) continue;
    const relative = RELATIVE.get(singular(before));
    if (relative !== undefined) points.add(`${relative} ${period}`);
    else if (/(?:ly|annual)$/.test(word) || EVERY.has(before)) rates.add(period);
  }
  return { points, rates };
});

/** Days, months, seasons, parts of the day, and what is said from now on ("tomorrow", "last year"), and how often ("monthly"). */
export const dates: Guard = {
  name: "dates",
  check(asked, stored) {
    if (!asked.isEnglish && !stored.isEnglish) return undefined;
    const [ours, theirs] = [timesOf(asked), timesOf(stored)];
    const points = differs(lacking(ours, theirs, stored), lacking(theirs, ours, asked));
    if (points !== undefined) return points;
    if (ours.rates.size === 0 || theirs.rates.size === 0) return undefined; // the rate may be said otherwise
    const isShared = [...ours.rates].some((rate) => theirs.rates.has(rate));
    return isShared ? undefined : differs(ours.rates, theirs.rates);
  },
};

/** Whether a word may be a date or a part of one. */
export function isDate(word: string): boolean {
  return AMBIGUOUS.has(word) || NAMED.has(singular(word));
}

function lacking({ points }: Times, others: Times, { tokens }: Reading): string[] {
  // The other may have it mistyped, or without the capital that tells "May" from "may".
  const has = (point: string) =>
    tokens.some(({ word }) => word === point || (point.length > 4 && isTypo(point, singular(word))));
  return [...points].filter((point) => !others.points.has(point) && !has(point));
}
