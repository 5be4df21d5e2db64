// The inner loop: the suite in this Node alone, failures in full. An argument picks tests by a part of their name.
import { run } from "../harness.ts";
import { processSuites } from "./process-suites.ts";

const engines = ["node:sqlite", "bun:sqlite"].filter((name) => process.getBuiltinModule(name) !== undefined);
const { passed, failed } = await run(processSuites(engines), process.argv[2]);
for (const { name, error } of failed) console.log(`✗ ${name}\n${error.replace(/^/gm, "    ")}`);
console.log(`${passed} passed, ${failed.length} failed`);
process.exit(failed.length === 0 && passed > 0 ? 0 : 1);
