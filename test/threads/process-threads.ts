import { Worker } from "node:worker_threads";
import { Mailbox } from "./mailbox.ts";
import type { TestThread, Told } from "./worker.ts";

/** Threads of Node, Deno and Bun. */
export function spawnInProcess(): TestThread {
  const worker = new Worker(new URL("./thread-entry.js", import.meta.url));
  const mailbox = new Mailbox();
  worker.on("message", (told: Told) => mailbox.put(told));
  worker.on("error", (error) => mailbox.put({ problem: String(error) }));
  return {
    post: (job) => worker.postMessage(job),
    next: () => mailbox.take(),
    end: () => worker.terminate(),
  };
}
