import { type ErrorCode, MnemeError } from "../../src/index.ts";

/** What servers and clients say, and what it means. */
const MEANINGS: [says: RegExp, problem: string, remedy: string, code?: ErrorCode][] = [
  [
    /\b(NOAUTH|WRONGPASS|Unauthorized)\b/i,
    "The server refused the credentials.",
    "Check the user, password or token the client was made with.",
  ],
  [
    /\bNOPERM\b/,
    "The server's user may not do that.",
    "Grant EVALSHA, EVAL and the commands that docs/stores/redis.md lists, on all keys under the prefix.",
  ],
  [/^OOM\b|maxmemory/, "The server's memory is used up.", "Raise maxmemory, or lower the cache's maxEntries."],
  [/\bREADONLY\b/, "The server is a replica, which takes no writes.", "Connect to the primary."],
  [
    /\bWRONGTYPE\b/,
    "A key under the prefix is not what mneme keeps there.",
    "Use another prefix, or delete the keys under this one.",
    "corrupt",
  ],
  [
    /\b(LOADING|BUSY|CLUSTERDOWN|MASTERDOWN|TRYAGAIN|MISCONF)\b/,
    "The server does not take commands at the moment.",
    "Try again when it does.",
  ],
  [
    /AOF background rewriting|\bBGSAVE\b/,
    "The server could not write its files anew.",
    "See its log: its disk may be full. Then scrub again.",
  ],
  [
    /\bunknown command\b/i,
    "The server does not have a command that is needed, or keeps it to its owner.",
    "Where others run the server, its files are theirs to see to.",
  ],
  [
    /Failed to fetch|Load failed|NetworkError/,
    "The server was not reached over HTTP, or the request was refused.",
    "In a page, give @upstash/redis { keepAlive: false }: otherwise the browser refuses requests past 64 KiB.",
  ],
];

const LONGEST = 300;

/**
 * A client's failure as a MnemeError; one that is already is left as it is. The client's own error is not handed on: it may
 * hold the address with its password, the token, and the command with what was cached.
 */
export function translated(operation: string, reads: boolean, cause: unknown): MnemeError {
  if (cause instanceof MnemeError) return cause;
  const said = saidBy(cause);
  const [, problem, remedy, code] = MEANINGS.find(([says]) => says.test(said)) ?? [
    undefined,
    "",
    "See what the server said.",
  ];
  const doubt = reads ? "" : " If the connection broke, whether anything was written is not known.";
  const what = `The redis store failed in ${operation}.${problem && ` ${problem}`} It was told: ${said}.${problem ? "" : doubt}`;
  return new MnemeError(code ?? "store", what, remedy);
}

export function isUnknownScript(cause: unknown): boolean {
  return /\bNOSCRIPT\b/.test(saidBy(cause));
}

/** The server writes its files anew already. */
export function isUnderWay(cause: unknown): boolean {
  return /already in progress/.test(saidBy(cause));
}

/** In one line, without the command, addresses, and whatever looks like a secret. */
function saidBy(cause: unknown): string {
  const { message = cause, cause: inner } = (cause ?? {}) as { message?: unknown; cause?: { message?: unknown } };
  const reason = typeof inner?.message === "string" ? [inner.message] : []; // fetch says why it failed in its cause
  return [String(message), ...reason].map(withoutSecrets).join(": ").slice(0, LONGEST);
}

function withoutSecrets(said: string): string {
  return said
    .replace(/,? *command was:[\s\S]*/i, "")
    .replace(/\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>)]+/gi, "(address)")
    .replace(/[^\s/@"']+:[^\s/@"']*@(?=[\w[])/g, "(credentials)@")
    .replace(/\b(bearer|basic)\s+\S+/gi, "$1 (secret)")
    .replace(/(pass|token|secret|auth|key)(\w*["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s,;]+)/gi, "$1$2(secret)")
    .replace(/\s+/g, " ")
    .trim();
}
