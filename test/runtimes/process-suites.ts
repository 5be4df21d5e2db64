import type { Suite } from "../harness.ts";
import { EVERY_LEVEL } from "../platform.ts";
import { suites } from "../suites.ts";
import { largeMemoryTests } from "../unit/large-memory.test.ts";
import { sqliteTests } from "../unit/sqlite.test.ts";

/** The suite, and what only a process can do: files, and as much memory as WebAssembly can address. */
export function processSuites(sqlite: boolean): Record<string, Suite> {
  return { ...suites({ kernel: EVERY_LEVEL }), sqlite: sqliteTests(sqlite), "large memory": largeMemoryTests };
}
