import { type ErrorCode, MnemeError } from "../../src/index.ts";
import type { Verdict } from "./store-link.ts";

/** What the SDK throws, as far as it is looked at. */
interface AwsError {
  name?: string;
  message?: string;
  /** Whose fault the server says it is. What is not its answer has none. */
  $fault?: "client" | "server";
  $metadata?: { httpStatusCode?: number; clockSkewCorrected?: boolean };
  CancellationReasons?: readonly Reason[];
}
export interface Reason {
  Code?: string;
  Item?: Record<string, object>;
}

/** What a batch left undone because the server was busy. */
export class LeftUndone extends Error {
  override readonly name = "ThrottlingException";
  override readonly message = "Nothing of a batch was done.";
}

/** By these the server says that it did nothing, and that the same may succeed later. */
const BUSY = new Set([
  "ProvisionedThroughputExceededException",
  "ThrottlingException",
  "RequestLimitExceeded",
  "TransactionConflictException",
  "TransactionInProgressException",
]);
const BUSY_REASONS = new Set(["None", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"]);

/** An answer that cannot be read, or in which the server blames itself, leaves open what was done. */
export function verdictOf(error: unknown): Verdict {
  const { $fault, $metadata, name } = (error ?? {}) as AwsError;
  const reasons = reasonsOf(error);
  if (reasons?.length && reasons.every(({ Code = "None" }) => BUSY_REASONS.has(Code))) return "busy";
  if (BUSY.has(String(name)) || $metadata?.clockSkewCorrected) return "busy";
  const status = $metadata?.httpStatusCode ?? 500;
  return ($fault !== undefined && status < 500) || name === "CredentialsProviderError" ? "answered" : "unanswered";
}

export function nameOf(error: unknown): string {
  return String((error as AwsError)?.name);
}

/** Why a transaction was not done, one reason for each of its actions; undefined for any other failure. */
export function reasonsOf(error: unknown): readonly Reason[] | undefined {
  return nameOf(error) === "TransactionCanceledException" ? ((error as AwsError).CancellationReasons ?? []) : undefined;
}

const MEANINGS: [name: RegExp, code: ErrorCode, problem: string, remedy: string][] = [
  [
    /ResourceNotFoundException/,
    "store",
    "The table does not exist.",
    "Create it as docs/stores/dynamodb.md says, or open the store with createTable: true; check the region.",
  ],
  [
    /ItemCollectionSizeLimitExceeded/,
    "store",
    "The store's entries have reached 10 GB, the most that DynamoDB keeps in one partition with local indexes.",
    "Set maxEntries or quotas, or divide the cache between several prefixes.",
  ],
  [
    /AccessDenied|UnrecognizedClient|InvalidSignature|ExpiredToken|CredentialsProvider|MissingAuthentication|InvalidClientToken/,
    "store",
    "AWS refused the credentials, or found none.",
    "Give credentials that may do what docs/stores/dynamodb.md lists, on the table and its indexes.",
  ],
  [
    /Throughput|Throttling|RequestLimit|TransactionConflict|TransactionInProgress/,
    "store",
    "The table was too busy for too long.",
    "Give it more capacity, or write less at once: one store takes some tens of commits a second.",
  ],
  [
    /ValidationException/,
    "store",
    "DynamoDB refused the request; perhaps the table was not made for mneme.",
    "Compare the table's keys and indexes with those in docs/stores/dynamodb.md.",
  ],
];

/**
 * An SDK's failure as a MnemeError. Only its name and its message go on, the latter without what may be secret: the error
 * itself, which can hold the request with its signature, does not.
 */
export function translated(operation: string, error: unknown, secrets: readonly string[] = []): MnemeError {
  if (error instanceof MnemeError) return error;
  const name = nameOf(error);
  const codes = reasonsOf(error)?.map(({ Code }) => Code) ?? [];
  const found: readonly [unknown, ErrorCode, string, string] | undefined = MEANINGS.find(([pattern]) =>
    pattern.test(`${name} ${codes.join(" ")}`),
  );
  const [, code, problem, remedy] = found ?? [name, "store", "", "See what the server says."];
  const said = `${name}: ${cleaned(String((error as AwsError)?.message ?? error), secrets)}`;
  return new MnemeError(code, `The dynamodb store failed in ${operation}. ${problem} (${said})`, remedy);
}

/** Without addresses, access keys, signatures and whatever was handed to us as a secret. */
function cleaned(message: string, secrets: readonly string[]): string {
  for (const secret of secrets) message = message.replaceAll(secret, "…");
  return message
    .replace(/\b[a-z][a-z0-9+.-]*:\/\/\S+/gi, "…")
    .replace(/\b(AKIA|ASIA)[A-Z0-9]{8,}/g, "…")
    .replace(/[A-Za-z0-9/+=]{40,}/g, "…")
    .slice(0, 500);
}
