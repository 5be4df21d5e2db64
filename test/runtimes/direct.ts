// Entry for runtimes that run a file with arguments: Node, Deno, Bun.
import { run } from "../harness.ts";
import { EVERY_LEVEL } from "../platform.ts";
import { suites } from "../suites.ts";

const report = await run(suites({ name: "direct", kernel: EVERY_LEVEL }), process.argv[2]);
console.log(JSON.stringify(report));
