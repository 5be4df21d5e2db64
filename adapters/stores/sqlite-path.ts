import { MnemeError, type Store } from "../../src/index.ts";
import { sqliteStore } from "./sqlite.ts";
import type { OpenDriver, SqliteDriver, SyncSqliteDriver } from "./sqlite-driver.ts";
import { fileImage } from "./sqlite-image-file.ts";
import { hasNodeSqlite } from "./sqlite-node.ts";
import { type SqlJs, sqlJs } from "./sqlite-sqljs.ts";

/** The durable store behind `SemanticCache.open({ path })`: this runtime's own SQLite; sql.js in Node 20, which has none. */
export function openPath(path: string): Store {
  if (hasNodeSqlite()) return sqliteStore(path);
  const open = async (): Promise<SqliteDriver> => (await sqlJsAt(path))();
  return sqliteStore(Object.assign(open, { peek: async () => (await sqlJsAt(path)).peek?.() }));
}

async function sqlJsAt(path: string): Promise<OpenDriver<SyncSqliteDriver>> {
  // Named by a variable: bundlers must not look for a package that newer runtimes do not need.
  const name = "sql.js";
  let init: () => Promise<SqlJs>;
  try {
    init = ((await import(name)) as { default: typeof init }).default;
  } catch (cause) {
    throw new MnemeError(
      "unsupported",
      'This runtime has no SQLite of its own, and the package "sql.js" is not installed.',
      "npm install sql.js, or use Node 22.13 or newer, Deno or Bun.",
      { cause },
    );
  }
  return sqlJs(await init(), path === ":memory:" ? undefined : fileImage(path));
}
