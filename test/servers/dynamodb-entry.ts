// Runs suites of DynamoDB in Node, Deno or Bun.
//   dynamodb-entry.ts "shared"|"whole"|"faults" ENDPOINT FRONT
//   dynamodb-entry.ts "together" ENDPOINT - [SECONDS]
import type { AwsDynamoDB } from "../../adapters/stores/dynamodb.ts";
import type { Suite } from "../harness.ts";
import { installed } from "../stage.ts";
import { dynamodbTests } from "./dynamodb.test.ts";
import { dynamodbCapacityTests } from "./dynamodb-capacity.test.ts";
import { dynamodbCommitTests } from "./dynamodb-commits.test.ts";
import { dynamodbFaultTests } from "./dynamodb-faults.test.ts";
import { dynamodbOpeningTests } from "./dynamodb-opening.test.ts";
import { dynamodbReadingTests } from "./dynamodb-reading.test.ts";
import type { DynamoDBPlace } from "./dynamodb-stores.ts";
import { dynamodbTogetherTests } from "./dynamodb-together.ts";
import { runSideBySide } from "./side-by-side.ts";

const [suites, endpoint, front, seconds] = process.argv.slice(2) as [string, string, string, string | undefined];
const place: DynamoDBPlace = { endpoint, front, aws: await installed<AwsDynamoDB>("@aws-sdk/client-dynamodb") };
const SUITES: Record<string, () => Record<string, Suite>> = {
  shared: () => dynamodbTests(place),
  whole: () => ({
    ...dynamodbTests(place, true),
    "dynamodb, reading": dynamodbReadingTests(place),
    "dynamodb, commits": dynamodbCommitTests(place),
    "dynamodb, opening": dynamodbOpeningTests(place),
    "dynamodb, cost": dynamodbCapacityTests(place),
  }),
  faults: () => dynamodbFaultTests(place),
  together: () => ({ dynamodb: dynamodbTogetherTests(place, Number(seconds ?? 2)) }),
};
console.log(JSON.stringify(await runSideBySide(SUITES[suites]!(), 3)));
