// Runs the tests that take the SDKs, in a Node that they run in.
import { run } from "../harness.ts";
import { openaiFaithfulTests } from "./openai-faithful.test.ts";
import { openaiSdkTests } from "./openai-sdk.test.ts";
import { startModelServer } from "./openai-server.ts";

const server = await startModelServer();
const suites = { sdks: openaiSdkTests(server), faithful: openaiFaithfulTests(server) };
console.log(JSON.stringify(await run(suites)));
await server.close();
process.exit();
