// As thread.ts, where workers are Node's: in Node, Bun and Deno, whose workers of the web keep a program from ending.
import { Worker } from "node:worker_threads";
import type { Thread, ThreadTask } from "./thread-task.ts";

export function startThread(task: ThreadTask): Thread | undefined {
  try {
    const worker = new Worker(new URL("./thread-entry.node.js", import.meta.url), { workerData: task });
    worker.unref(); // a program that has ended need not wait for it
    worker.on("error", () => {}); // it helps no more; searches go on without it
    return { stop: () => void worker.terminate() };
  } catch {
    return undefined;
  }
}
