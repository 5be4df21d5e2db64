/** What went wrong, as a stable word to switch on. Messages may change; codes do not. */
export type ErrorCode =
  /** An argument is not what the call expects. */
  | "argument"
  /** The cache or store was closed, or a store was not opened yet. */
  | "closed"
  /** A write's condition did not hold; nothing was written. */
  | "conflict"
  /** A store's contents cannot be read. */
  | "corrupt"
  /** A vector's length is not the embedder's `dimensions`. */
  | "dimension"
  /** The user's embedder failed again and again, or did not answer. */
  | "embedder"
  /** The store was filled by another embedder, or with another `normalise`. */
  | "fingerprint"
  /** Memory is exhausted. */
  | "memory"
  /** The store was written by a newer version of mneme. */
  | "newer"
  /** There is no memory of this id in this namespace. */
  | "not-found"
  /** A promise came where only a plain value can be used. */
  | "promise"
  /** The store's engine failed. */
  | "store"
  /** The store is the destination of a restore or a reembed that has not ended. */
  | "unfinished"
  /** A recording that is replayed has no answer to what was asked. */
  | "unrecorded"
  /** This runtime lacks what the call needs. */
  | "unsupported"
  /** A vector has NaN or Infinity in it, or only zeros. */
  | "vector";

/**
 * Every error mneme throws: what was expected and what came (`message`), a stable `code`, and what to do next (`remedy`,
 * also the end of the message).
 */
export class MnemeError extends Error {
  override readonly name = "MnemeError";
  readonly code: ErrorCode;
  readonly remedy: string;

  constructor(code: ErrorCode, problem: string, remedy: string, options?: { cause?: unknown }) {
    super(`${problem} ${remedy}`, options);
    this.code = code;
    this.remedy = remedy;
  }
}

/** Describes a value for an error message, cut short, never its secrets: contents of objects are not shown. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === "function") return "a function";
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "an array" : "an object";
  return String(value);
}

export function argumentError(name: string, expected: string, got: unknown, remedy: string): MnemeError {
  return new MnemeError("argument", `"${name}" expected ${expected}, got ${shown(got)}.`, remedy);
}
