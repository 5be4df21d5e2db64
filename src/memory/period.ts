/** A stretch of the calendar, in milliseconds since 1970, UTC. It ends before `end`. */
export interface Period {
  start: number;
  middle: number;
  end: number;
}

export const DAY = 86_400_000;

/** Between two leap years are at most eight years. */
const YEARS_BACK = 8;

/** Months count from 0, days up to 99. Undefined: there is no such day. */
export function day(year: number, month: number, date: number): Period | undefined {
  const start = Date.UTC(year, month, date);
  if (new Date(start).getUTCMonth() !== month) return undefined;
  return { start, middle: start + DAY / 2, end: start + DAY };
}

/** As many months, from one on. A month before 0 is of the year before. */
export function months(year: number, first: number, count: number): Period {
  const middle = Date.UTC(year, first + Math.floor(count / 2), count % 2 ? 15 : 1);
  return { start: Date.UTC(year, first), middle, end: Date.UTC(year, first + count) };
}

/** The last of a period that comes every year that has begun by now; or, if it is to be over, that has ended. */
export function latest(yearly: (year: number) => Period | undefined, now: number, isOver = false): Period | undefined {
  const year = new Date(now).getUTCFullYear();
  // The year after, as a winter begins in the year before.
  for (let i = 1; i >= -YEARS_BACK; i--) {
    const period = yearly(year + i);
    if (period !== undefined && (isOver ? period.end : period.start) <= now) return period;
  }
  return undefined;
}
