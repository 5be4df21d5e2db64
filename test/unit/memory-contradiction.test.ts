import fc from "fast-check";
import { compareFacts } from "../../src/memory/contradiction.ts";
import { equal, ok } from "../conformance/assert.ts";
import { cases } from "../depth.ts";
import type { Suite } from "../harness.ts";
import { anyText } from "./any-text.ts";
import { SEEN, UNSEEN } from "./memory-contradiction-pairs.ts";
import { HOSTILE, repeated } from "./memory-hostile.ts";

/** Which of two facts still holds. */
export const memoryContradictionTests: Suite = (test) => {
  // "Update" is what costs something where it is wrong: a fact that holds is seen no more.
  test("of the pairs that the rules were made by, updates are found, and nothing else is taken for one", () => {
    const { update, restatement, distinct } = counts(SEEN);
    ok(update.update >= 213, `${update.update} of 230 updates`);
    equal([restatement.update, distinct.update], [0, 0]);
    ok(restatement.restatement >= 207, `${restatement.restatement} of 230 restatements`);
    equal(distinct.distinct, 230);
  });

  // Seen for the first time: 67, 1 and 0 were taken for updates.
  test("so it is of the pairs that were kept aside", () => {
    const { update, restatement, distinct } = counts(UNSEEN);
    ok(update.update >= 67, `${update.update} of 70 updates`);
    equal([restatement.update, distinct.update], [0, 0]);
    ok(restatement.restatement >= 65, `${restatement.restatement} of 70 restatements`);
    equal(distinct.distinct, 70);
  });

  test("an amount, a time or a name in the place of another is an update; the same, otherwise written, is none", () => {
    for (const [what, ways] of Object.entries(WAYS)) {
      for (const [i, one] of ways.entries()) {
        for (const [j, other] of ways.entries()) {
          for (const a of one) {
            for (const b of other) {
              const [older, newer] = [what, what].map((frame, k) => frame.replace("…", [a, b][k]!)) as [string, string];
              equal(compareFacts(older, newer), i === j ? "restatement" : "update", `${older} | ${newer}`);
            }
          }
        }
      }
    }
  });

  test("any other number is an update, of one thing; of two things it is not", () => {
    const thing = fc.constantFrom("timeout", "budget", "limit of uploads", "size of the queue", "user's height");
    fc.assert(
      fc.property(thing, thing, fc.nat(100_000), fc.nat(100_000), (one, another, n, m) => {
        const fact = (of: string, value: number) => `The ${of} is ${value}.`;
        equal(compareFacts(fact(one, n), fact(one, m)), n === m ? "restatement" : "update");
        if (one !== another) ok(compareFacts(fact(one, n), fact(another, m)) !== "update", `${one} and ${another}`);
      }),
    );
  });

  test("what only the newer one takes back is an update; what only the older took back is not", () => {
    for (const [before, now] of TAKEN_BACK) {
      equal(compareFacts(before, now), "update", `${before} | ${now}`);
      ok(compareFacts(now, before) !== "update", `${now} | ${before}`);
      equal(compareFacts(now, now), "restatement");
    }
  });

  test("what is denied holds no more, whichever way", () => {
    for (const [a, b] of DENIED) {
      equal(compareFacts(a, b), "update", `${a} | ${b}`);
      equal(compareFacts(b, a), "update", `${b} | ${a}`);
    }
  });

  test("what is only near is no update", () => {
    for (const [a, b] of NEAR) ok(compareFacts(a, b) !== "update", `${a} | ${b}`);
  });

  test("what is told in another way is the same, or an update, as the pairs say", () => {
    for (const [a, b] of RESTATED) equal(compareFacts(a, b), "restatement", `${a} | ${b}`);
    for (const [a, b] of UPDATED) equal(compareFacts(a, b), "update", `${a} | ${b}`);
  });

  test("case and spaces change nothing", () => {
    for (const facts of [...pairs(UNSEEN.update), ...pairs(SEEN.distinct)]) {
      for (const fact of facts)
        equal(compareFacts(fact, `  ${fact.toUpperCase().replace(/ /g, " \n ")} `), "restatement");
    }
  });

  test("long texts are the same or distinct", () => {
    const long = (value: number) => `The limit is ${value}. ${"It was set by the team. ".repeat(50)}`;
    equal(compareFacts(long(5), long(5)), "restatement");
    equal(compareFacts(long(5), long(6)), "distinct");
  });

  test("no text is too strange, or too long", () => {
    for (const unit of [
      ...Object.values(HOSTILE),
      "from a to b ",
      "moved from ",
      "a.b",
      "3 May ",
      "12:00 ",
      "is not ",
    ]) {
      for (const length of [100, 600, cases(32_768)]) {
        const text = repeated(unit, length);
        equal(compareFacts(text, text), "restatement", unit);
        compareFacts(text, `${text.slice(0, -5)} 17`);
        compareFacts(`The user has ${text.slice(0, 500)}`, "The user has 5.");
      }
    }
    const word = fc.constantFrom(...new Set(Object.values(UNSEEN).join(" ").split(/\s+/)));
    const sentence = fc
      .array(fc.oneof(word, anyText({ maxLength: 4 })), { maxLength: 14 })
      .map((words) => words.join(" "));
    fc.assert(
      fc.property(sentence, sentence, (a, b) => {
        equal(compareFacts(a, a), "restatement");
        ok(["update", "restatement", "distinct"].includes(compareFacts(a, b)), `${a} | ${b}`);
      }),
      { numRuns: cases(500) },
    );
  });
};

