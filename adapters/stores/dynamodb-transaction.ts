import { type Reason, reasonsOf } from "./dynamodb-error.ts";
import type { Table } from "./dynamodb-table.ts";
import type { Write } from "./dynamodb-writes.ts";

/** Reasons that may not be there when it is tried again, with the state read anew. */
const PASSING = new Set([
  "None",
  "ConditionalCheckFailed",
  "TransactionConflict",
  "ThrottlingError",
  "ProvisionedThroughputExceeded",
]);

/**
 * All of it or nothing. Undefined when it was done; otherwise why not, for each write in turn, if that may pass. By its
 * token the server knows a repetition for ten minutes, and answers what it answered first.
 */
export async function transact(table: Table, writes: readonly Write[]): Promise<readonly Reason[] | undefined> {
  const input = { TransactItems: writes, ClientRequestToken: crypto.randomUUID() };
  try {
    await table.connection.send("TransactWriteItems", input);
    return undefined;
  } catch (error) {
    const reasons = reasonsOf(error);
    if (reasons?.length && reasons.every(({ Code = "None" }) => PASSING.has(Code))) return reasons;
    throw error;
  }
}
