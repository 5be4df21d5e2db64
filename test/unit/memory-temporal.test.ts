import fc from "fast-check";
import { closeness, englishTimes } from "../../src/memory/temporal.ts";
import { equal, ok } from "../conformance/assert.ts";
import { cases } from "../depth.ts";
import type { Suite } from "../harness.ts";
import { anyText } from "./any-text.ts";

const DAY = 86_400_000;
const NOW = Date.parse("2024-05-15T09:30:00Z");

/** The time asked for and how many days around it: `2024-05-03 ±2`; how many days ago where that is from now: `-7 ±3`. */
function read(query: string, now = NOW): string {
  const target = englishTimes(query, now);
  if (target === undefined) return "none";
  const days = (target.at - now) / DAY;
  const at = Number.isInteger(days) ? days : new Date(target.at).toISOString().slice(0, 10);
  return `${at} ±${target.tolerance / DAY}`;
}

function reads(expected: Readonly<Record<string, string>>, now = NOW): void {
  for (const [query, time] of Object.entries(expected)) equal(read(query, now), time, query);
}

export const memoryTemporalTests: Suite = (test) => {
  test("how long ago", () => {
    reads({
      "what did we do 3 days ago?": "-3 ±2",
      "one day ago": "-1 ±2",
      "a day ago": "-1 ±2",
      "twelve days ago": "-12 ±2",
      "2 weeks ago": "-14 ±5",
      "one week ago": "-7 ±5",
      "the outage two months ago": "-60 ±10",
      "3 Years Ago": "-1095 ±30",
      "a couple of days ago": "-2 ±2",
      "a couple weeks ago": "-14 ±5",
      "a couple of months ago": "-60 ±10",
      "a week ago": "-7 ±3",
      "last week": "-7 ±3",
      "a month ago": "-30 ±7",
      "in the last month": "-30 ±7",
      "a year ago today": "-365 ±30",
      "LAST YEAR": "-365 ±30",
      "what happened yesterday": "-1 ±1",
      "the day before yesterday": "-2 ±1",
      "today's meeting": "0 ±1",
      "what changed recently": "-14 ±14",
      lately: "-14 ±14",
      "three \n\t days   ago": "-3 ±2",
    });
  });

  test("dates", () => {
    reads({
      "on May 3, 2023": "2023-05-03 ±2",
      "May 3rd 2023": "2023-05-03 ±2",
      "3 May 2023": "2023-05-03 ±2",
      "the 3rd of may, 2023": "2023-05-03 ±2",
      "Sept. 21st, 2022": "2022-09-21 ±2",
      "december 31 of last year": "2023-12-31 ±2",
      "deployed 2023-11-05T10:00:00Z": "2023-11-05 ±2",
      "2023/1/5": "2023-01-05 ±2",
      "on the 4th of July 2030": "2030-07-04 ±2",
    });
    equal(englishTimes("May 3, 2023", NOW)?.at, Date.UTC(2023, 4, 3, 12), "the middle of the day, in UTC");
  });

  test("without a year it is the last one there was", () => {
    reads({
      "May 3": "2024-05-03 ±2",
      "on may 3": "2024-05-03 ±2",
      "on 3 may": "2024-05-03 ±2",
      "may the 4th": "2024-05-04 ±2",
      "on 15 May": "2024-05-15 ±2",
      "May 16": "2023-05-16 ±2",
      "the 25th of december": "2023-12-25 ±2",
      "in May": "2024-05-15 ±15",
      "in June": "2023-06-15 ±15",
      "this April": "2024-04-15 ±15",
      "last May": "2023-05-15 ±15",
      "last april": "2024-04-15 ±15",
      "since early March": "2024-03-15 ±15",
      "in spring": "2024-04-15 ±45",
      "last spring": "2023-04-15 ±45",
      "over the summer": "2023-07-15 ±45",
      "during the autumn": "2023-10-15 ±45",
      "in the fall": "2023-10-15 ±45",
      "last winter": "2024-01-15 ±45",
      "this winter": "2024-01-15 ±45",
    });
    reads({ "in winter": "2024-01-15 ±45", "last winter": "2023-01-15 ±45" }, Date.UTC(2023, 11, 5, 1));
    reads({ "January 1": "2024-01-01 ±2", "December 31": "2023-12-31 ±2" }, Date.UTC(2024, 0, 1, 1));
    reads({ "February 29": "2024-02-29 ±2" });
    reads({ "February 29": "1896-02-29 ±2" }, Date.UTC(1904, 1, 28, 1));
  });

  test("months, seasons and years", () => {
    reads({
      "May 2023": "2023-05-15 ±15",
      "may 2023": "2023-05-15 ±15",
      "back in march of 2021": "2021-03-15 ±15",
      "in may last year": "2023-05-15 ±15",
      "last year in May": "2023-05-15 ±15",
      "the 2023-05 report": "2023-05-15 ±15",
      "summer 2022": "2022-07-15 ±45",
      "the fall of 2022": "2022-10-15 ±45",
      "winter of 2023": "2023-01-15 ±45",
      "in 2021": "2021-07-01 ±120",
      "why did sales fall in 2020?": "2020-07-01 ±120",
      "what was new in 1999": "1999-07-01 ±120",
    });
  });

  test("days that never were are no time, nor part of one", () => {
    reads({
      "on Feb 31": "none",
      "February 30, 2024": "none",
      "Feb 29 2023": "none",
      "31 April": "none",
      "May 0": "none",
      "May 99": "none",
      "2023-02-29": "none",
      "2023-13-01": "none",
      "2023-00-10": "none",
    });
  });

  test("what only looks like a time is none", () => {
    reads({
      "": "none",
      "may 3 people join?": "none",
      "the 3 may fail": "none",
      "it may 2 days later": "none",
      "march 3 miles": "none",
      "this may break": "none",
      "you may": "none",
      "how do I configure CORS in Spring Boot?": "none",
      "does this fall under the policy": "none",
      "1.5 days ago": "none",
      "twenty-one days ago": "none",
      "twenty one days ago": "none",
      "half a year ago": "none",
      "12345 days ago": "none",
      "last weekend": "none",
      "version 2024.05": "none",
      "in 2024.1": "none",
      "in 3024": "none",
      "May 3.5 percent": "none",
      "May 20:30": "none",
      "marching 3": "none",
      "12-2024-05-031": "none",
    });
  });

  test("of several times, the one that tells most", () => {
    reads({
      "in 2023, on May 3, 2022": "2022-05-03 ±2",
      "what did I say yesterday of the offsite in June": "-1 ±1",
      "recently, 2 days ago": "-2 ±2",
      "in June, on 3 June": "2023-06-03 ±2",
    });
  });

  test("closeness: whole within the tolerance, gone at three of it", () => {
    const target = { at: NOW, tolerance: 5 * DAY };
    for (const [days, expected] of [
      [0, 1],
      [5, 1],
      [7.5, 0.75],
      [10, 0.5],
      [15, 0],
      [99, 0],
    ] as const) {
      equal(closeness(NOW + days * DAY, target), expected, `${days}`);
      equal(closeness(NOW - days * DAY, target), expected, `-${days}`);
    }
    equal(
      [0, 1].map((at) => closeness(at, { at: 0, tolerance: 0 })),
      [1, 0],
    );
  });

  test("any text at any time: a time or none, and at once", () => {
    const part = fc.oneof(
      anyText({ maxLength: 6 }),
      fc.constantFrom(
        ..."in on last May march of the 3 31st 2023 2023-02 -30 ago days week year a couple fall Feb , . :".split(" "),
      ),
    );
    const query = fc.array(part, { maxLength: 12 }).map((parts) => parts.join(" "));
    fc.assert(
      fc.property(query, fc.integer({ min: -2e12, max: 8e12 }), (query, now) => {
        const target = englishTimes(query, now);
        if (target === undefined) return;
        ok(Number.isFinite(target.at) && target.tolerance > 0, `${target.at} ±${target.tolerance}`);
        equal(closeness(target.at, target), 1);
      }),
      { numRuns: cases(1000) },
    );
    for (const piece of ["a", " ", "1", "in ", "may ", "last ", "3 ", "in the ", "may, of ", "2024-", "couple of "]) {
      englishTimes(piece.repeat(20_000), NOW);
    }
  });
};
