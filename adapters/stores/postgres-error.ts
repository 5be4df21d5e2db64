import { type ErrorCode, MnemeError } from "../../src/index.ts";

/** The store's own, raised inside the server. */
export const CONFLICT = "MN001";
export const NEWER = "MN002";
export const NO_PGVECTOR = "MN003";
/** Others may still read what was removed. */
export const SEEN = "MN004";

interface Meaning {
  states: RegExp;
  code: ErrorCode;
  problem: string;
  remedy: string;
}

/** What the server's states mean. Their first two characters are a class. */
const MEANINGS: Meaning[] = [
  {
    states: new RegExp(CONFLICT),
    code: "conflict",
    problem: "A put's condition did not hold: the key was there, or not at the revision expected.",
    remedy: "Read the entry again and decide anew.",
  },
  {
    states: new RegExp(NEWER),
    code: "newer",
    problem: "The tables were made by a newer version of mneme.",
    remedy: "Update mneme, or use another schema.",
  },
  {
    states: new RegExp(NO_PGVECTOR),
    code: "unsupported",
    problem: "Searching in the engine needs the pgvector extension, 0.8 or newer.",
    remedy: 'Update it, or leave out vectors: "pgvector".',
  },
  {
    states: new RegExp(SEEN),
    code: "store",
    problem: "A transaction that is under way may still read what was removed.",
    remedy:
      "End it, wherever on the server it is (pg_stat_activity, pg_prepared_xacts, an xmin in pg_replication_slots); then scrub again.",
  },
  {
    states: /^25001/,
    code: "store",
    problem: "The client is in a transaction, which keeps what it removed until it ends.",
    remedy: "End it first.",
  },
  {
    states: /^(42P01|42P02|42703|42883|3F000|42P10|42809|42P07|42723)/,
    code: "corrupt",
    problem: "Tables or functions of the schema are missing, or are not of this store.",
    remedy: "Restore a backup, or use another schema.",
  },
  {
    states: /^(XX001|XX002)/,
    code: "corrupt",
    problem: "The server says that stored data are damaged.",
    remedy: "Restore a backup.",
  },
  {
    states: /^42501/,
    code: "store",
    problem: "The role lacks a permission.",
    remedy:
      "It needs the right to create a schema, or to own one made for it and what is in it; and, for pgvector, to create the extension.",
  },
  {
    states: /^28/,
    code: "store",
    problem: "The server refused the role or its password.",
    remedy: "Check the client's connection.",
  },
  { states: /^53100/, code: "store", problem: "The server's disk is full.", remedy: "Make room." },
  {
    states: /^(53300|08|57P0)/,
    code: "store",
    problem: "The server takes no connection now.",
    remedy: "Try again later; look at the server and at the size of the pool.",
  },
  {
    states: /^(40001|40P01)/,
    code: "store",
    problem: "Other transactions stood in the way each time; nothing was written.",
    remedy: "Try again.",
  },
  {
    states: /^(57014|55P03)/,
    code: "store",
    problem: "It took longer than the server allows; nothing was written.",
    remedy: "Raise statement_timeout or lock_timeout, or look for what holds a transaction open.",
  },
  {
    states: /^25006/,
    code: "store",
    problem: "The server, or the transaction, is read-only.",
    remedy: "Connect to the primary server.",
  },
];

/**
 * A client's failure as a MnemeError. The client's own error is not passed on: some hold the connection's address with its
 * password, the query's parameters, or the whole client.
 */
export function translated(operation: string, failure: unknown): MnemeError {
  if (failure instanceof MnemeError) return failure;
  const state = stateOf(failure);
  const meaning = MEANINGS.find(({ states }) => states.test(state));
  const said = withoutSecrets(String((failure as Error | undefined)?.message ?? failure));
  const head = `The postgres store failed in ${operation}`;
  if (meaning === undefined) {
    return new MnemeError(
      "store",
      `${head}: ${said}${state && ` (${state})`}.`,
      "See what the server or the client says.",
    );
  }
  const { code, problem, remedy } = meaning;
  return new MnemeError(
    code,
    `${head}. ${problem}${state.startsWith("MN") ? "" : ` It says: ${said} (${state}).`}`,
    remedy,
  );
}

/** SQLSTATE, or a system's code such as ECONNREFUSED. */
function stateOf(failure: unknown): string {
  const code = (failure as { code?: unknown } | null | undefined)?.code;
  return typeof code === "string" ? code : "";
}

/** Nobody answered, or one who cannot serve now: what has no state of the server's, or one of these classes. */
export function isOutage(failure: unknown): boolean {
  const state = stateOf(failure);
  const isServers = /^(?=.*\d)[0-9A-Z]{5}$/.test(state); // a system's EPIPE is as long, but has no digit
  return !isServers || /^(08|53|57|58|XX000)/.test(state);
}

/** The server undid everything because of other transactions, and asks to be asked again. */
export function isUndone(failure: unknown): boolean {
  return /^(40001|40P01)$/.test(stateOf(failure));
}

/** Others have a table, or may read what was removed from it: when they have ended, they do not. */
export function isHeld(failure: unknown): boolean {
  return /^(55P03|MN004)$/.test(stateOf(failure));
}

/** The server did not find a table. */
export function isMissing(failure: unknown): boolean {
  return /^(42P01|3F000)$/.test(stateOf(failure));
}

/** Without addresses that name a user, without values of password-like words, without tokens. */
export function withoutSecrets(text: string): string {
  return text
    .replace(/\b[a-z][a-z0-9+.-]*:\/\/[^\s"'`<>]*@[^\s"'`<>]*/gi, "[address]")
    .replace(
      /\b(pass(?:word|wd)?|pwd|secret|token|api[-_]?key|authorization)(\s*[=:]\s*)("[^"]*"|'[^']*'|(?:bearer\s+)?[^\s,;&)]+)/gi,
      "$1$2[removed]",
    )
    .replace(/\bbearer\s+[^\s,;]+/gi, "Bearer [removed]")
    .slice(0, 500);
}
