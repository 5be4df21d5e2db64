import { type ErrorCode, MnemeError } from "../../src/index.ts";

// A few assertions without dependencies, so that what is published as mneme/testing runs under any test runner.

export function ok(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

/** Deep and strict; typed arrays by content; -0 is 0. */
export function equal<T>(actual: T, expected: T, message = ""): void {
  const path = difference(actual, expected, "");
  if (path === undefined) return;
  throw new Error(
    `${message && `${message}: `}expected ${show(expected)}, got ${show(actual)}${path && ` (at ${path})`}`,
  );
}

/** That it fails with a MnemeError of this code, at once or by promise. Returns the error. */
export async function fails(run: () => unknown, code: ErrorCode): Promise<MnemeError> {
  const error = await rejection(run);
  ok(error instanceof MnemeError, `expected a MnemeError "${code}", got ${error}`);
  equal(error.code, code, error.message);
  return error;
}

/** What it throws or rejects with. */
export async function rejection(run: () => unknown): Promise<unknown> {
  try {
    await run();
  } catch (error) {
    return error;
  }
  throw new Error("expected a failure, but it succeeded");
}

/** Where two values first differ, or undefined. */
function difference(a: unknown, b: unknown, path: string): string | undefined {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return undefined;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return path;
  if (Array.isArray(a) !== Array.isArray(b) || isBytes(a) !== isBytes(b)) return `${path} (another kind)`;
  if (a instanceof Map && b instanceof Map) return difference([...a], [...b], path);
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    if (Object.hasOwn(left, key) !== Object.hasOwn(right, key)) return `${path}.${key}`;
    const inner = difference(left[key], right[key], `${path}.${key}`);
    if (inner !== undefined) return inner;
  }
  return undefined;
}

/** Whose class is an answer; of other objects, one database's row is as good as another's. */
function isBytes(value: object): boolean {
  return ArrayBuffer.isView(value);
}

function show(value: unknown): string {
  const text = JSON.stringify(value, (_, item) => (ArrayBuffer.isView(item) ? Array.from(item as Float32Array) : item));
  return text === undefined ? String(value) : text.length > 500 ? `${text.slice(0, 500)}…` : text;
}
