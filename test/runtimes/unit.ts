// The inner loop: the suite in this Node alone, failures in full. An argument picks tests by a part of their name. What takes
// longer (every SQLite engine, gigabytes of addresses) is left to the whole test command.
import { run } from "../harness.ts";
import { EVERY_LEVEL } from "../platform.ts";
import { suites } from "../suites.ts";
import { checkpointFileTests } from "../unit/checkpoint-file.test.ts";
import { prometheusTests } from "../unit/prometheus.test.ts";
import { recordingFileTests } from "../unit/recording-file.test.ts";
import { sqliteTests } from "../unit/sqlite.test.ts";
import { sqlJsPathTests, sqlJsTests } from "../unit/sqljs.test.ts";
import { threadsTests } from "../unit/threads.test.ts";

const path = process.getBuiltinModule?.("node:sqlite") === undefined ? sqlJsPathTests : sqliteTests;
const { passed, failed } = await run(
  {
    ...suites({ kernel: EVERY_LEVEL, hnsw: true, isDeep: true }),
    path,
    "sql.js": sqlJsTests,
    "checkpoint file": checkpointFileTests,
    "recording file": recordingFileTests,
    prometheus: prometheusTests,
    threads: threadsTests,
  },
  process.argv[2],
);
for (const { name, error } of failed) console.log(`✗ ${name}\n${error.replace(/^/gm, "    ")}`);
console.log(`${passed} passed, ${failed.length} failed`);
process.exit(failed.length === 0 && passed > 0 ? 0 : 1);
