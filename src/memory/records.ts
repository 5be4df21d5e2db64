import { type Line, type Lines, parsed, textOf } from "./lines.ts";

/** What may be a memory. */
export interface Found {
  /** The number of its line; in a list, its place there. From 1. */
  line: number;
  /** Undefined: it is not JSON. */
  value: unknown;
}

/** Of a line, where each is by itself. */
const LONGEST = 2 ** 24;
/** What lists of memories are called where they are not all there is. */
const LISTS = ["results", "memories"];

/** The members of a JSON list, by itself or in an object; or a JSON value a line. A list is held whole, lines are not. */
export async function* recordsIn(lines: Lines, first: Line): AsyncGenerator<Found, undefined> {
  const value = parsed(textOf(first.bytes));
  if (value === undefined) {
    const all = [first, ...(await lines.rest())];
    const texts = all.map(({ bytes }) => textOf(bytes));
    const whole = texts.includes(undefined) ? undefined : parsed(texts.join("\n"));
    if (whole !== undefined) yield* membersOf(whole);
    else for (const line of all) yield* inLine(line);
    return;
  }
  lines.limit = LONGEST;
  let line = await nextFilled(lines);
  if (line === undefined) return yield* membersOf(value);
  yield* inLine(first);
  for (; line !== undefined; line = await nextFilled(lines)) yield* inLine(line);
}

/** The next line with something in it. */
export async function nextFilled(lines: Lines): Promise<Line | undefined> {
  for (;;) {
    const line = await lines.next();
    if (line === undefined || textOf(line.bytes)?.trim() !== "") return line;
  }
}

function* membersOf(value: unknown): Iterable<Found> {
  const list = listIn(value) ?? [value];
  for (const [at, member] of list.entries()) yield { line: at + 1, value: member };
}

/** One value, or a page of a list. */
function* inLine({ number, bytes }: Line): Iterable<Found> {
  const value = parsed(textOf(bytes));
  for (const member of listIn(value) ?? [value]) yield { line: number, value: member };
}

function listIn(value: unknown): unknown[] | undefined {
  if (Array.isArray(value)) return value;
  const fields = Object(value) as Record<string, unknown>;
  const name = LISTS.find((name) => Array.isArray(fields[name]));
  return name === undefined ? undefined : (fields[name] as unknown[]);
}
