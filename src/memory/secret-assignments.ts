import { set } from "../text/guards/words.ts";

/** The name, or the end of it, of what is secret; then what stands between it and its value: a sign, an option's space, a tag's end. */
const ASSIGNED =
  /(?<!\d:)(pass(?:word|wd|phrase|code)|pwd|token|secret(?:[ _-]?access)?(?:[ _-]?key)?|(?:api|access|private|account|encryption|signing|master|auth|client|service|subscription|licen[sc]e)[ _-]?key)(?:\\{0,7}["'`])?\]?(?:: ?(?:string|str)\b)?([ \t]{0,40}(?:={1,3}>?|:=|[:：])[ \t]{0,40}|(?<=--[\w-]{2,60})[ \t]{1,9}(?!-)|(?<=<[\w:.-]{2,60})>)/gi;
/** "The password for the archive is …". */
const SAID = /(pass(?:word|phrase|code)(?: (?:for|to|of|on) [^\n.:;=]{1,60}?)? is (?:now )?)/gi;

const QUOTE = /\\{0,7}["'`]/y;
/** By so much of it a value is judged. It bounds the work where every value may hold the next name. */
const BARE = /[^\s"'`,;<>()[\]{}]{1,256}/y;
const REST = /[^\s"'`,;<>()[\]{}]*/y;
const LONGEST = 256;
/** The next parameter of an address, and the end of a sentence. */
const BEHIND = /&[\w.-]{1,40}=|[.:]$/;

/** Replaces the secret values that a text assigns to names. */
export function assignments(text: string, marked: (kind: string) => string): string {
  const assigned = replaced(text, ASSIGNED, marked, isSecret);
  return replaced(assigned, SAID, marked, isSaid);
}

interface Value {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly isQuoted: boolean;
}

interface Assignment extends Value {
  readonly name: string;
  /** What parts the name from the value. */
  readonly sign: string;
  /** The line up to the name, and from the value on; of long ones only a part. */
  readonly before: string;
  readonly after: string;
}

function replaced(
  text: string,
  pattern: RegExp,
  marked: (kind: string) => string,
  isIt: (assignment: Assignment) => boolean,
): string {
  let kept = "";
  let at = 0;
  for (const { 0: whole, 1: name = "", 2: sign = "", index } of text.matchAll(pattern)) {
    if (index < at) continue; // in a value
    const value = valueAt(text, index + whole.length);
    const before = text.slice(Math.max(at, index - 40), index).replace(/^.*\n/s, "");
    const after = text.slice(value.end, value.end + 40).replace(/\n.*$/s, "");
    if (!isIt({ ...value, name, sign, before, after })) continue;
    kept += text.slice(at, value.start) + marked(kindOf(name));
    at = value.end + (value.text.length === LONGEST ? found(REST, text, value.end).length : 0);
  }
  return kept + text.slice(at);
}

function valueAt(text: string, at: number): Value {
  const quote = found(QUOTE, text, at);
  if (quote !== "") {
    const start = at + quote.length;
    const end = closing(text, quote, start);
    const inner = text.slice(start, end);
    if (!inner.includes("\n")) return { text: inner, start, end, isQuoted: true };
  }
  const bare = found(BARE, text, at);
  const behind = bare.search(BEHIND);
  const value = behind < 0 ? bare : bare.slice(0, behind);
  return { text: value, start: at, end: at + value.length, isQuoted: false };
}

function found(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
}

/** Where the quotation ends; at once where it does not. */
function closing(text: string, quote: string, start: number): number {
  let end = text.indexOf(quote, start);
  while (end >= 0 && text[end - 1] === "\\") end = text.indexOf(quote, end + 1);
  return Math.max(end, start);
}

function kindOf(name: string): string {
  if (/^p/i.test(name)) return "password";
  if (/^secret.access/i.test(name)) return "aws-secret";
  return /^(?:token|secret)$/i.exec(name)?.[0].toLowerCase() ?? "key";
}

/** Where a value would stand: that there is none, or what it is of. */
const NO_VALUES = set(`
none null nil undefined true false empty missing required optional unknown unset changed reset rotated expired invalid valid wrong incorrect
string number boolean bool bytes text hidden redacted masked encrypted hashed plain plaintext stored example placeholder changeme`);
/** Filled in later, or elsewhere. */
const PLACEHOLDER =
  /^(?:\[redacted:|[$%<{]|[*.•x]{3,}$|(?:your|my|the|some)[-_ ]|process\.|os\.|env[.:]|secrets\.|import\.|config\.|self\.|this\.|vault:\/|op:\/)/i;
const PATH = /^(?:~|\.{0,2})\/[a-z0-9_.-]+(?:\/|$)/;
/** Of how it is made, or of what type it is. */
const NAMES_OF_KINDS =
  /^(?:(?:sha|md|base|hs|rs|es|aes|ed|rsa|argon|oauth|utf|x|p|u?int|float|[iuf])-?\d+\w{0,3}|bcrypt|scrypt|pbkdf2|v?\d+(?:\.\d+)+)(?![A-Za-z0-9])|^[A-Z][a-z]*\d+Array$/i;
/** Another name: `password=user_password`, `token: accessToken`. */
const REFERENCE = /^[\w.-]*(?:[_.-]|[a-z](?=[A-Z]))(?:pass(?:word|wd)?|pwd|token|secret|key)s?$/i;
/** Nothing but the rest of the name, and what makes it one of a list. */
const ALONE = /^[ \t>*-]*["'`]?[\w.-]*$/;
const PROSE = / (?:is|are|was|must|should|can|cannot|has|the|to|not|required|your) /i;

function isSecret({ name, sign, text, isQuoted, before, after }: Assignment): boolean {
  const isPassword = /^p/i.test(name);
  if (text.length < (isPassword ? 4 : 6)) return false;
  const lower = text.toLowerCase();
  if (NO_VALUES.has(lower) || lower === name.toLowerCase() || PLACEHOLDER.test(text)) return false;
  if (REFERENCE.test(text) || NAMES_OF_KINDS.test(text)) return false;
  if (PATH.test(text) && kindOf(name) !== "aws-secret") return false;
  const hasBoth = /[a-z]/i.test(text) && /\d/.test(text);
  if (isQuoted) return isPassword ? !PROSE.test(text) : hasBoth || text.length >= 16;
  if (sign !== ">" && /^["'`(<[]/.test(after)) return false; // code
  if (hasBoth) return true;
  if (!isPassword) return /^[a-z]{16,}$/i.test(text) || /^\d{12,}$/.test(text);
  if (/^\d+$/.test(text) || /[^\p{L}\d_.:/-]/u.test(text)) return true;
  if (!/^\p{L}+$/u.test(text)) return false;
  // A word: of code, of a sentence, or a bad password.
  return /^(?:=|>|[ \t]+)$/.test(sign) || name === name.toUpperCase() || (ALONE.test(before) && after.trim() === "");
}

/** Said in a sentence, only what no word looks like, at the end of a clause. */
function isSaid({ text, after }: Assignment): boolean {
  const isEnd = /^["'`]?(?:[.,;!?)]|\s*$|\s+(?:and|but|for|on)\b)/.test(after);
  return (
    isEnd &&
    text.length >= 4 &&
    /[a-z]/i.test(text) &&
    /\d/.test(text) &&
    !PLACEHOLDER.test(text) &&
    !NAMES_OF_KINDS.test(text)
  );
}
