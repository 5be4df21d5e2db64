import { MnemeError, type Store } from "../../src/index.ts";
import { sqliteStore } from "./sqlite.ts";
import { nodeSqlite } from "./sqlite-node.ts";

/** The durable store behind `SemanticCache.open({ path })`: this runtime's own SQLite. */
export function openPath(path: string): Store {
  const driver = nodeSqlite(path);
  if (driver !== undefined) return sqliteStore(driver);
  throw new MnemeError(
    "unsupported",
    'This runtime has no SQLite of its own for the option "path".',
    'Use Node 22.13 or newer, or Deno; or leave "path" out to keep entries in memory.',
  );
}
