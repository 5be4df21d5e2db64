import { argumentError } from "../error.ts";
import { sha256 } from "./sha256.ts";

/** Of what is given at the top, these do not change what a model answers. */
const OF_TRANSPORT = ["headers", "signal", "abortSignal"];
const REMEDY = "Give what the response depends on besides the query, as plain JSON.";

/**
 * What a response depends on besides the query, in 128 bits: equal for equal values, however their keys are ordered. Empty for
 * undefined. What no model sees is passed over: undefined, functions, signals, headers.
 */
export function scopeOf(given: unknown): string {
  if (given === undefined) return "";
  const text = canonical(given, "scope", []);
  if (text === undefined) throw argumentError("scope", "JSON", given, REMEDY);
  return sha256(text).slice(0, 32);
}

/** Fields by which a scope has what was said before. */
const TURNS = ["messages", "turns", "history", "context", "conversation", "previous", "thread"];

/** Whether a scope tells what was said before: a list of turns, or an object with one under a usual name. */
export function hasContext(scope: unknown): boolean {
  if (typeof scope !== "object" || scope === null) return false;
  if (Array.isArray(scope)) return scope.length > 0;
  return TURNS.some((name) => {
    const told: unknown = (scope as Record<string, unknown>)[name];
    return told !== undefined && told !== null && told !== "" && !(Array.isArray(told) && told.length === 0);
  });
}

/** A text that two values share only if they are equal; undefined for what is passed over. */
function canonical(value: unknown, path: string, inside: readonly object[]): string | undefined {
  switch (typeof value) {
    case "string":
    case "boolean":
      return JSON.stringify(value);
    case "bigint":
      return `${value}n`;
    case "number":
      if (Number.isFinite(value)) return JSON.stringify(value);
      throw argumentError(path, "JSON", value, REMEDY);
    case "object":
      break;
    default:
      return undefined;
  }
  if (value === null) return "null";
  if (inside.includes(value)) throw argumentError(path, "JSON that does not contain itself", value, REMEDY);
  const within = [...inside, value];
  if (Array.isArray(value)) {
    const items = Array.from(value as unknown[], (item, i) => canonical(item, `${path}[${i}]`, within) ?? "null");
    return `[${items}]`;
  }
  if (ArrayBuffer.isView(value)) return `<${new Uint8Array(value.buffer, value.byteOffset, value.byteLength)}>`;
  if (isOf("AbortSignal", value) || isOf("Headers", value)) return undefined;
  if ("toJSON" in value && typeof value.toJSON === "function") return canonical(value.toJSON(), path, within);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw argumentError(path, "a plain object", value, REMEDY); // its fields need not be all there is to it
  }
  const fields = Object.entries(value)
    .filter(([key]) => inside.length > 0 || !OF_TRANSPORT.includes(key))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, item]) => {
      const text = canonical(item, `${path}.${key}`, within);
      return text === undefined ? [] : [`${JSON.stringify(key)}:${text}`];
    });
  return `{${fields}}`;
}

/** Those of another realm have another class of this name, and those of Vercel's edge runtime do not tell theirs. */
export function isOf(name: "AbortSignal" | "Headers", value: unknown): boolean {
  return Object.prototype.toString.call(value) === `[object ${name}]` || value instanceof globalThis[name];
}
