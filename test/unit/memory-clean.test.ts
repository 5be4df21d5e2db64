import fc from "fast-check";
import { clean, contentFingerprint, signalLength } from "../../src/memory/clean.ts";
import { sha256 } from "../../src/text/sha256.ts";
import { equal, ok } from "../conformance/assert.ts";
import { cases } from "../depth.ts";
import type { Suite } from "../harness.ts";
import { anyText } from "./any-text.ts";
import { HOSTILE, repeated } from "./memory-hostile.ts";

/** What is made of a text before it is kept. */
export const memoryCleanTests: Suite = (test) => {
  test("what is well-formed and visible stays as it is", () => {
    for (const text of [
      "The user likes coffee.",
      "a\tb\n\n  indented\n- item",
      "naïve 😀 👨‍👩‍👧‍👦 漢字 مرحبا\u200f e\u0301 zero\u200bwidth nb\u00a0sp",
      "Flags: 🏴󠁧󠁢󠁥󠁮󠁧󠁿 🏴 🇳🇴",
      "if (a < b && c > d) { return <div>x</div>; }",
      "<system-reminder> without an end",
      "an end without a beginning </system-reminder>",
      "Text in `<system-reminder>` and `</system-reminder>` is not the user's.",
      "<command-name>one</command-message>",
      "array[0m] is not an escape",
    ])
      equal(clean(text), text);
  });

  test("what is not, goes", () => {
    const table: [string, string][] = [
      ["", ""],
      [" \n\t a \n ", "a"],
      ["a\r\nb\rc\u2028d\u2029e\u0085f\u000bg\u000ch", "a\nb\nc\nd\ne\nf\ng\nh"],
      ["a\0b\u0001\u001f\u007f\u009fc", "abc"],
      ["\ufeffa\ufeffb", "ab"],
      ["a\ud83db\ude00c", "abc"],
      ["\ude00\ud83d\ud83d\ude00\ude00", "😀"],
      ["user\u202egnp.exe\u202c \u2066x\u2069", "usergnp.exe x"],
      ["hi\u{e0041}\u{e0042}\u{e007f} 🏴\u{e0067}", "hi 🏴"],
      [
        "\u001b[1;31mred\u001b[0m \u009b4mline\u001b]8;;https://a.b\u0007link\u001b]8;;\u001b\\ \u001b7",
        "red linelink",
      ],
      ["\u001b[12", "12"],
    ];
    for (const [text, expected] of table) equal(clean(text), expected, JSON.stringify(text));
  });

  test("blocks that agents put in go, and what was said inside wrappers stays", () => {
    const table: [string, string][] = [
      ["<system-reminder>noise</system-reminder>", ""],
      ["a\n\n<system-reminder>\nnoise\n</system-reminder>\n\nb", "a\n\nb"],
      ["a <system-reminder>noise</system-reminder> b", "a  b"],
      ["a<system-reminder>noise</system-reminder>b", "a b"],
      ["The <system-reminder> block: <system-reminder>noise</system-reminder>", "The <system-reminder> block:"],
      ["<system-reminder>a<system-reminder>b</system-reminder>c</system-reminder>d", "d"],
      ["<system-reminder>a<command-name>b</system-reminder>c</command-name>d", "d"],
      [
        "<command-name>/review</command-name>\n<command-message>review</command-message>\n<command-args>the login form</command-args>",
        "the login form",
      ],
      ["<bash-input>ls</bash-input><bash-stdout>a\nb</bash-stdout><bash-stderr></bash-stderr>", "ls"],
      // What is left must not be a block again.
      [
        "<system-<system-reminder>x</system-reminder>reminder>y</system-reminder>",
        "<system- reminder>y</system-reminder>",
      ],
    ];
    for (const [text, expected] of table) equal(clean(text), expected, JSON.stringify(text));
  });

  test("cleaning twice is cleaning once, of any text", () => {
    const unit = fc.oneof(anyText({ minLength: 1, maxLength: 1 }), fc.constantFrom(...PIECES));
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 30 }), (units) => {
        const once = clean(units.join(""));
        equal(clean(once), once);
        ok(!/[\0-\x08\x0b-\x1f\x7f-\x9f\ufeff]/.test(once), "a control character is left");
        equal(new TextDecoder().decode(new TextEncoder().encode(once)), once, "a half of a pair is left");
      }),
      { numRuns: cases(1000) },
    );
  });

  test("a signal is what is said: no labels, single spaces, code points", () => {
    const table: [string, number][] = [
      ["", 0],
      ["   \n ", 0],
      ["abc", 3],
      ["  a \n\n b\t", 3],
      ["😀👍", 2],
      ["User: hi\nAssistant:  hello", 8],
      ["**Human:** hi", 2],
      ["[AI]: ok", 2],
      ["> user : ok", 2],
      ["The user: me", 12],
      ["Username: me", 12],
      ["User:", 0],
    ];
    for (const [text, expected] of table) equal(signalLength(text), expected, JSON.stringify(text));
  });

  test("a fingerprint passes over case and white space, and nothing else", () => {
    const pinned = "d24add2f99bb999edcf69338f901d8b691c709789bd93e0d4bf033d02a1ce3c5";
    equal(contentFingerprint("  The user   likes COFFEE "), pinned);
    equal(contentFingerprint("the\u00a0user\u3000likes\n\tcoffee\u0085"), pinned);
    equal(contentFingerprint(""), sha256(""));
    equal(contentFingerprint("ΟΔΟΣ É"), contentFingerprint("οδος é"));
    const others = [
      "the user likes coffee.",
      "theuser likes coffee",
      "the user likes coffee\u200b",
      "a\ud83d",
      "a\ud83e",
    ];
    equal(new Set([pinned, ...others.map(contentFingerprint)]).size, 1 + others.length);
  });

  test("no text is too strange, or too long", () => {
    for (const unit of [...Object.values(HOSTILE), ...PIECES]) {
      const text = repeated(unit, cases(1_000_000));
      const cleaned = clean(text);
      ok(cleaned.length <= text.length, JSON.stringify(unit));
      ok(signalLength(text) <= text.length, JSON.stringify(unit));
    }
    equal(contentFingerprint(repeated(" \n", 1_000_000)), sha256(""));
  });
};

const PIECES = [
  "<system-reminder>",
  "</system-reminder>",
  "<system-",
  "reminder>",
  "<command-args>",
  "</command-args>",
  "<command-name>",
  "</command-name>",
  "`",
  " ",
  "\n",
  "\r",
  "\0",
  "\u001b",
  "\u001b[",
  "[0m",
  "\u001b]",
  "\u0007",
  "\ud83d",
  "\ude00",
  "🏴",
  "\u{e0067}",
  "\u{e007f}",
  "\u202e",
];
