import { chmod, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { nodeSqlite, sqliteStore } from "../../adapters/stores/sqlite-index.ts";
import { openPath } from "../../adapters/stores/sqlite-path.ts";
import { type CacheEvent, type MnemeError, SemanticCache } from "../../src/index.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import { IDENTITY, newEntry, putOne } from "../conformance/store-under-test.ts";
import type { Suite } from "../harness.ts";
import { OTHER, PARAPHRASE, QUESTION, WORDS } from "./cache-fixtures.ts";

/** The file behind `path`, in runtimes with a SQLite of their own. */
export const sqliteTests: Suite = (test) => {
  const inFolder = (name: string, run: (path: string) => Promise<void>): void =>
    test(name, async () => {
      const folder = await mkdtemp(join(tmpdir(), "mneme-sqlite-"));
      try {
        await run(join(folder, "cache.db"));
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });

  inFolder("a cache with a path finds its entries again, in both layers", async (path) => {
    const first = await SemanticCache.open({ embedder: WORDS, path });
    const id = await first.put(QUESTION, "answer", { metadata: { model: "m" } });
    await first.get(PARAPHRASE);
    await first.close();
    const second = await SemanticCache.open({ embedder: WORDS, path });
    const hit = await second.get(PARAPHRASE);
    equal([hit?.response, hit?.layer, hit?.id, hit?.metadata], ["answer", "semantic", id, { model: "m" }]);
    equal((await second.get(QUESTION))?.layer, "exact");
    await second.close();
  });

  inFolder("F32 a new file, its log and its shared memory are the owner's alone", async (path) => {
    const store = openPath(path);
    await store.open(IDENTITY);
    await putOne(store);
    for (const suffix of ["", "-wal", "-shm"]) equal((await stat(path + suffix)).mode & 0o777, 0o600, suffix);
    await store.close();
  });

  inFolder("a second store of one file in this process leaves the first one's locks alone", async (path) => {
    const first = openPath(path);
    await first.open(IDENTITY);
    await putOne(first);
    const { ino } = await stat(path);
    const locks = async () =>
      (await readFile("/proc/locks", "utf8")).split("\n").filter((line) => line.includes(`:${ino} `)).length;
    const held = await locks();
    const second = openPath(path);
    await second.open(IDENTITY);
    ok(held > 0 && (await locks()) >= held, `${await locks()} of ${held} locks`);
    await second.close();
    await first.close();
  });

  inFolder("the mode of a file that was there is left alone", async (path) => {
    await writeFile(path, "");
    await chmod(path, 0o640);
    const store = openPath(path);
    await store.open(IDENTITY);
    equal((await stat(path)).mode & 0o777, 0o640);
    await store.close();
  });

  inFolder("F17 a file that is no database is a clear error", async (path) => {
    await writeFile(path, "this is not a database, and long enough to be taken for one ".repeat(50));
    await fails(() => openPath(path).open(IDENTITY), "corrupt");
  });

  inFolder("a refused open holds no file open", async (path) => {
    await (await SemanticCache.open({ embedder: WORDS, path })).close();
    const other = { ...WORDS, fingerprint: "another" };
    for (let i = 0; i < 5; i++) await fails(() => SemanticCache.open({ embedder: other, path }), "fingerprint");
    const links = await Promise.all(
      (await readdir("/proc/self/fd")).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => "")),
    );
    equal(
      links.filter((link) => link.startsWith(path)),
      [],
    );
  });

  inFolder("a path in no folder, or that is a folder, is a clear error", async (path) => {
    await fails(() => SemanticCache.open({ embedder: WORDS, path: join(path, "none", "cache.db") }), "store");
    await fails(() => SemanticCache.open({ embedder: WORDS, path: dirname(path) }), "store");
  });

  inFolder("damage in a row costs that row", async (path) => {
    const first = await SemanticCache.open({ embedder: WORDS, path });
    for (const [i, question] of [QUESTION, `${QUESTION} please`, OTHER].entries()) await first.put(question, `${i}`);
    await first.close();
    const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
    const raw = new DatabaseSync(path);
    raw.exec(
      "UPDATE mneme_entries SET vector = x'010203' WHERE id = 3; UPDATE mneme_entries SET metadata = '{' WHERE id = 1",
    );
    raw.close();
    const events: string[] = [];
    const onEvent = (event: CacheEvent) => events.push(event.type === "error" ? String(event.error) : event.type);
    const second = await SemanticCache.open({ embedder: WORDS, path, onEvent });
    equal((await second.get(`${QUESTION} !`))?.response, "1", "the next candidate");
    equal((await second.get(OTHER))?.response, "2", "the exact layer needs no vector");
    ok(events[0]!.includes("metadata of entry 1"), String(events));
    await second.close();
  });

  inFolder("a newer store, and one that lost its identity, are refused and left as they are", async (path) => {
    const store = openPath(path);
    await store.open(IDENTITY);
    await store.close();
    const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
    const raw = new DatabaseSync(path);
    raw.exec("UPDATE mneme_state SET value = '{' WHERE name = 'identity'");
    await fails(() => openPath(path).open(IDENTITY), "corrupt");
    raw.exec("UPDATE mneme_state SET value = 2 WHERE name = 'schema'; DROP TABLE mneme_entries");
    await fails(() => openPath(path).open(IDENTITY), "newer");
    equal(raw.prepare("SELECT name FROM sqlite_master WHERE name = 'mneme_entries'").all(), []);
    raw.close();
  });

  /** The engine's own failures, brought about by its own switches. */
  const switched = (path: string, pragma: string) =>
    sqliteStore(() => {
      const driver = nodeSqlite(path)();
      driver.batch([{ sql: pragma, parameters: [] }], "read");
      return driver;
    });

  inFolder("a full disk is a clear error, and what was stored before is whole", async (path) => {
    const store = switched(path, "PRAGMA max_page_count = 60");
    store.open(IDENTITY);
    const value = JSON.stringify("x".repeat(10_000));
    let stored = 0;
    const { message } = await fails(() => {
      for (;;) {
        store.commit([
          { put: newEntry({ key: `a${stored}`, value }) },
          { put: newEntry({ key: `b${stored}`, value }) },
        ]);
        stored++;
      }
    }, "store");
    ok(message.includes("disk is full") && message.includes("Make room"), message);
    equal([store.count(), store.version(), store.check()], [2 * stored, stored, { ok: true }]);
    store.clear();
    await putOne(store);
    store.close();
  });

  inFolder("a file that may not be written is a clear error, and can be read", async (path) => {
    const filled = sqliteStore(path);
    filled.open(IDENTITY);
    await putOne(filled);
    filled.close();
    let readOnly = false;
    const store = sqliteStore(() => {
      const driver = nodeSqlite(path)();
      return {
        ...driver,
        batch: (statements, mode) => {
          driver.batch([{ sql: `PRAGMA query_only = ${readOnly ? 1 : 0}`, parameters: [] }], "read");
          return driver.batch(statements, mode);
        },
      };
    });
    store.open(IDENTITY);
    readOnly = true;
    equal(store.get("n", "k")?.value, '"value"');
    const { remedy } = await fails(() => putOne(store), "store");
    ok(remedy.includes("right to write"), remedy);
    readOnly = false;
    store.close();
  });

  inFolder("a file that another process keeps locked is a clear error after a while, and works again", async (path) => {
    const store = sqliteStore(path);
    store.open(IDENTITY);
    const other = new (process.getBuiltinModule("node:sqlite").DatabaseSync)(path);
    other.exec("BEGIN IMMEDIATE");
    equal(store.get("n", "k"), undefined, "reading goes on");
    const { message } = await fails(() => putOne(store), "store");
    ok(message.includes("locked"), message);
    other.exec("COMMIT");
    other.close();
    await putOne(store);
    store.close();
  });

  inFolder("a snapshot is taken while another connection writes, and does not see half of it", async (path) => {
    const store = sqliteStore(path);
    store.open(IDENTITY);
    await putOne(store);
    const other = new (process.getBuiltinModule("node:sqlite").DatabaseSync)(path);
    other.exec("BEGIN IMMEDIATE; UPDATE mneme_entries SET value = 'half'");
    await store.snapshot!(`${path}-copy`);
    other.exec("COMMIT");
    other.close();
    equal(store.get("n", "k")?.value, "half");
    const copy = sqliteStore(`${path}-copy`);
    copy.open(IDENTITY);
    equal([copy.get("n", "k")?.value, copy.check()], ['"value"', { ok: true }]);
    copy.close();
    store.close();
  });

  inFolder("a truncated file is a clear error, or a check that says so; never an answer", async (path) => {
    const filled = sqliteStore(path);
    filled.open(IDENTITY);
    for (let i = 0; i < 50; i++) await putOne(filled, { key: String(i), value: JSON.stringify("x".repeat(5000)) });
    filled.close();
    const { size } = await stat(path);
    for (const left of [size - 4096, Math.floor(size / 2), 5000, 100]) {
      const copy = `${path}-${left}`;
      await writeFile(copy, (await readFile(path)).subarray(0, left));
      const store = sqliteStore(copy);
      try {
        store.open(IDENTITY);
        ok(!store.check().ok, `${left} of ${size} bytes: the damage is found`);
      } catch (error) {
        equal((error as MnemeError).code, "corrupt", `${left} of ${size} bytes`);
      } finally {
        store.close();
      }
    }
  });

  inFolder("the log stays below 17 MB, however much is written", async (path) => {
    const store = sqliteStore(path);
    store.open(IDENTITY);
    const value = JSON.stringify("x".repeat(100_000));
    for (let i = 0; i < 400; i++) await putOne(store, { key: String(i), value });
    const { size } = await stat(`${path}-wal`);
    ok(size < 17_000_000, `${size} bytes after 40 MB`);
    store.close();
  });

  inFolder("removals are forgotten 10,000 commits later, and the version goes on", async (path) => {
    const store = sqliteStore(path);
    store.open(IDENTITY);
    store.commit([{ remove: [await putOne(store, { key: "gone" })] }]);
    const kept = await putOne(store, { key: "kept" });
    const raw = new (process.getBuiltinModule("node:sqlite").DatabaseSync)(path);
    raw.exec("UPDATE mneme_entries SET revision = 10002"); // as many commits at once
    equal([store.version(), store.changesSince(1), store.changesSince(2)?.removed], [10_002, undefined, []]);
    equal(store.commit([{ remove: [kept] }]).version, 10_003);
    equal(raw.prepare("SELECT * FROM mneme_removed").all(), [{ version: 10_003, id: kept }]);
    raw.close();
    equal([store.version(), store.changesSince(10_002)?.removed], [10_003, [kept]]);
    await putOne(store);
    equal([store.version(), store.get("n", "k")?.revision], [10_004, 10_004]);
    store.close();
  });

  inFolder("two caches on one file see each other's exact entries", async (path) => {
    const a = await SemanticCache.open({ embedder: WORDS, path });
    const b = await SemanticCache.open({ embedder: WORDS, path });
    await a.put(QUESTION, "from a");
    equal((await b.get(QUESTION))?.response, "from a");
    await b.put(QUESTION, "from b");
    equal((await a.get(QUESTION))?.response, "from b");
    await a.close();
    await b.close();
  });
};
