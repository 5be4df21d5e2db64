// Runs the suite of threads in Node, Deno and Bun. Arguments: how many seconds readers of an index read, and those of caches
// (0: this runtime's own store takes one connection only); and what is to be run.
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../harness.ts";
import { cacheReadersTests, type NewPath } from "./cache-readers.test.ts";
import { poolTests } from "./pool.test.ts";
import { spawnInProcess } from "./process-threads.ts";
import { readersTests } from "./readers.test.ts";

const KILLS = 3;

const [seconds = "10", cacheSeconds = "10", only] = process.argv.slice(2);
const notes: string[] = [];
const note = (text: string): void => void notes.push(text);
const threadsNow = (): number => readdirSync("/proc/self/task").length;
const newPath: NewPath = () => {
  const folder = mkdtempSync(join(tmpdir(), "mneme-threads-"));
  return { path: join(folder, "cache.db"), remove: () => rmSync(folder, { recursive: true, force: true }) };
};
const report = await run(
  {
    pool: poolTests(spawnInProcess, note, threadsNow),
    readers: readersTests(spawnInProcess, Number(seconds), note),
    ...(cacheSeconds === "0"
      ? {}
      : { caches: cacheReadersTests(spawnInProcess, newPath, Number(cacheSeconds), KILLS, note) }),
  },
  only,
);
console.log(JSON.stringify({ ...report, notes }));
