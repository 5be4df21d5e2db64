import { MnemeError } from "../../src/index.ts";
import type { AwsDynamoDB, DynamoDBClient } from "./dynamodb-client.ts";
import type { Patience } from "./store-link.ts";

export interface DynamoDBStoreOptions extends Patience {
  /** The table's name or ARN. */
  table: string;
  /** Several stores can be in one table, each under a prefix of its own. Default: "mneme". */
  prefix?: string | undefined;
  /**
   * A `DynamoDBClient` of yours, which the store does not close; made with `maxAttempts: 1`, as the store itself tries again. Without
   * it the store makes one, from what follows.
   */
  client?: DynamoDBClient | undefined;
  /** Default: as the SDK finds it. */
  region?: string | undefined;
  /** Another address than AWS's: DynamoDB Local, a VPC endpoint. */
  endpoint?: string | undefined;
  /** Default: the SDK's own chain (environment, profile, role). */
  credentials?: object | (() => Promise<object>) | undefined;
  /** The module "@aws-sdk/client-dynamodb", where a bundler or a runtime cannot import it by name. */
  aws?: AwsDynamoDB | undefined;
  /** Makes the table if it is not there. Default: false. */
  createTable?: boolean | undefined;
  /** How a table that is made is paid for. Default: "PAY_PER_REQUEST". */
  billingMode?: "PAY_PER_REQUEST" | "PROVISIONED" | undefined;
  /** For "PROVISIONED", and only for it. */
  provisionedCapacity?: { readCapacityUnits: number; writeCapacityUnits: number } | undefined;
}

/** Whatever is wrong is said before anything is asked of AWS. Values are not shown: some are secrets. */
export function checkOptions(options: DynamoDBStoreOptions): void {
  const { table, prefix = "mneme", client, region, endpoint, credentials, createTable = false } = options ?? {};
  expect(typeof table === "string" && table !== "", "a table's name", 'For example { table: "answers" }.');
  expect(/^[\w.-]{1,100}$/.test(prefix), "a prefix of letters, digits, _ . -", 'For example { prefix: "answers" }.');
  expect(
    client === undefined || typeof client?.send === "function",
    "a client with send()",
    "Give a DynamoDBClient of @aws-sdk/client-dynamodb, not the document client's wrapper of another version.",
  );
  expect(
    client === undefined || (region ?? endpoint ?? credentials) === undefined,
    "either a client, or region, endpoint and credentials",
    "A client of yours has its own.",
  );
  expect(typeof createTable === "boolean", "createTable: true or false", "Default: false.");
  const { billingMode = "PAY_PER_REQUEST", provisionedCapacity: capacity } = options;
  expect(
    ["PAY_PER_REQUEST", "PROVISIONED"].includes(billingMode),
    'billingMode "PAY_PER_REQUEST" or "PROVISIONED"',
    "Default: PAY_PER_REQUEST.",
  );
  if (billingMode === "PROVISIONED") {
    const units = [capacity?.readCapacityUnits, capacity?.writeCapacityUnits];
    expect(
      units.every((n) => Number.isSafeInteger(n) && n! > 0),
      "provisionedCapacity for the billing mode PROVISIONED",
      "For example { readCapacityUnits: 100, writeCapacityUnits: 100 }.",
    );
  } else {
    expect(
      capacity === undefined,
      "no provisionedCapacity for the billing mode PAY_PER_REQUEST",
      'Leave it out, or set billingMode: "PROVISIONED".',
    );
  }
}

function expect(holds: boolean, expected: string, remedy: string): void {
  if (!holds) throw new MnemeError("argument", `dynamodbStore expected ${expected}.`, remedy);
}
