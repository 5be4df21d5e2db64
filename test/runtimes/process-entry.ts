// Runs the suite in a runtime that takes a file and arguments: Node, Deno, Bun.
import { run } from "../harness.ts";
import { EVERY_LEVEL } from "../platform.ts";
import { suites } from "../suites.ts";

console.log(JSON.stringify(await run(suites({ kernel: EVERY_LEVEL }), process.argv[2])));
