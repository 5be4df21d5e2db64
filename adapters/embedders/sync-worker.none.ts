// As sync-worker.ts, where there are no workers.
import type { SyncTask } from "./sync-service.ts";
import type { SyncWorker } from "./sync-worker.ts";

export const STARTS_MEANWHILE = true; // it is refused for want of workers

export function startSyncWorker(_task: SyncTask): SyncWorker | undefined {
  return undefined;
}
