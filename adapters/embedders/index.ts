export { energeticEmbedder } from "./energetic.ts";
export { type ToSyncEmbedderOptions, toSyncEmbedder, type WorkerEmbedder } from "./sync.ts";
