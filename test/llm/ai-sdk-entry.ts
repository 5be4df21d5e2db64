// Runs the tests of the AI SDK's middleware, and prints the report. "deep": with all cases of their properties.
import { setDepth } from "../depth.ts";
import { run } from "../harness.ts";
import { aiSdkTests } from "./ai-sdk.test.ts";

setDepth(process.argv[2] === "deep");
console.log(JSON.stringify(await run({ "ai-sdk": aiSdkTests })));
