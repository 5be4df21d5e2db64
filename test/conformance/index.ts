export { testEmbedder } from "./embedder.ts";
export { testMemory } from "./memory.ts";
export { type OpenStore, testStore } from "./store.ts";
export type { StoreUnderTest } from "./store-under-test.ts";
export { type IndexTestOptions, type MakeIndex, testIndex } from "./vector-index.ts";
