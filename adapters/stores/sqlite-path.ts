import { MnemeError, type Store } from "../../src/index.ts";
import { sqliteStore } from "./sqlite.ts";
import { hasNodeSqlite, openNodeSqlite } from "./sqlite-node.ts";

/** The durable store behind `SemanticCache.open({ path })`: this runtime's own SQLite. */
export function openPath(path: string): Store {
  if (hasNodeSqlite()) return sqliteStore(() => openNodeSqlite(path));
  throw new MnemeError(
    "unsupported",
    'This runtime has no SQLite of its own for the option "path".',
    'Use Node 22.13 or newer, Deno or Bun; or leave "path" out to keep entries in memory.',
  );
}
