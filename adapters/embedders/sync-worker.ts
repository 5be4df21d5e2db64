// Where workers are the web's. sync-worker.node.ts and sync-worker.none.ts stand in where they are Node's, and where there are
// none; package.json's "#sync-worker" chooses.
import type { SyncCall, SyncTask } from "./sync-service.ts";

/** A worker that runs an embedder. */
export interface SyncWorker {
  post(call: SyncCall): void;
  stop(): void;
}

/** Undefined where there are no workers. */
export function startSyncWorker(task: SyncTask): SyncWorker | undefined {
  if (typeof Worker === "undefined") return undefined;
  const worker = new Worker(new URL("./sync-entry.js", import.meta.url), { type: "module" });
  worker.postMessage(task);
  return { post: (call) => worker.postMessage(call), stop: () => worker.terminate() };
}
