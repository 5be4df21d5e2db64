import { MnemeError } from "../../src/index.ts";

/** What engines say, and what it means. Their codes differ; the words are SQLite's own, the same in every engine. */
const MEANINGS: [says: RegExp, code: "conflict" | "corrupt" | "store", problem: string, remedy: string][] = [
  [
    /mneme_conflict/,
    "conflict",
    "A put's condition did not hold: the key was there, or not at the revision expected.",
    "Read the entry again and decide anew.",
  ],
  [
    /cannot VACUUM|table is locked|busy executing/,
    "store",
    "The connection has a transaction or a statement of its own under way.",
    "End it first.",
  ],
  [
    /not a database|malformed|corrupt/i,
    "corrupt",
    "The database is damaged, or is no database.",
    "Restore a backup, or delete the file.",
  ],
  [/disk is full|no space|ENOSPC|quota/i, "store", "The disk is full.", "Make room, or put the file elsewhere."],
  [
    /disk I\/O error/i,
    "store",
    "The database's file could not be read or written.",
    "Make room if the disk, or a browser's quota for the site, is used up.",
  ],
  [
    /readonly|read-only|EROFS|EACCES|EPERM|permission denied/i,
    "store",
    "The database cannot be written to.",
    "Give this process the right to write the file and its folder.",
  ],
  [
    /locked|busy/i,
    "store",
    "Another process kept the database locked for five seconds.",
    "Look for one that holds a transaction open; mneme's own last milliseconds.",
  ],
  [/EEXIST/, "store", "The file is there already.", "Name a file that does not exist yet."],
  [
    /unable to open|ENOENT|ENOTDIR|EISDIR/i,
    "store",
    "The database cannot be opened.",
    "Check that the folder exists, that the path names a file, and that this process has the right to read and write it.",
  ],
];

/** An engine's failure as a MnemeError; one that is already is left as it is. */
export function translated(operation: string, cause: unknown): MnemeError {
  if (cause instanceof MnemeError) return cause;
  const message = String((cause as Error)?.message ?? cause);
  const meaning = MEANINGS.find(([says]) => says.test(`${(cause as Error)?.name} ${message}`)); // a browser's says it by name
  if (meaning === undefined) {
    return new MnemeError("store", `The sqlite store failed in ${operation}: ${message}.`, "See the cause.", { cause });
  }
  const [, code, problem, remedy] = meaning;
  return new MnemeError(code, `The sqlite store failed in ${operation}. ${problem}`, remedy, { cause });
}
