import fc from "fast-check";
import { chunk as cut } from "../../src/memory/chunks.ts";
import { equal, ok } from "../conformance/assert.ts";
import { cases } from "../depth.ts";
import type { Suite } from "../harness.ts";
import { anyText } from "./any-text.ts";
import { HOSTILE, repeated } from "./memory-hostile.ts";

const chunk = (text: string): string[] => cut(text).map(({ start, end }) => text.slice(start, end));

const LONGEST = 1200;
const OVERLAP = 200;

/** How long texts are cut into pieces. */
export const memoryChunksTests: Suite = (test) => {
  test("a text of up to 1200 is one piece, as it is", () => {
    for (const text of ["", " ", "a", " a\n", "a".repeat(1200), "a b".repeat(400), "😀".repeat(600)])
      equal(chunk(text), [text]);
    equal(chunk("a".repeat(1201)).length, 2);
  });

  test("it is cut at the last paragraph, else line, sentence, word, else anywhere", () => {
    const first = (text: string) => chunk(text)[0]!.length;
    const text = (marks: Readonly<Record<number, string>>, filler = "a") => {
      const chars = Array.from({ length: 2000 }, () => filler);
      for (const [at, mark] of Object.entries(marks)) chars.splice(Number(at), mark.length, ...mark);
      return chars.join("");
    };
    equal(first(text({})), 1200);
    equal(first(text({ 700: " ", 1100: " " })), 1101);
    equal(first(text({ 700: ". ", 1100: " " })), 702);
    equal(first(text({ 700: '?" ', 1100: " " })), 703);
    equal(first(text({ 700: "。", 1100: " " })), 701);
    equal(first(text({ 700: "\n", 1100: ". " })), 701);
    equal(first(text({ 700: "\n\n", 1100: "\n" })), 702);
    equal(first(text({ 500: "\n\n", 1100: " " })), 1101, "not in the first half");
    equal(first(text({ 1199: " ", 1100: " " })), 1200);
    equal(first(text({ 1200: " ", 1100: " " })), 1101);
    equal(first(text({ 700: "1.5" })), 1200);
  });

  test("each piece repeats the last 200 of the one before", () => {
    const text = Array.from({ length: 3000 }, (_, i) => i.toString(36)).join(" ");
    const pieces = chunk(text);
    for (const [i, piece] of pieces.entries()) {
      if (i > 0) equal(piece.slice(0, OVERLAP), pieces[i - 1]!.slice(-OVERLAP));
    }
  });

  test("no pair is torn", () => {
    for (const before of ["", "a", `${"😀".repeat(550)} `]) {
      for (const piece of chunk(before + "😀".repeat(3000))) {
        ok(!/^[\udc00-\udfff]|[\ud800-\udbff]$/.test(piece), "a half of a pair");
      }
    }
  });

  test("64 pieces are the most, and what is beyond is left out", () => {
    const pieces = chunk("a".repeat(1_000_000));
    equal([pieces.length, pieces.at(-1)!.length], [64, LONGEST]);
    equal(chunk("a".repeat(64 * 1000 + 200)).length, 64, "not one too few");
  });

  test("every character is in a piece, of any text", () => {
    const unit = fc.oneof(
      anyText({ minLength: 1, maxLength: 300 }),
      fc.constantFrom("\n\n", "\n", ". ", " ", "😀", "\ud83d", "\ude00"),
      fc.nat(900).map((length) => "x".repeat(length)),
      fc.nat(400).map((length) => "😀".repeat(length)),
    );
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 60 }), (units) => {
        const text = units.join("");
        const pieces = chunk(text);
        ok(pieces.length <= 64, `${pieces.length} pieces`);
        let covered = 0;
        for (const piece of pieces) {
          ok(piece.length <= LONGEST, `a piece of ${piece.length}`);
          // A torn pair or another overlap would not be found here.
          const start = pieces.length === 1 ? 0 : startOf(text, piece, covered);
          ok(start >= 0, "a piece that does not go on where the last one was cut");
          ok(covered === 0 || start + piece.length > covered, "a piece with nothing new");
          covered = start + piece.length;
        }
        ok(covered === text.length || pieces.length === 64, `${covered} of ${text.length} are covered`);
      }),
      { numRuns: cases(300) },
    );
  });

  test("no text is too strange, or too long", () => {
    for (const unit of Object.values(HOSTILE)) ok(chunk(repeated(unit, 1_000_000)).length === 64, unit);
  });
};

/** 200 before what is covered, or one more before a pair. */
function startOf(text: string, piece: string, covered: number): number {
  if (covered === 0) return text.startsWith(piece) ? 0 : -1;
  return [covered - OVERLAP, covered - OVERLAP - 1].find((start) => text.startsWith(piece, start)) ?? -1;
}
