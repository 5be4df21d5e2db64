import type { Store } from "../../src/index.ts";
import { indexedDBStore } from "./indexeddb.ts";

/** The durable store behind `SemanticCache.open({ path })` in a browser: an IndexedDB database of that name. */
export function openPath(path: string): Store {
  return indexedDBStore(path);
}
