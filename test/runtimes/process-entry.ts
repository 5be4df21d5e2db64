// Runs the suite in a runtime that takes a file and arguments: Node, Deno, Bun. The SQLite engines expected are arguments.
import { run } from "../harness.ts";
import { processSuites } from "./process-suites.ts";

console.log(JSON.stringify(await run(processSuites(process.argv.slice(2)))));
