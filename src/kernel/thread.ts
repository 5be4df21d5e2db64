// Where workers are the web's. thread.node.ts and thread.none.ts stand in where they are Node's, and where there are none;
// package.json's "#kernel-thread" chooses.
import type { Thread, ThreadTask } from "./thread-task.ts";

/** Starts a thread on a task, or answers undefined where that cannot be. */
export function startThread(task: ThreadTask): Thread | undefined {
  if (typeof Worker === "undefined") return undefined;
  let worker: Worker | undefined;
  try {
    worker = new Worker(new URL("./thread-entry.js", import.meta.url), { type: "module" });
    worker.onerror = (event) => event.preventDefault(); // its script is not to be had: searches go on without it
    worker.postMessage(task);
    return { stop: () => worker!.terminate() };
  } catch {
    worker?.terminate();
    return undefined; // a policy forbids it, or the memory cannot be handed over
  }
}
