// Runs the suite of DynamoDB in a page, with the SDK bundled, and posts the report to the server the page came from.
import * as aws from "@aws-sdk/client-dynamodb";
import { dynamodbTests } from "./dynamodb.test.ts";
import { runSideBySide } from "./side-by-side.ts";

const asked = new URL(location.href).searchParams;
const place = { endpoint: asked.get("endpoint")!, front: asked.get("front")!, aws, bundled: true };
const report = await runSideBySide(dynamodbTests(place), 3);
await fetch("/report", { method: "POST", body: JSON.stringify(report) });
