// As thread.ts, where there are no threads.
import type { Thread, ThreadTask } from "./thread-task.ts";

export function startThread(_task: ThreadTask): Thread | undefined {
  return undefined;
}
