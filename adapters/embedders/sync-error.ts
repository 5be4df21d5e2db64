// Not from index.ts: this runs in the worker too, and bundlers would put all that is loaded lazily there beside it.
import { type ErrorCode, MnemeError } from "../../src/error.ts";

interface Told {
  name: string;
  message: string;
  code?: string | number | undefined;
  remedy?: string | undefined;
  stack?: string | undefined;
}

/** UTF-16 code units, so that the JSON of an error fits any channel. */
const MAX_LENGTH = 4000;

/** An error as text, for another thread. */
export function errorText(error: unknown): string {
  const { name, message, code, remedy, stack } = (error instanceof Error ? error : new Error(String(error))) as Told;
  const cut = (text: unknown): string => String(text).slice(0, MAX_LENGTH);
  const told: Told = { name: cut(name), message: cut(message), stack: stack && cut(stack) };
  if (typeof code === "string" || typeof code === "number") told.code = typeof code === "string" ? cut(code) : code;
  // By its name: in a browser the embedder's bundle may have a class of its own.
  if (name === "MnemeError" && typeof remedy === "string") told.remedy = cut(remedy);
  return JSON.stringify(told);
}

/** The error that a text stands for: its name, message and code. */
export function errorOf(text: string): Error {
  const { name, message, code, remedy, stack } = JSON.parse(text) as Told;
  const error =
    remedy === undefined
      ? Object.assign(new Error(message), { name }, code === undefined ? {} : { code })
      : new MnemeError(code as ErrorCode, message.slice(0, message.length - remedy.length).trimEnd(), remedy);
  if (stack !== undefined) error.stack = stack;
  return error;
}
