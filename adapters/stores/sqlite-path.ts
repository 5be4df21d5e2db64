import type { Awaitable, Store } from "../../src/index.ts";
import { sqliteStore } from "./sqlite.ts";
import type { SqliteDriver } from "./sqlite-driver.ts";
import { fileImage } from "./sqlite-image-file.ts";
import { hasNodeSqlite, nodeSqlite } from "./sqlite-node.ts";
import { sqlJs } from "./sqlite-sqljs.ts";
import { loadSqlJs } from "./sqlite-sqljs-package.ts";
import { stageFile } from "./sqlite-stage.ts";

/** The durable store behind `SemanticCache.open({ path })`: this runtime's own SQLite; sql.js in Node 20, which has none. */
export function openPath(path: string): Store {
  return hasNodeSqlite() ? sqliteStore(path) : sqliteStore(() => openDriver(path));
}

/** A new file beside the one at the path, which takes its place when a restore is complete. */
export function stagePath(path: string, replace: boolean): ReturnType<typeof stageFile> {
  if (path === ":memory:") return undefined;
  return stageFile(path, replace, { openStore: openPath, openDriver });
}

function openDriver(path: string): Awaitable<SqliteDriver> {
  return hasNodeSqlite() ? nodeSqlite(path)() : openSqlJs(path);
}

async function openSqlJs(path: string): Promise<SqliteDriver> {
  return sqlJs(await loadSqlJs(), path === ":memory:" ? undefined : fileImage(path))();
}
