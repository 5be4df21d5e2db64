// The worker of toSyncEmbedder, in Node, Deno and Bun.
import { parentPort, workerData } from "node:worker_threads";
import { answerWithText, ENDED } from "./sync-channel.ts";
import { errorText } from "./sync-error.ts";
import { type SyncCall, SyncService, type SyncTask } from "./sync-service.ts";

const task = workerData as SyncTask;
const service = new SyncService(task);
let last: unknown;

// The program sleeps while it waits for an answer, and would not hear otherwise that none will come.
process.on("uncaughtExceptionMonitor", (error) => {
  last = error;
});
process.on("exit", (code) => {
  answerWithText(task.channel, ENDED, errorText(last ?? new Error(`it ended with exit code ${code}`)));
});

parentPort!.on("message", (call: SyncCall) => void service.answer(call));
await service.start();
