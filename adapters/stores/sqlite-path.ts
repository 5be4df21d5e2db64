import type { Store } from "../../src/index.ts";
import { sqliteStore } from "./sqlite.ts";
import type { OpenDriver, SqliteDriver, SyncSqliteDriver } from "./sqlite-driver.ts";
import { fileImage } from "./sqlite-image-file.ts";
import { hasNodeSqlite, nodeSqlite } from "./sqlite-node.ts";
import { sqlJs } from "./sqlite-sqljs.ts";
import { loadSqlJs } from "./sqlite-sqljs-package.ts";
import { stageFile } from "./sqlite-stage.ts";

/** The durable store behind `SemanticCache.open({ path })`: this runtime's own SQLite; sql.js in Node 20, which has none. */
export function openPath(path: string): Store {
  if (hasNodeSqlite()) return sqliteStore(path);
  const open = async (): Promise<SqliteDriver> => (await sqlJsAt(path))();
  return sqliteStore(Object.assign(open, { peek: async () => (await sqlJsAt(path)).peek?.() }));
}

/** A new file beside the one at the path, which takes its place when a restore is complete. */
export function stagePath(path: string, replace: boolean): ReturnType<typeof stageFile> {
  if (path === ":memory:") return undefined;
  return stageFile(path, replace, { openStore: openPath, openDriver });
}

async function openDriver(path: string): Promise<SqliteDriver> {
  return hasNodeSqlite() ? nodeSqlite(path)() : (await sqlJsAt(path))();
}

async function sqlJsAt(path: string): Promise<OpenDriver<SyncSqliteDriver>> {
  return sqlJs(await loadSqlJs(), path === ":memory:" ? undefined : fileImage(path));
}
