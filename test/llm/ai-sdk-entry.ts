// Runs the tests of the AI SDK's middleware in Node, and prints the report.
import { run } from "../harness.ts";
import { aiSdkTests } from "./ai-sdk.test.ts";

console.log(JSON.stringify(await run({ "ai-sdk": aiSdkTests })));
