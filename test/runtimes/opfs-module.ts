import type { Sqlite3 } from "../unit/sqlite-opfs.test.ts";

/** SQLite's own WebAssembly build, which the server has beside the page as it is on npm. */
export async function loadSqlite3(): Promise<Sqlite3> {
  const url = "/sqlite3/index.mjs"; // no literal, or a bundler would look for it
  const { default: init } = (await import(url)) as { default: () => Promise<Sqlite3> };
  return init();
}
