// Runs the suite in a runtime that takes a file and arguments: Node, Deno, Bun. The SQLite engines expected are arguments;
// "again" before them leaves out what another version of the same engine does, "brief" all that touches no runtime, "deep" tries properties with all their cases.
import { run } from "../harness.ts";
import { processSuites } from "./process-suites.ts";

const [first, ...others] = process.argv.slice(2);
const depth = first === "again" || first === "brief" || first === "deep" ? first : undefined;
const engines = depth === undefined ? process.argv.slice(2) : others;
console.log(JSON.stringify(await run(processSuites(engines, depth))));