type Counts = Record<keyof typeof SEEN, number>;

function counts(labelled: typeof SEEN): Record<keyof typeof SEEN, Counts> {
  const count = (text: string) => {
    const found: Counts = { update: 0, restatement: 0, distinct: 0 };
    for (const [older, newer] of pairs(text)) found[compareFacts(older, newer)]++;
    return found;
  };
  return {
    update: count(labelled.update),
    restatement: count(labelled.restatement),
    distinct: count(labelled.distinct),
  };
}

function pairs(text: string): [string, string][] {
  return text
    .trim()
    .split("\n")
    .map((line) => line.split(" | ") as [string, string]);
}

/** For "…", in each list what is the same in several ways. */
const WAYS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  "The meeting starts at ….": [
    ["9:30 am", "9:30 a.m.", "09:30"],
    ["21:30", "9:30 pm"],
    ["noon", "12:00"],
    ["4 pm", "16:00"],
  ],
  "The lease ends on ….": [
    ["3 March 2027", "March 3, 2027", "3rd of March 2027", "2027-03-03", "Mar 3, 2027"],
    ["4 March 2027", "2027-03-04"],
    ["3 May 2027", "2027-05-03"],
    ["3 March 2028", "2028-03-03"],
  ],
  "The limit of the upload is ….": [["10 MB", "10 megabytes", "ten MB", "10,240 KB"], ["25 MB"], ["10 GB", "10240 MB"]],
  "The cache is kept for ….": [
    ["90 minutes", "1.5 hours", "ninety minutes"],
    ["one hour", "60 minutes", "1 hour"],
    ["2 days", "48 hours"],
  ],
  "The rent is ….": [
    ["1,150 euros", "€1150", "1150 EUR"],
    ["1200 euros", "€1.2k"],
  ],
  "The report is sent ….": [
    ["weekly", "every week"],
    ["daily", "every day"],
    ["monthly", "each month"],
  ],
  "The database is ….": [
    ["Postgres 15", "PostgreSQL 15"],
    ["Postgres 16", "PostgreSQL v16"],
  ],
  "The branch is called ….": [
    ["main", '"main"', "'main'"],
    ["trunk", "“trunk”"],
  ],
  "The service is deployed to ….": [["us-east-1", "`us-east-1`"], ["us-east-2"], ["eu-west-1"]],
  "The address is ….": [["12 Canal Street"], ["48 Harbour Road"]],
};

