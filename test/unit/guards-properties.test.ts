import fc from "fast-check";
import { defaultGuards, difference, isFollowUp, Reading } from "../../src/text/guards/kit.ts";
import { normalise } from "../../src/text/normalise.ts";
import { equal, ok } from "../conformance/assert.ts";
import { cases } from "../depth.ts";
import type { Suite } from "../harness.ts";
import { anyText } from "./any-text.ts";
import { HOSTILE } from "./guards-hostile.ts";
import { LANGUAGES } from "./guards-languages.ts";
import { PAIRS, PARAPHRASES } from "./guards-pairs.ts";

/** What holds of any text. */
export const guardsPropertiesTests: Suite = (test) => {
  test("whichever of two is asked, the same guards refuse", () => {
    fc.assert(
      fc.property(sentence, sentence, (a, b) => {
        const [one, other] = [new Reading(a), new Reading(b)];
        for (const { name, check } of defaultGuards) {
          const [there, back] = [check(one, other), check(other, one)];
          equal(there === undefined, back === undefined, `${name}: “${a}” and “${b}”: ${there ?? back}`);
        }
      }),
      { numRuns: cases(500) },
    );
  });

  test("of several ways to lay two texts side by side the same one is taken, whichever is asked", () => {
    for (const [a, b] of [
      ["How do of do do", "How do cats do dogs of"],
      ["How do do birds do", "How do cats the do"],
      ["How do of fish of", "How do how of cats"],
      ["How do eat of do", "How do do dogs do"],
    ] as const) {
      const [one, other] = [new Reading(a), new Reading(b)];
      equal(
        difference.check(one, other) === undefined,
        difference.check(other, one) === undefined,
        `“${a}” and “${b}”`,
      );
    }
  });

  test("no text refuses itself, in whatever case and spacing", () => {
    fc.assert(
      fc.property(sentence, spelling, spaces, (text, inCase, gaps) => {
        let gap = 0;
        const other = inCase(text).replace(/ /g, () => gaps[gap++ % gaps.length]!);
        equal(normalise(other), normalise(text));
        equal(refusal(text, text), undefined);
        equal(refusal(text, other), undefined, `“${text}” and “${other}”`);
      }),
      { numRuns: cases(500) },
    );
  });

  test("a digit that is another one is refused, always", () => {
    const digits = fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: 1, maxLength: 24 });
    const number = fc.oneof(
      digits,
      fc
        .tuple(digits, fc.constantFrom(".", ",", "-", ":", "/", "'", " to ", "–"), digits)
        .map((parts) => parts.join("")),
      fc.tuple(fc.constantFrom("$", "€", "-", "v", "GPT-", "#", "No. ", "("), digits).map((parts) => parts.join("")),
      fc
        .tuple(digits, fc.constantFrom(" kg", "kg", "%", " %", "th", " million", "k", ":00", ".0", "px", "€"))
        .map((parts) => parts.join("")),
      fc.tuple(digits, digits, digits, digits).map((parts) => parts.join(".")),
    );
    const scripts = fc.constantFrom(0x30, 0x660, 0x966, 0xff10);
    fc.assert(
      fc.property(
        frame,
        number,
        fc.nat(),
        fc.integer({ min: 1, max: 9 }),
        scripts,
        ([before, after], text, at, by, zero) => {
          const places = [...text.matchAll(/\d/g)].map(({ index }) => index);
          const place = places[at % places.length]!;
          const flipped = `${text.slice(0, place)}${(Number(text[place]) + by) % 10}${text.slice(place + 1)}`;
          const inScript = (text: string) => text.replace(/\d/g, (digit) => String.fromCodePoint(zero + Number(digit)));
          const [a, b] = [text, flipped].map((number) => `${before} ${inScript(number)} ${after}`) as [string, string];
          ok(refusal(a, b) !== undefined, `“${a}” got the answer of “${b}”`);
        },
      ),
      { numRuns: cases(1000) },
    );
  });

  test("“not” put in is refused, always", () => {
    fc.assert(
      fc.property(fc.constantFrom(...AUXILIARIES), subject, verb, object, ([auxiliary, negated], who, does, what) => {
        const text = `Why ${auxiliary} ${who} ${does} ${what}?`;
        for (const other of [
          `Why ${auxiliary} ${who} not ${does} ${what}?`,
          `Why ${negated} ${who} ${does} ${what}?`,
          `Why ${negated.replace("'", "")} ${who} ${does} ${what}?`,
          `Why ${auxiliary} ${who} never ${does} ${what}?`,
        ]) {
          ok(refusal(text, other) !== undefined, `“${text}” got the answer of “${other}”`);
          equal(refusal(other, other.toUpperCase()), undefined);
        }
      }),
    );
  });

  test("names in each other's place, and another name, are refused, always", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(place, { minLength: 3, maxLength: 3 }),
        fc.constantFrom(...BETWEEN),
        inCases,
        (names, between, inCase) => {
          const [a, b, c] = names as [string, string, string];
          const [before, middle, after] = between;
          const text = (x: string, y: string) => inCase(`${before} ${x} ${middle} ${y} ${after}`.trim());
          for (const other of [text(b, a), text(a, c), text(c, b)]) {
            ok(refusal(text(a, b), other) !== undefined, `“${text(a, b)}” got the answer of “${other}”`);
          }
        },
      ),
    );
  });

  test("another unit is refused, always", () => {
    const units =
      "kg,g,lb,oz|km,m iles,metres,cm,inches|GB,MB,TB,KB|hours,minutes,days,weeks,years|dollars,euros,pounds|am,pm|litres,ml"
        .replace("m iles", "miles")
        .split("|")
        .map((kind) => kind.split(","));
    const two = fc.constantFrom(...units).chain((kind) => fc.shuffledSubarray(kind, { minLength: 2, maxLength: 2 }));
    fc.assert(
      fc.property(
        frame,
        two,
        fc.nat(10_000),
        fc.constantFrom("", " "),
        ([before, after], [one, other], amount, gap) => {
          const text = (unit: string) => `${before} ${amount}${gap}${unit} ${after}`;
          ok(refusal(text(one!), text(other!)) !== undefined, `“${text(one!)}” got the answer of “${text(other!)}”`);
        },
      ),
    );
  });

  for (const [language, { same, other }] of Object.entries(LANGUAGES)) {
    test(`${language}: the same in other words passes; another number, address or quotation does not`, () => {
      for (const [a, b] of same) {
        equal([refusal(a, b), refusal(b, a)], [undefined, undefined], `“${a}” and “${b}”`);
        ok(!isFollowUp(a) && !isFollowUp(b), `“${a}” or “${b}” is taken for a follow-up`);
      }
      for (const [a, b] of other) ok(refusal(a, b) !== undefined, `“${a}” got the answer of “${b}”`);
      const [question] = same[0]!;
      for (const [a, b] of [
        ["7", "8"],
        ["https://example.org/a", "https://example.org/b"],
        ["“abc”", "“abd”"],
        ["AB-12", "AB-13"],
      ]) {
        ok(refusal(`${question} ${a}`, `${question} ${b}`) !== undefined, `${a} got the answer of ${b}`);
      }
    });
  }

  test("no text is too strange", () => {
    const texts = Object.values(HOSTILE).map((unit) => repeated(unit, cases(32_768)));
    for (const text of texts) {
      // The work for each must be in proportion to its length, or this is not over in time.
      const [one, other] = [new Reading(text), new Reading(`${text.slice(0, -4)} xyz`)];
      for (const { check } of defaultGuards) {
        equal(check(one, one), undefined);
        equal(check(one, other) === undefined, check(other, one) === undefined);
      }
      isFollowUp(one);
    }
    fc.assert(
      fc.property(anyText(), anyText(), (a, b) => {
        equal(refusal(a, a), undefined);
        refusal(a, b);
        isFollowUp(a);
      }),
      { numRuns: cases(500) },
    );
  });

  test("reading takes a number of tokens no larger than the text, whatever is in it", () => {
    for (const [what, unit] of Object.entries(HOSTILE)) {
      const { tokens } = new Reading(repeated(unit, 4096));
      ok(tokens.length <= 4096 * 6, `${what}: ${tokens.length}`);
      for (const token of tokens) ok(token.text !== "", what);
    }
  });
};

