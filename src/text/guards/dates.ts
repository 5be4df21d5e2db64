import { differs, type Guard } from "./guard.ts";
import { type Reading, remembered } from "./reading.ts";
import { isTypo } from "./stem.ts";
import { groups, set } from "./words.ts";

const NAMED = groups(`
monday mondays; tuesday tuesdays tues; wednesday wednesdays weds; thursday thursdays thurs; friday fridays; saturday saturdays; sunday sundays
january jan; february feb; april apr; june; july; august; september sept; october oct; november nov; december dec
weekday weekdays; weekend weekends; summer summers; winter winters; autumn fall; spring
tomorrow; yesterday; tonight; midnight; noon midday; morning mornings; afternoon afternoons; evening evenings; night nights overnight
christmas xmas; easter; halloween; ramadan; diwali; hanukkah; thanksgiving`);
/** Words too but for their place: "may I", "march on". */
const AMBIGUOUS = set("may march");
const BEFORE_MONTH = set("in since until till by of next last from during early late mid");
/** "Fall" and "spring" are verbs elsewhere. */
const AS_VERB = set("fall spring");

const PERIOD = groups(`
hour hours hourly; day days daily; night nights nightly; week weeks weekly; fortnight fortnights fortnightly; month months monthly
quarter quarters quarterly; year years yearly annual annually annum`);
const RELATIVE = groups("last previous past; next coming following upcoming");
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
    const name = NAMED.get(word);
    if (AMBIGUOUS.has(word)) {
      const isCapital = hasCase && !first && /^\p{Lu}/u.test(text);
      if (isCapital || (BEFORE_MONTH.has(before) && tokens[i + 1]?.word !== "i")) points.add(word);
    } else if (name !== undefined && !(AS_VERB.has(word) && !BEFORE_MONTH.has(before) && before !== "the")) {
      points.add(name);
    }
    const period = PERIOD.get(word);
    if (period === undefined) continue;
    const relative = RELATIVE.get(before);
    if (relative !== undefined) points.add(`${relative} ${period}`);
    else if (/(?:ly|annual|annum)$/.test(word) || EVERY.has(before)) rates.add(period);
  }
  return { points, rates };
});

/** Days, months, seasons, parts of the day, and what is said from now on ("tomorrow", "last year"), and how often ("monthly"). */
export const dates: Guard = {
  name: "dates",
  check(asked, stored) {
    if (!asked.isEnglish && !stored.isEnglish) return undefined;
    const [ours, theirs] = [timesOf(asked), timesOf(stored)];
    const missing = [...ours.points].filter((point) => !theirs.points.has(point) && !isMistyped(point, stored));
    const left = [...theirs.points].filter((point) => !ours.points.has(point) && !isMistyped(point, asked));
    if (missing.length + left.length > 0) return differs(missing, left);
    if (ours.rates.size === 0 || theirs.rates.size === 0) return undefined; // the rate may be said otherwise
    const isShared = [...ours.rates].some((rate) => theirs.rates.has(rate));
    return isShared ? undefined : differs(ours.rates, theirs.rates);
  },
};

function isMistyped(point: string, { tokens }: Reading): boolean {
  return point.length > 4 && tokens.some(({ word }) => isTypo(point, word.replace(/s$/, "")));
}
