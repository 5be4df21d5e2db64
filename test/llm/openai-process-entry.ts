// Runs the tests that need no SDK in Node, Deno or Bun.
//   openai-process-entry.ts SERVER [ONLY]
import { run } from "../harness.ts";
import { openaiTests } from "./openai.test.ts";

const [url, only] = process.argv.slice(2);
console.log(JSON.stringify(await run({ openai: openaiTests(url!) }, only)));
