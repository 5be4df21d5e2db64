import { masked } from "./address.ts";

// What came from entries may hold anything. On a terminal a control character is a command, and some others turn the line
// around: they are spelt out.
const UNSAFE = /[\0-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]|\p{Surrogate}/gu;

/** A text as one line, whatever is in it. */
export function printable(text: string): string {
  return text.replace(UNSAFE, (char) => {
    const short = { "\n": "\\n", "\r": "\\r", "\t": "\\t" }[char];
    return short ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** Cut to so many characters. */
export function short(text: string, length: number): string {
  const line = [...printable(text.length > 4 * length ? text.slice(0, 4 * length) : text)];
  return line.length > length || text.length > 4 * length ? `${line.slice(0, length - 1).join("")}…` : line.join("");
}

/** One document, that a terminal shows as it stands: JSON leaves some characters as they are. */
export function printJson(value: unknown): void {
  const text = JSON.stringify(value, null, 2).replace(/[\x7f-\uffff]/g, (char) => {
    UNSAFE.lastIndex = 0;
    return UNSAFE.test(char) && !/[\ud800-\udfff]/.test(char)
      ? `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`
      : char; // lone surrogates are spelt out already; pairs are characters
  });
  process.stdout.write(`${text}\n`);
}

/** Columns, each as wide as its widest cell; numbers to the right. */
export function printTable(rows: readonly (readonly (string | number)[])[], head: readonly string[] = []): void {
  const cells = [...(head.length > 0 ? [head] : []), ...rows].map((row) => row.map((cell) => printable(String(cell))));
  const widths = cells.reduce<number[]>((all, row) => row.map((cell, i) => Math.max(all[i] ?? 0, widthOf(cell))), []);
  const numeric = widths.map((_, i) => rows.length > 0 && rows.every((row) => typeof row[i] === "number"));
  for (const row of cells) {
    const line = row.map((cell, i) => {
      const room = " ".repeat(widths[i]! - widthOf(cell));
      return numeric[i] ? room + cell : cell + room;
    });
    process.stdout.write(`${line.join("  ").trimEnd()}\n`);
  }
}

/** On stderr, without secrets. */
export function complain(text: string): void {
  process.stderr.write(`${masked(text).split("\n").map(printable).join("\n")}\n`);
}

export function time(ms: number | null): string {
  if (ms === null) return "never";
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString().replace("T", " ").slice(0, 19);
}

export function size(bytes: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let unit = 0;
  for (; bytes >= 1000 && unit < units.length - 1; unit++) bytes /= 1000;
  return `${unit === 0 ? bytes : bytes.toFixed(1)} ${units[unit]}`;
}

/** As a terminal counts: East Asian characters and emoji take two places, marks none. */
function widthOf(text: string): number {
  let width = 0;
  for (const char of text) {
    if (/\p{Mark}/u.test(char)) continue;
    width +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u.test(
        char,
      )
        ? 2
        : 1;
  }
  return width;
}
