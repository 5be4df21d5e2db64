// As sync-worker.ts, where workers are Node's: in Node, Bun and Deno, whose workers of the web keep a program from ending.
import { Worker } from "node:worker_threads";
import type { SyncTask } from "./sync-service.ts";
import type { SyncWorker } from "./sync-worker.ts";

export const STARTS_MEANWHILE = true;

export function startSyncWorker(task: SyncTask): SyncWorker | undefined {
  const worker = new Worker(new URL("./sync-entry.node.js", import.meta.url), { workerData: task });
  worker.unref(); // a program that has ended need not wait for it
  worker.on("error", () => {}); // told by the channel
  return { post: (call) => worker.postMessage(call), stop: () => void worker.terminate() };
}
