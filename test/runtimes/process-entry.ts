// Runs the suite in a runtime that takes a file and arguments: Node, Deno, Bun. Whether a SQLite is expected is an argument.
import { run } from "../harness.ts";
import { processSuites } from "./process-suites.ts";

console.log(JSON.stringify(await run(processSuites(process.argv[2] === "sqlite"))));
