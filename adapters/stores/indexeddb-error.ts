import { MnemeError } from "../../src/index.ts";

const MEANINGS: Record<string, [problem: string, remedy: string]> = {
  QuotaExceededError: [
    "The browser's quota for this site is used up.",
    "Clear a namespace, give entries a ttl, or ask for persistent storage (navigator.storage.persist).",
  ],
  BlockedError: ["Another tab holds an older version of the database open.", "Close or reload the site's other tabs."],
  SecurityError: ["This page may not use IndexedDB.", 'Pass { fallback: "memory" } to go on without persistence.'],
  InvalidStateError: [
    "The database was deleted or closed by the browser.",
    "Open the cache again; private windows and cleared site data lose it.",
  ],
  UnknownError: ["The browser could not use its storage.", 'Pass { fallback: "memory" } to go on without persistence.'],
};

/** A browser's failure as a MnemeError; one that is already is left as it is. */
export function translated(operation: string, cause: unknown): MnemeError {
  if (cause instanceof MnemeError) return cause;
  const { name = "Error", message = String(cause) } = (cause ?? {}) as { name?: string; message?: string };
  if (name === "VersionError") {
    return new MnemeError("newer", "The database was written by a newer mneme.", "Update mneme, or use another name.", {
      cause,
    });
  }
  const [problem, remedy] = MEANINGS[name] ?? [`${name}: ${message}.`, "See the cause."];
  return new MnemeError("store", `The indexeddb store failed in ${operation}. ${problem}`, remedy, { cause });
}

export function lost(): MnemeError {
  const [problem, remedy] = MEANINGS.InvalidStateError!;
  return new MnemeError("store", `The indexeddb store lost its database. ${problem}`, remedy);
}
