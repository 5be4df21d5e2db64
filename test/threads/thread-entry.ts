// A thread of a test, in Node, Deno and Bun.
import { parentPort } from "node:worker_threads";
import { type Job, work } from "./worker.ts";

parentPort!.on("message", (job: Job) => work(job, (told) => parentPort!.postMessage(told)));
