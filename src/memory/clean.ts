import { keyOf } from "../text/key.ts";

/** By which terminals colour, move and link. What stands between two of them stays. */
const ESCAPES = /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)|\x1b[0-_]/g;
const LINE_ENDS = /\r\n|[\r\v\f\x85\u2028\u2029]/g;
const LONE_SURROGATES = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
/** Controls, the byte order mark, and what makes a text read otherwise than it is written: embeddings, overrides and isolates. */
const UNSEEN = /[\0-\x08\x0e-\x1f\x7f-\x9f\ufeff\u202a-\u202e\u2066-\u2069]/g;
/** They spell ASCII that only a model can see. In the flags of Wales and the like they have their place. */
const TAGS = /(\u{1f3f4}[\u{e0030}-\u{e0039}\u{e0061}-\u{e007a}]{1,8}\u{e007f})|[\u{e0000}-\u{e007f}]/gu;

/** Blocks that agents put into a transcript, which nobody said. */
const BLOCKS = [
  "system-reminder",
  "command-name",
  "command-message",
  "local-command-stdout",
  "local-command-stderr",
  "local-command-caveat",
  "user-prompt-submit-hook",
  "bash-stdout",
  "bash-stderr",
  "ide_opened_file",
  "environment_context",
  "environment_details",
];
/** Around what somebody said. */
const WRAPPERS = ["command-args", "bash-input", "user_query"];
/** In backticks it is talked about. */
const MARKUP = new RegExp(`(?<!\`)<(/?)(${[...BLOCKS, ...WRAPPERS].join("|")})>`, "g");

/** What is worth keeping of a text: well-formed, with \n between lines, without what nobody sees or said. */
export function clean(text: string): string {
  const seen = text
    .replace(ESCAPES, "")
    .replace(LINE_ENDS, "\n")
    .replace(LONE_SURROGATES, "")
    .replace(UNSEEN, "")
    .replace(TAGS, "$1");
  return unwrapped(seen).trim();
}

type Cut = readonly [start: number, end: number];

/** Only what is opened and closed is cut out. What stood around it is never joined to one word, or to one tag. */
function unwrapped(text: string): string {
  let kept = "";
  let at = 0;
  for (let [start, end] of cuts(text)) {
    kept += text.slice(at, start);
    const startsLine = start === at || text[start - 1] === "\n";
    if (startsLine) while (/\s/.test(text[end] ?? "")) end++;
    else if (/\S\S/.test(text.slice(start - 1, start) + text.slice(end, end + 1))) kept += " ";
    at = end;
  }
  return kept + text.slice(at);
}

/** In order, none in another. */
function cuts(text: string): Cut[] {
  const found: Cut[] = [];
  const open = new Map<string, Cut[]>();
  for (const { 0: tag, 1: slash, 2: name, index } of text.matchAll(MARKUP)) {
    const end = index + tag.length;
    const opened = open.get(name!) ?? [];
    open.set(name!, opened);
    if (slash === "") opened.push([index, end]);
    else {
      const start = opened.pop();
      if (start === undefined) continue;
      if (WRAPPERS.includes(name!)) found.push(start, [index, end]);
      else found.push([start[0], end]);
    }
  }
  found.sort(([a], [b]) => a - b);
  const apart: Cut[] = [];
  for (const cut of found) {
    const last = apart.at(-1);
    if (last === undefined || cut[0] >= last[1]) apart.push(cut);
    else apart[apart.length - 1] = [last[0], Math.max(last[1], cut[1])];
  }
  return apart;
}

/** Who speaks, at the beginning of a line: "User:", "**Assistant:**", "[Human]:". */
export const ROLE_LABEL =
  /^[ \t>*#[(_-]{0,8}(?:user|human|assistant|ai|system|tool)[ \t]?[\])*_]{0,4}[ \t]?:[*_]{0,3}/gim;

/** How many characters carry meaning: code points, without labels of roles, and with single spaces. */
export function signalLength(text: string): number {
  let length = 0;
  for (const _ of text.replace(ROLE_LABEL, "").replace(/\s+/g, " ").trim()) length++;
  return length;
}

/** The same for what is the same but for case and white space. */
export function contentFingerprint(text: string): string {
  return keyOf(
    text
      .toLowerCase()
      .replace(/\p{White_Space}+/gu, " ")
      .replace(/^ | $/g, ""),
  );
}
