// Where workers are the web's. sync-worker.node.ts and sync-worker.none.ts stand in where they are Node's, and where there are
// none; package.json's "#sync-worker" chooses.
import { answerWithText, ENDED, isAnswered } from "./sync-channel.ts";
import { errorText } from "./sync-error.ts";
import type { SyncCall, SyncTask } from "./sync-service.ts";

/** A worker that runs an embedder. */
export interface SyncWorker {
  post(call: SyncCall): void;
  stop(): void;
}

/** Whether a worker starts while the thread that wants it sleeps. In Chromium it does not. */
export const STARTS_MEANWHILE = false;

/** Undefined where there are no workers. */
export function startSyncWorker(task: SyncTask): SyncWorker | undefined {
  if (typeof Worker === "undefined") return undefined;
  const worker = new Worker(new URL("./sync-entry.js", import.meta.url), { type: "module" });
  worker.onerror = (event) => {
    event.preventDefault();
    // Its script is not to be had. Once it has started, errors of the embedder are answers.
    if (isAnswered(task.channel)) return;
    answerWithText(task.channel, ENDED, errorText(event.message || "its script was not loaded"));
  };
  worker.postMessage(task);
  return { post: (call) => worker.postMessage(call), stop: () => worker.terminate() };
}
