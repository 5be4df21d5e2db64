import fc from "fast-check";
import { keyOf } from "../../src/text/key.ts";
import { normalise } from "../../src/text/normalise.ts";
import { sha256 } from "../../src/text/sha256.ts";
import { equal, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { anyText } from "./any-text.ts";
import { FOLDED, WHITE_SPACE } from "./casefold-expected.ts";

const WHITE: ReadonlySet<number> = new Set(WHITE_SPACE.trim().split(/\s/).map(hex));
const FOLDINGS: ReadonlyMap<number, string> = new Map(
  FOLDED.trim()
    .split(/\s/)
    .flatMap((run) => {
      const [first, count, step, folded] = run.split(",") as [string, string, string, string];
      const [head, ...tail] = folded.split("+").map(hex);
      return Array.from({ length: Number(count) }, (_, i): [number, string] => {
        const n = i * Number(step);
        return [hex(first) + n, String.fromCodePoint(head! + n, ...tail)];
      });
    }),
);

export const textTests: Suite = (test) => {
  test("sha256 equals the platform's, for any text and every length around the block size", async () => {
    const oracle = async (text: string): Promise<string> => {
      const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
      return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
    };
    equal(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    for (let length = 0; length <= 200; length++) equal(sha256("a".repeat(length)), await oracle("a".repeat(length)));
    equal(sha256("é".repeat(100_000)), await oracle("é".repeat(100_000)));
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme" }), async (text) => {
        equal(sha256(text), await oracle(text));
      }),
    );
  });

  test("texts that differ in a lone surrogate have different keys", () => {
    const keys = ["a\ud83d", "a\ud83e", "a\udc00", "a\ufffd", "a"].map((text) => keyOf(text));
    equal(new Set(keys).size, keys.length);
    equal(keyOf("a🧠"), sha256("a🧠"), "a whole pair is left alone");
  });

  test("normalising strips, collapses and folds", () => {
    const cases: [string, string][] = [
      ["", ""],
      ["  \t\n ", ""],
      ["  How   do\tI \n reset? ", "how do i reset?"],
      ["a\u00a0b\u2003c\u2028d\u0085e\u001cf", "a b c d e f"],
      ["a\u200bb\ufeffc", "a\u200bb\ufeffc"], // zero-width: not white space
      ["STRASSE", "strasse"],
      ["Straße", "strasse"],
      ["STRAẞE", "strasse"],
      ["ılık", "ılık"], // another word than ilik
      ["ﬁn", "fin"],
      ["ΟΔΟΣ ὁδός", "οδοσ ὁδόσ"],
      ["ΣΑΣ.", "σασ."], // no final sigma
      ["İstanbul", "i\u0307stanbul"], // as everywhere but in Turkey
      ["Ꭰ ꭰ ᏸ", "Ꭰ Ꭰ Ᏸ"], // Cherokee folds upwards
      ["ᾳ ᾼ ᾷ", "αι αι α\u0342ι"],
      ["ﬃ ŉ ſ և", "ffi ʼn s եւ"],
      ["𐐀𞤀 𝐀", "𐐨𞤢 𝐀"], // pairs of surrogates
      ["\u{16ea0} \u1c89 \ua7dc", "\u{16ea0} \u1c89 \ua7dc"], // newer than Unicode 14
      ["\ud801É\udc00", "\ud801é\udc00"],
      ["\ufeffA\x1c\x1d\x1e\x1f\x85B\u200b", "\ufeffa b\u200b"],
      ["É", "é"],
      ["E\u0301", "e\u0301"], // composed and decomposed stay apart
      ["你好 🧠", "你好 🧠"],
    ];
    for (const [text, expected] of cases) equal(normalise(text), expected, JSON.stringify(text));
  });

  test("white space is Python's, code point for code point", () => {
    const stripped: number[] = [];
    for (let code = 0; code < 0x110000; code++) {
      const space = String.fromCodePoint(code);
      const gap = normalise(`a${space}${space}b`) === "a b";
      if ((normalise(`${space}a${space}`) === "a") !== gap)
        throw new Error(`U+${code.toString(16)}: only at the ends or between`);
      if (gap) stripped.push(code);
    }
    equal(stripped, [...WHITE.keys()]);
  });

  test("every code point, alone and after a letter, folds as in Python", () => {
    equal([WHITE.size, FOLDINGS.size], [29, 1530]);
    const wrong: string[] = [];
    for (let code = 0; code < 0x110000; code++) {
      const char = String.fromCodePoint(code); // lone surrogates too
      const folded = FOLDINGS.get(code) ?? (WHITE.has(code) ? "" : char);
      if (normalise(char) !== folded || normalise(`A${char}`) !== `a${folded}`) wrong.push(code.toString(16));
    }
    equal(wrong, []);
  });

  test("a text folds as its code points do one by one", () => {
    const folding = [...FOLDINGS.keys()].map((code) => String.fromCodePoint(code));
    const unit = fc.oneof(
      fc.constantFrom(...folding),
      anyText({ minLength: 1, maxLength: 1 }),
      fc.constantFrom("\ud83d", "\ude00", "\u0301", "\u0307", "\u0345", "Σ", "σ", " ", "\x1c", "\ufeff", "."),
    );
    fc.assert(
      fc.property(fc.array(unit), (units) => {
        const text = units.join("");
        const spaced = Array.from(text, (char) => (WHITE.has(char.codePointAt(0)!) ? " " : char));
        const folded = spaced.map((char) => FOLDINGS.get(char.codePointAt(0)!) ?? char).join("");
        equal(normalise(text), folded.replace(/ +/g, " ").replace(/^ | $/g, ""));
        equal(normalise(normalise(text)), normalise(text));
      }),
    );
  });

  test("normalising twice is normalising once", () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        const once = normalise(text);
        equal(normalise(once), once);
        ok(!/^ | $| {2}/.test(once), "no white space at the ends, none doubled");
      }),
    );
  });
};

function hex(digits: string): number {
  return Number.parseInt(digits, 16);
}