const TAKEN_BACK: readonly (readonly [string, string])[] = [
  ["The user drinks coffee.", "The user no longer drinks coffee."],
  ["The user drinks coffee.", "The user does not drink coffee any more."],
  ["We use Redis for caching.", "We stopped using Redis for caching."],
  ["The user owns a boat named Ida.", "The user sold the boat named Ida."],
  ["The user works for the city of Graz.", "The user quit working for the city of Graz."],
  ["The linter is ESLint.", "The linter was changed from ESLint to Biome."],
  ["The linter is ESLint.", "The linter is Biome instead of ESLint."],
  ["The linter is ESLint.", "ESLint was replaced by Biome as the linter."],
];

const DENIED: readonly (readonly [string, string])[] = [
  ["The user eats meat.", "The user doesn't eat meat."],
  ["The endpoint is protected by a password.", "The endpoint is not protected by a password."],
  ["The flag is enabled in production.", "The flag is disabled in production."],
  ["The repository is public.", "The repository is private."],
  ["Telemetry is on by default.", "Telemetry is off by default."],
];

const NEAR: readonly (readonly [string, string])[] = [
  // Too little in common.
  [
    "The offsite is in Riga on Monday at the Grand with Olga.",
    "The offsite is now in Oslo on Friday at the Hilton with Ben.",
  ],
  ["The user lives in Berlin.", "The user works in Potsdam."],
  ["The user works at Bosch.", "The user works from Porto."],
  // Too little is taken back, or denied.
  ["The user's gym membership costs 40 euros a month and ends in May.", "The user cancelled the membership."],
  ["The user eats pork.", "The user doesn't eat."],
  ["The user eats red meat with rice and beans.", "The user doesn't eat red meat with rice or noodles."],
  [
    "Debug logging of slow requests is kept in the worker.",
    "Debug logging of slow requests was dropped in the gateway.",
  ],
  ["We deploy on Tuesdays at 2 pm.", "No deploys on Fridays."],
  ["The office isn't open on Sundays.", "The office is open on Saturdays."],
  // Too much is said besides.
  [
    "The rent of the studio is 900 euros.",
    "The rent of the studio is 950 euros with heating, water, electricity and internet.",
  ],
  [
    "The rent of the studio is 950 euros with heating, water, electricity and internet.",
    "The rent of the studio is 900 euros.",
  ],
  // What was is the same.
  ["The meeting has been moved to Thursday from Tuesday.", "The meeting was moved from Tuesday to Thursday."],
  [
    "We switched from Jenkins to GitHub Actions in 2022.",
    "In 2022 we moved from Jenkins to GitHub Actions for all repositories.",
  ],
  // Of something else.
  ["POST requests time out after 30 seconds.", "GET requests time out after 30 seconds."],
  ["The user checks in at 14:00.", "The user checks out at 11:00."],
  ["Build 812 artefacts are kept for a week.", "Build 815 artefacts are kept for a week."],
  ["Two approvals are required.", "Approvals are required within 3 days."],
  // What may be so, or may happen, more than once.
  ["The user travels to Lisbon a lot.", "The user travels to Madrid a lot."],
  ["The user visited the dentist on Monday.", "The user visited the dentist on Thursday."],
];

const RESTATED: readonly (readonly [string, string])[] = [
  ["The meeting starts at 9:30.", "The meeting starts at 9:30 pm."],
  ["The shop opens at 8.", "The shop opens at 8:00 am."],
];

const UPDATED: readonly (readonly [string, string])[] = [
  ["The user moved to Berlin.", "The user moved to Munich."],
  ["The supported Node version is 16.", "The supported Node version is 18."],
  ["the standup is on fridays", "the standup is on mondays"],
  ["Jan leads the payments squad.", "Omar leads the payments squad now."],
];
