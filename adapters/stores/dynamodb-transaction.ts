import { type Reason, reasonsOf } from "./dynamodb-error.ts";
import type { Table } from "./dynamodb-table.ts";
import type { Write } from "./dynamodb-writes.ts";

/** Beside a condition that does not hold these mean no more than that. */
const PASSING = new Set([
  "None",
  "ConditionalCheckFailed",
  "TransactionConflict",
  "ThrottlingError",
  "ProvisionedThroughputExceeded",
]);

/**
 * All of it or nothing. Undefined when it was done; when a condition did not hold, why not, for each write in turn. By its
 * token the server knows a repetition for ten minutes, and does it once.
 */
export async function transact(table: Table, writes: readonly Write[]): Promise<readonly Reason[] | undefined> {
  const input = { TransactItems: writes, ClientRequestToken: crypto.randomUUID() };
  try {
    await table.connection.send("TransactWriteItems", input);
    return undefined;
  } catch (error) {
    const reasons = reasonsOf(error);
    const codes = reasons?.map(({ Code = "None" }) => Code) ?? [];
    if (codes.includes("ConditionalCheckFailed") && codes.every((code) => PASSING.has(code))) return reasons;
    throw error;
  }
}
