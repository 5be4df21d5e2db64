import { MnemeError } from "../error.ts";
import type { Json, JsonObject } from "../store/entry.ts";

/** One answer of a recording. */
export interface Recorded {
  namespace: string;
  query: string;
  /** The fingerprint of what the answer depends on besides; absent where there is no scope. */
  scope?: string;
  tags?: string[];
  metadata?: JsonObject;
  response: Json;
}

const VERSION = 1;

/** As text that is read in a review: in an order of its own, and without times, so that the same answers are the same bytes. */
export function print(entries: readonly Recorded[]): string {
  const sorted = [...entries].sort(
    (a, b) => compare(a.namespace, b.namespace) || compare(a.query, b.query) || compare(a.scope ?? "", b.scope ?? ""),
  );
  return `${JSON.stringify({ mneme: "recording", version: VERSION, entries: sorted }, null, 2)}\n`;
}

/** Editors may have put a mark at its start, and other ends of lines. */
export function parse(text: string, name: string): Recorded[] {
  let file: { mneme?: unknown; version?: unknown; entries?: unknown } | null;
  try {
    file = JSON.parse(text.replace(/^\ufeff/, "")) as typeof file;
  } catch (cause) {
    if (!isRecording(text)) throw foreign(name);
    throw corrupt(name, `is damaged: ${(cause as Error).message}.`, cause);
  }
  if (file?.mneme !== "recording") throw foreign(name);
  if (typeof file.version === "number" && file.version > VERSION) {
    throw new MnemeError("newer", `${name} was written by a newer mneme (version ${file.version}).`, "Update mneme.");
  }
  const { entries } = file;
  if (!Array.isArray(entries)) throw corrupt(name, "has no list of entries.");
  const known = new Set<string>();
  for (const [i, entry] of entries.entries()) {
    if (!isRecorded(entry)) throw corrupt(name, `has an entry that is none (entries[${i}]).`);
    const own = JSON.stringify([entry.namespace, entry.query, entry.scope]);
    if (known.has(own)) throw corrupt(name, `has two answers to one question (entries[${i}]).`);
    known.add(own);
  }
  return entries as Recorded[];
}

/** Whether it may be replaced: it begins as a recording does, however it goes on. */
export function isRecording(text: string): boolean {
  return /^\ufeff?\s*(?:\{\s*"mneme":\s*"recording"|$)/.test(text);
}

export function foreign(name: string): MnemeError {
  return new MnemeError("corrupt", `${name} is no recording of mneme.`, "Name another file, or remove this one.");
}

function corrupt(name: string, problem: string, cause?: unknown): MnemeError {
  const remedy = 'Restore it as it was committed, or record it anew with mode: "record".';
  return new MnemeError("corrupt", `The recording ${name} ${problem}`, remedy, { cause });
}

function isRecorded(entry: unknown): entry is Recorded {
  if (typeof entry !== "object" || entry === null) return false;
  const { namespace, query, scope, tags = [], metadata = {}, response } = entry as Partial<Recorded>;
  return (
    typeof namespace === "string" &&
    typeof query === "string" &&
    (scope === undefined || (typeof scope === "string" && /^[\da-f]{32}$/.test(scope))) &&
    Array.isArray(tags) &&
    tags.every((tag) => typeof tag === "string") &&
    typeof metadata === "object" &&
    metadata !== null &&
    !Array.isArray(metadata) &&
    response !== undefined
  );
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
