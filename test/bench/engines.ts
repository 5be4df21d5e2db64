import { createRequire } from "node:module";
import { join } from "node:path";
import {
  type BetterDatabase,
  type BunDatabase,
  betterSqlite3,
  bunSqlite,
  sqliteStore,
} from "../../adapters/stores/sqlite-index.ts";
import type { SyncStore } from "../../src/index.ts";
import { RUNTIMES } from "../stage.ts";

/** What the packages have in common, so that one peer serves them all. */
export interface BareDatabase {
  exec(sql: string): unknown;
  prepare(sql: string): {
    run(...parameters: unknown[]): unknown;
    all(...parameters: unknown[]): unknown[];
    iterate(...parameters: unknown[]): Iterable<unknown>;
  };
  close(): unknown;
}

export interface Engine {
  open(path: string): BareDatabase;
  /** A store on a file, and what must be closed after it. */
  store(path: string): { store: SyncStore; close(): unknown };
}

/** The SQLites of the runtime that runs this. */
export function engines(): Record<string, Engine> {
  const found: Record<string, Engine> = {};
  const own = process.getBuiltinModule?.("node:sqlite");
  if (own !== undefined) {
    found["node:sqlite"] = {
      open: (path) => new own.DatabaseSync(path) as unknown as BareDatabase,
      store: (path) => ({ store: sqliteStore(path), close: () => {} }),
    };
  }
  const bun = process.getBuiltinModule?.("bun:sqlite") as Package<BunDatabase> | undefined;
  if (bun !== undefined) found["bun:sqlite"] = given(bun.Database, bunSqlite);
  const better = betterPackage();
  if (better !== undefined) found["better-sqlite3"] = given(better, betterSqlite3);
  return found;
}

type Class<T> = new (path: string) => T & BareDatabase;
interface Package<T> {
  Database: Class<T>;
}

function given<T>(Database: Class<T>, driver: (database: T) => Parameters<typeof sqliteStore>[0]): Engine {
  return {
    open: (path) => new Database(path),
    store: (path) => {
      const database = new Database(path);
      return { store: sqliteStore(driver(database) as never) as SyncStore, close: () => database.close() };
    },
  };
}

/** It is built for some versions of Node only. */
function betterPackage(): Class<BetterDatabase> | undefined {
  try {
    const Database = createRequire(join(RUNTIMES, "package.json"))("better-sqlite3") as Class<BetterDatabase>;
    new Database(":memory:").close();
    return Database;
  } catch {
    return undefined;
  }
}
