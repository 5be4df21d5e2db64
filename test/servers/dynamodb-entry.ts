// Runs the suite of DynamoDB in Node, Deno or Bun.
//   dynamodb-entry.ts ENDPOINT FRONT [whole]
import type { AwsDynamoDB } from "../../adapters/stores/dynamodb.ts";
import { run } from "../harness.ts";
import { installed } from "../stage.ts";
import { dynamodbTests } from "./dynamodb.test.ts";

const [endpoint, front, whole] = process.argv.slice(2) as [string, string, string | undefined];
const aws = await installed<AwsDynamoDB>("@aws-sdk/client-dynamodb");
console.log(JSON.stringify(await run(dynamodbTests({ endpoint, front, aws, whole: whole === "whole" }))));