function refusal(asked: string, stored: string): string | undefined {
  const [ours, theirs] = [new Reading(asked), new Reading(stored)];
  for (const { name, check } of defaultGuards) {
    const reason = check(ours, theirs);
    if (reason !== undefined) return `${name}: ${reason}`;
  }
  return undefined;
}

function repeated(unit: string, length: number): string {
  return unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
}

const SENTENCES = [...PAIRS.flatMap(({ refused, passed }) => [...refused, ...passed]), ...PARAPHRASES].flat();
const WORDS = [...new Set(SENTENCES.flatMap((text) => text.split(" ")))];

/** Sentences, sentences with a word changed, put in, left out or moved, and words in no order. */
const sentence: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...SENTENCES),
  fc
    .tuple(fc.constantFrom(...SENTENCES), fc.nat(), fc.nat(1), fc.array(fc.constantFrom(...WORDS), { maxLength: 2 }))
    .map(([text, at, without, put]) => {
      const words = text.split(" ");
      words.splice(at % (words.length + 1), without, ...put);
      return words.join(" ").trim();
    }),
  fc.array(fc.constantFrom(...WORDS), { maxLength: 12 }).map((words) => words.join(" ").trim()),
);

const spelling = fc.constantFrom<((text: string) => string)[]>(
  (text) => text,
  (text) => text.toLowerCase(),
  (text) => text.toUpperCase(),
  (text) => text.replace(/(?<=^| )\p{L}/gu, (letter) => letter.toUpperCase()),
);
const inCases = fc.constantFrom<((text: string) => string)[]>(
  (text) => text,
  (text) => text.toLowerCase(),
  (text) => text.toUpperCase(),
);
const spaces = fc.array(fc.constantFrom(" ", "  ", "\t", " \n", "\u00a0", "\u3000"), { minLength: 1, maxLength: 5 });

const frame = fc.constantFrom<[string, string][]>(
  ["Can I carry", "on the boat?"],
  ["what does", "stand for"],
  ["Is it allowed to sell", "without a licence?"],
  ["Wo finde ich", "in der Stadt?"],
  ["", ""],
);
const AUXILIARIES = [
  ["does", "doesn't"],
  ["did", "didn't"],
  ["can", "can't"],
  ["should", "shouldn't"],
  ["would", "wouldn't"],
] as const;
const subject = fc.constantFrom("my cat", "the old clock", "a black hole", "Norway", "the 7:15 train", "our team");
const verb = fc.constantFrom("eat", "run on", "lean to", "sleep near", "stop at", "pay for", "belong to");
const object = fc.constantFrom("the left", "grass", "a hill", "Lima in June", "two tables", "the garden");
const place = fc.constantFrom("Lima", "Oslo", "Kyoto", "Berlin", "Nairobi", "Perth", "Quebec", "Boston");
const BETWEEN: readonly (readonly [string, string, string])[] = [
  ["How do I travel from", "to", "by train?"],
  ["Is", "larger than", "?"],
  ["Why did", "join the league before", "did?"],
  ["Does", "send more fish to", "in winter?"],
];
