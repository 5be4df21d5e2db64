import fc from "fast-check";
import { keyOf } from "../../src/text/key.ts";
import { normalise } from "../../src/text/normalise.ts";
import { sha256 } from "../../src/text/sha256.ts";
import { equal, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";

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
    const keys = ["a\ud83d", "a\ud83e", "a\udc00", "a\ufffd", "a"].map(keyOf);
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
      ["É", "é"],
      ["E\u0301", "e\u0301"], // composed and decomposed stay apart
      ["你好 🧠", "你好 🧠"],
    ];
    for (const [text, expected] of cases) equal(normalise(text), expected, JSON.stringify(text));
  });

  test("white space is Python's, code unit for code unit", () => {
    const ranges = [
      [9, 13],
      [0x1c, 0x20],
      [0x85],
      [0xa0],
      [0x1680],
      [0x2000, 0x200a],
      [0x2028, 0x2029],
      [0x202f],
      [0x205f],
      [0x3000],
    ];
    const white = ranges.flatMap(([from, to = from]) => Array.from({ length: to! - from! + 1 }, (_, i) => from! + i));
    const stripped: number[] = [];
    for (let unit = 0; unit < 0x10000; unit++) {
      const space = String.fromCharCode(unit);
      const gap = normalise(`a${space}${space}b`) === "a b";
      equal(normalise(`${space}a${space}`) === "a", gap, `U+${unit.toString(16)} at the ends and between`);
      if (gap) stripped.push(unit);
    }
    equal(stripped, white);
  });

  test("normalising twice is normalising once", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const once = normalise(text);
        equal(normalise(once), once);
        ok(!/^ | $| {2}/.test(once), "no white space at the ends, none doubled");
      }),
    );
  });
};
