import type { SyncStore } from "../../src/index.ts";
import { sqliteStore } from "./sqlite.ts";

/** The durable store behind `SemanticCache.open({ path })`: this runtime's own SQLite. */
export function openPath(path: string): SyncStore {
  return sqliteStore(path);
}
