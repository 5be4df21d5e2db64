import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import initSqlJs from "sql.js";
import {
  type BetterDatabase,
  type BunDatabase,
  betterSqlite3,
  bunSqlite,
  fileImage,
  nodeSqlite,
  type SyncSqliteDriver,
  sqliteStore,
  sqlJs,
} from "../../adapters/stores/sqlite-index.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import { IDENTITY, putOne, type StoreUnderTest } from "../conformance/store-under-test.ts";
import type { Suite } from "../harness.ts";
import { testOwnStore } from "../own-store.ts";
import { RUNTIMES } from "../stage.ts";
import { testCacheModel } from "./cache-model.test.ts";
import { testStoreModel } from "./store-model.ts";

type Database<T> = new (path: string) => T & { close(): void };

type OpenFile = (path: string) => { open: () => SyncSqliteDriver; close?: () => void };

/** How each engine opens a file, and what must be closed after. */
export const ENGINES: Record<string, () => OpenFile | Promise<OpenFile>> = {
  "sql.js": async () => {
    const SQL = await initSqlJs();
    return (path) => ({ open: sqlJs(SQL, fileImage(path)) });
  },
  "node:sqlite": () => (path) => ({ open: nodeSqlite(path) }),
  "bun:sqlite": () => {
    const { Database } = process.getBuiltinModule("bun:sqlite") as unknown as { Database: Database<BunDatabase> };
    return (path) => {
      const database = new Database(path);
      return { open: bunSqlite(database), close: () => database.close() };
    };
  },
  "better-sqlite3": () => {
    const Better = createRequire(join(RUNTIMES, "package.json"))("better-sqlite3") as Database<BetterDatabase>;
    return (path) => {
      const database = new Better(path);
      return { open: betterSqlite3(database), close: () => database.close() };
    };
  },
};

/** The conformance suite, and any sequence of calls, on a file of each engine this runtime has. */
export const sqliteEngineTests =
  (engines: readonly string[], options: { again?: boolean } = {}): Suite =>
  (test) => {
    for (const name of engines) {
      const engineTest = (check: string, run: () => unknown) => test(`${name}: ${check}`, run);
      testOwnStore(engineTest, () => newEngineFile(name), options);
      engineTest("a snapshot is a store of its own, of one moment, and the owner's alone", () => snapshotTest(name));
      engineTest("identify leaves an absent file absent, and another program's as it was", () => identifyTest(name));
      testStoreModel(engineTest, () => newEngineFile(name), { runs: 25 });
      testCacheModel(engineTest, () => newEngineFile(name), { runs: 40 });
    }
  };

export async function newEngineFile(name: string): Promise<StoreUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), "mneme-engine-"));
  const path = join(folder, "store.db");
  const engine = await ENGINES[name]!();
  const closing: (() => void)[] = [];
  const closeAll = () => {
    for (const close of closing.splice(0)) close();
  };
  const store = () => {
    const { open, close } = engine(path);
    if (close) closing.push(close);
    return sqliteStore(open);
  };
  return {
    store: store(),
    another: store,
    alone: name === "sql.js",
    spoil: {
      corrupt: () => {
        closeAll();
        return writeFile(path, "no database ".repeat(1000));
      },
      newer: () => makeNewer(engine(path)),
    },
    dispose: async () => {
      closeAll();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function makeNewer({ open, close }: { open: () => SyncSqliteDriver; close?: () => void }): void {
  const driver = open();
  driver.batch([{ sql: "UPDATE mneme_state SET value = 99 WHERE name = 'schema'", parameters: [] }], "write");
  driver.close();
  close?.();
}

async function identifyTest(name: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "mneme-identify-"));
  const path = join(folder, "store.db");
  const engine = await ENGINES[name]!();
  const identify = async () => {
    const { open, close } = engine(path);
    const store = sqliteStore(open);
    equal(await store.identify!(), undefined);
    store.close();
    close?.();
  };
  try {
    await identify();
    // An engine that is given its database has made it by then.
    if (name === "node:sqlite" || name === "sql.js") equal(await readdir(folder), []);
    const { open, close } = engine(path);
    const driver = open();
    for (const sql of ["PRAGMA journal_mode = DELETE", "CREATE TABLE theirs (n)", "INSERT INTO theirs VALUES (1)"]) {
      driver.batch([{ sql, parameters: [] }], "read");
    }
    driver.close();
    close?.();
    const before = await readFile(path);
    await identify();
    ok(before.equals(await readFile(path)), "not a byte");
    equal(await readdir(folder), ["store.db"]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function snapshotTest(name: string): Promise<void> {
  const { store, another, alone, dispose } = await newEngineFile(name);
  const folder = await mkdtemp(join(tmpdir(), "mneme-snapshot-"));
  const copy = join(folder, "copy.db");
  try {
    await store.open(IDENTITY);
    for (let i = 0; i < 20; i++) await putOne(store, { key: `k${i}`, vector: Float32Array.of(i, 1) });
    const writer = alone ? store : await another!();
    if (!alone) await writer.open(IDENTITY);
    await store.snapshot!(copy);
    await putOne(writer, { key: "later" });
    equal((await stat(copy)).mode & 0o777, 0o600);
    const engine = (await ENGINES[name]!())(copy);
    const copied = sqliteStore(engine.open);
    copied.open(IDENTITY);
    equal([copied.count(), copied.version(), copied.check()], [20, 20, { ok: true }]);
    equal(copied.get("n", "k7"), await store.get("n", "k7"));
    copied.close();
    engine.close?.();
    const before = await readFile(copy);
    const { remedy } = await fails(() => store.snapshot!(copy), "store");
    ok(remedy.includes("does not exist yet"), remedy);
    ok(before.equals(await readFile(copy)), "what is there is left alone");
    await fails(() => store.snapshot!(join(folder, "none", "copy.db")), "store");
    if (!alone) await writer.close();
    await store.close();
    equal(store.snapshot, undefined, "closed");
  } finally {
    await dispose?.();
    await rm(folder, { recursive: true, force: true });
  }
}
