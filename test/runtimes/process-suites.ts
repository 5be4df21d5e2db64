import type { Suite } from "../harness.ts";
import { EVERY_LEVEL } from "../platform.ts";
import { suites } from "../suites.ts";
import { checkpointFileTests } from "../unit/checkpoint-file.test.ts";
import { largeMemoryTests } from "../unit/large-memory.test.ts";
import { memoryErasureTests } from "../unit/memory-erasure.test.ts";
import { prometheusTests } from "../unit/prometheus.test.ts";
import { recordingFileTests } from "../unit/recording-file.test.ts";
import { sqliteTests } from "../unit/sqlite.test.ts";
import { sqliteEngineTests } from "../unit/sqlite-engines.test.ts";
import { sqliteFailureTests } from "../unit/sqlite-failures.test.ts";
import { sqliteFileTests } from "../unit/sqlite-file.test.ts";
import { sqliteScrubTests, sqlJsScrubTests } from "../unit/sqlite-scrub.test.ts";
import { sqlJsMoveTests, sqlJsPathTests, sqlJsTests } from "../unit/sqljs.test.ts";
import { threadsTests } from "../unit/threads.test.ts";

/** The suite, and what only a process can do: files, and as much memory as WebAssembly can address. */
export function processSuites(
  engines: readonly string[],
  depth: "again" | "brief" | "deep" | undefined,
): Record<string, Suite> {
  return {
    // First, while the heap is small: gigabytes beside it make an engine collect all of it over and over.
    "large memory": largeMemoryTests,
    ...everywhere(depth),
    threads: threadsTests,
    "checkpoint file": checkpointFileTests,
    "recording file": recordingFileTests,
    prometheus: prometheusTests,
    ...(engines.includes("node:sqlite")
      ? { sqlite: sqliteTests, "sqlite file": sqliteFileTests, "sql.js beside the runtime's own": sqlJsMoveTests }
      : { "sql.js behind a path": sqlJsPathTests }),
    "sql.js": sqlJsTests,
    "sql.js scrub": sqlJsScrubTests,
    "sqlite engines": sqliteEngineTests(engines, { again: depth === "brief" }),
    "sqlite scrub": sqliteScrubTests(engines),
    "memory erasure": memoryErasureTests(engines),
    "sqlite failures": sqliteFailureTests(engines.filter((name) => name !== "sql.js")), // its own suite has them
  };
}

function everywhere(depth: "again" | "brief" | "deep" | undefined): Record<string, Suite> {
  const isAgain = depth === "again" || depth === "brief";
  const all = suites({ kernel: EVERY_LEVEL, hnsw: true, again: isAgain, isDeep: depth === "deep" });
  if (depth !== "brief") return all;
  return Object.fromEntries(Object.entries(all).filter(([name]) => OF_THE_RUNTIME.includes(name)));
}

/** What depends on more than the language: loading of kernels, compression, streams, timers, classes of the platform. */
const OF_THE_RUNTIME = [
  "kernel",
  "memory store",
  "cache",
  "cache async",
  "cache stream",
  "cache background",
  "checkpoint",
];
