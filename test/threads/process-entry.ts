// Runs the suite of threads in Node, Deno and Bun: how many seconds readers read is an argument, and what is to be run.
import { readdirSync } from "node:fs";
import { run } from "../harness.ts";
import { poolTests } from "./pool.test.ts";
import { spawnInProcess } from "./process-threads.ts";
import { readersTests } from "./readers.test.ts";

const [seconds = "10", only] = process.argv.slice(2);
const notes: string[] = [];
const note = (text: string): void => void notes.push(text);
const threadsNow = (): number => readdirSync("/proc/self/task").length;
const report = await run(
  { pool: poolTests(spawnInProcess, note, threadsNow), readers: readersTests(spawnInProcess, Number(seconds), note) },
  only,
);
console.log(JSON.stringify({ ...report, notes }));
