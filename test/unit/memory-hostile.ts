import { HOSTILE as OF_GUARDS } from "./guards-hostile.ts";

/** What is repeated to make texts that could take too long, or break what reads them. */
export const HOSTILE: Readonly<Record<string, string>> = {
  ...OF_GUARDS,
  "labels of roles": "User:",
  "labels on lines": "User: \n",
  "opening tags": "<system-reminder>",
  "closing tags": "</system-reminder>",
  "escapes without an end": "\x1b[1",
  "links without an end": "\x1b]8;;",
  "line ends": "\r",
};

export function repeated(unit: string, length: number): string {
  return unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
}
