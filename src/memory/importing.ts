import { argumentError } from "../error.ts";
import { checkCount, checkNamespace, checkTier } from "./check.ts";
import type { Tier } from "./tier.ts";

export interface ImportOptions {
  /** "mneme": what `export` wrote. "mem0": memories of mem0. "jsonl": JSON objects with a content. Default: by the first of them. */
  format?: ImportFormat | undefined;
  /** Where all of them are to lie. Default: where the source says, else "default". */
  namespace?: string | undefined;
  /** What foreign memories are told by, in their tag `import:<source>:<date>` and their ids. Default: the format. */
  source?: string | undefined;
  /** What becomes of a memory whose id is there already, in the same namespace. Default "skip". */
  onConflict?: ConflictAction | undefined;
  /** The tier of foreign memories that have none. Default "episodic". */
  tier?: Tier | undefined;
  /** Foreign memories with fewer characters are left out. Default 20. */
  minLength?: number | undefined;
  /** Told after every batch how far it has come. Exceptions it throws are ignored. */
  onProgress?: ((progress: ImportProgress) => void) | undefined;
  signal?: AbortSignal | undefined;
}

export type ImportFormat = "mneme" | "mem0" | "jsonl";

export type ConflictAction =
  /** What is there stays. */
  | "skip"
  /** What is imported takes its place, with what it was before. */
  | "replace"
  /** A ConflictError; what was imported before stays. */
  | "error";

export interface ImportProgress {
  /** Lines read so far; of a list, its members. */
  lines: number;
  imported: number;
  skipped: number;
  replaced: number;
  /** Lines that were refused. */
  rejected: number;
}

/** What importing did. */
export interface Imported {
  format: ImportFormat;
  /** Memories that are new here. */
  imported: number;
  /** Those that were here already, by their id or by what they say. */
  skipped: number;
  replaced: number;
  /** Those that had vectors of another embedder and were given new ones. */
  reembedded: number;
  /** Those that could not be embedded: they are found by their words, and repaired later. */
  pending: number;
  /** What was refused, and why: the first hundred. `line` counts from 1; in a list, its members. */
  rejected: { line: number; reason: string }[];
  /** How many more were refused. */
  unlisted: number;
  /** What foreign memories are tagged with: `forget({ tag })` undoes their import. */
  tag: string | undefined;
}

export interface CheckedImport {
  readonly format: ImportFormat | undefined;
  readonly namespace: string | undefined;
  readonly source: string | undefined;
  readonly onConflict: ConflictAction;
  readonly tier: Tier;
  readonly minLength: number;
  readonly onProgress: (progress: ImportProgress) => void;
  readonly signal: AbortSignal | undefined;
}

const FORMATS: readonly ImportFormat[] = ["mneme", "mem0", "jsonl"];
const ACTIONS: readonly ConflictAction[] = ["skip", "replace", "error"];

export function checkImport(options: ImportOptions): CheckedImport {
  const { format, namespace, source, onConflict = "skip", onProgress = () => {}, signal } = options;
  if (format !== undefined && !FORMATS.includes(format)) {
    throw argumentError("format", `one of ${FORMATS.join(", ")}`, format, "Leave it out to have it found.");
  }
  if (!ACTIONS.includes(onConflict)) {
    throw argumentError("onConflict", `one of ${ACTIONS.join(", ")}`, onConflict, "Leave it out for the first.");
  }
  if (source !== undefined && !/^[^\0-\x1f]{1,100}$/.test(source)) {
    throw argumentError("source", "a text of 1 to 100 characters on one line", source, 'Such as "mem0".');
  }
  if (typeof onProgress !== "function") throw argumentError("onProgress", "a function", onProgress, "Or leave it out.");
  if (signal !== undefined && typeof signal?.addEventListener !== "function") {
    throw argumentError("signal", "an AbortSignal", signal, "Or leave it out.");
  }
  return {
    format,
    namespace: namespace === undefined ? undefined : checkNamespace(namespace),
    source,
    onConflict,
    tier: checkTier(options.tier) ?? "episodic",
    minLength: checkCount(options.minLength, "minLength") ?? 20,
    onProgress,
    signal,
  };
}
