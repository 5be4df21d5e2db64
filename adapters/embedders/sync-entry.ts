// The worker of toSyncEmbedder, in browsers. The first message is its task, each further one a call.
import { type SyncCall, SyncService, type SyncTask } from "./sync-service.ts";

let service: SyncService | undefined;
let started: Promise<void> | undefined;

globalThis.onmessage = async ({ data }: MessageEvent<SyncTask | SyncCall>) => {
  if (service === undefined) {
    service = new SyncService(data as SyncTask);
    started = service.start();
  } else {
    await started;
    await service.answer(data as SyncCall);
  }
};
