import { differs, type Guard } from "./guard.ts";
import { folded, type Reading, remembered } from "./reading.ts";

const literalsOf = remembered(({ tokens }) => {
  const found = new Map<string, string>();
  for (const { kind, text } of tokens) {
    if (kind !== "literal" && kind !== "mixed" && !isCode(text)) continue;
    found.set(keyOf(text.replace(/^[`"“„«「]|[`"“”»」]$/g, "")).trim(), text);
  }
  return found;
});

const textOf = remembered(({ plain }) => keyOf(plain));

function keyOf(text: string): string {
  return folded(text).replace(/[‑-]/g, "");
}

/** camelCase, and names like GPT-4 or B2B, which letters and digits make up. */
function isCode(text: string): boolean {
  return /^\p{Ll}+\p{Lu}\p{Ll}+\p{Lu}/u.test(text);
}

/** What is quoted, code, addresses of the web and of mail, and names made of letters and digits: letter by letter the same. */
export const literals: Guard = {
  name: "literals",
  check(asked, stored) {
    return differs(lacking(asked, stored), lacking(stored, asked));
  },
};

function lacking(reading: Reading, other: Reading): string[] {
  const theirs = literalsOf(other);
  return [...literalsOf(reading)].filter(([key]) => !theirs.has(key) && !isIn(key, other)).map(([, text]) => text);
}

/** Quoted here, and not there, it is still the same thing. */
function isIn(literal: string, reading: Reading): boolean {
  const text = textOf(reading);
  for (let at = text.indexOf(literal); at >= 0; at = text.indexOf(literal, at + 1)) {
    const around = (text[at - 1] ?? "") + (text[at + literal.length] ?? "");
    if (!/[\p{L}\p{N}]/u.test(around)) return true;
  }
  return false;
}
