export { energeticEmbedder } from "./energetic.ts";
export { openSyncEmbedder, type ToSyncEmbedderOptions, toSyncEmbedder, type WorkerEmbedder } from "./sync.ts";
