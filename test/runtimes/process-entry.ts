// Runs the suite in a runtime that takes a file and arguments: Node, Deno, Bun. The SQLite engines expected are arguments;
// "again" before them leaves out what another version of the same engine does.
import { run } from "../harness.ts";
import { processSuites } from "./process-suites.ts";

const engines = process.argv.slice(2);
const again = engines[0] === "again";
console.log(JSON.stringify(await run(processSuites(again ? engines.slice(1) : engines, again))));
