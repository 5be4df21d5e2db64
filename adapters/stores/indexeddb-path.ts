import type { Store } from "../../src/index.ts";
import { indexedDBStore } from "./indexeddb.ts";

/** The durable store behind `SemanticCache.open({ path })` in a browser: an IndexedDB database of that name. */
export function openPath(path: string): Store {
  return indexedDBStore(path);
}

/** A database cannot be renamed: a restore goes into the store itself, whose commits are atomic too. */
export function stagePath(_path: string, _replace: boolean): undefined {
  return undefined;
}
