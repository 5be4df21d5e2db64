import { type ErrorCode, MnemeError } from "../../src/index.ts";

type Meaning = [problem: string, remedy: string, code?: ErrorCode];

const IN_MEMORY = 'Pass { fallback: "memory" } to go on without persistence.';

const MEANINGS: Record<string, Meaning> = {
  QuotaExceededError: [
    "The browser's quota for this site is used up.",
    "Clear a namespace; where even that is refused, delete the database. Asking for more: navigator.storage.persist.",
  ],
  BlockedError: [
    "Another tab or worker holds an older version of the database open.",
    "Close or reload the site's other tabs.",
  ],
  SecurityError: ["This page may not use IndexedDB.", IN_MEMORY],
  InvalidStateError: ["The browser has closed the database.", "Open the cache again."],
  NotFoundError: [
    "The database of this name is not one of mneme's, or is damaged.",
    "Use another name, or delete the database.",
    "corrupt",
  ],
  UnknownError: ["The browser could not use its storage.", IN_MEMORY],
  VersionError: ["The database was written by a newer mneme.", "Update mneme, or use another name.", "newer"],
};

/** Why a database is gone that was open. */
export type Loss = "deleted" | "upgraded" | "ended";

const LOSSES: Record<Loss, Meaning> = {
  deleted: ["The database was deleted, by another tab or with the site's data.", `Open the cache again. ${IN_MEMORY}`],
  upgraded: ["A newer mneme in another tab has taken the database over.", "Reload this page.", "newer"],
  ended: ["The browser has closed the database; cleared site data do that.", `Open the cache again. ${IN_MEMORY}`],
};

/** A browser's failure as a MnemeError; one that is already is left as it is. */
export function translated(operation: string, cause: unknown): MnemeError {
  if (cause instanceof MnemeError) return cause;
  const { name = "Error", message = String(cause) } = (cause ?? {}) as { name?: string; message?: string };
  const meaning = MEANINGS[name] ?? [`${name}: ${message}.`, "See the cause."];
  return failure(`failed in ${operation}`, meaning, cause);
}

export function lost(loss: Loss): MnemeError {
  return failure("lost its database", LOSSES[loss]);
}

function failure(what: string, [problem, remedy, code = "store"]: Meaning, cause?: unknown): MnemeError {
  return new MnemeError(code, `The indexeddb store ${what}. ${problem}`, remedy, { cause });
}
