import { chmod, copyFile, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { driverOf, type Row } from "../../adapters/stores/sqlite-driver.ts";
import { nodeSqlite, sqliteStore } from "../../adapters/stores/sqlite-index.ts";
import type { MnemeError } from "../../src/index.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import { IDENTITY, newEntry, putOne } from "../conformance/store-under-test.ts";
import type { Suite } from "../harness.ts";

/** A SQLite file as other connections, other users and bad disks leave it. */
export const sqliteFileTests: Suite = (test) => {
  const inFolder = (name: string, run: (path: string) => Promise<void>): void =>
    test(name, async () => {
      const folder = await mkdtemp(join(tmpdir(), "mneme-file-"));
      try {
        await run(join(folder, "cache.db"));
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });

  inFolder(
    "what is read in several statements is of one moment, though another connection commits between",
    async (path) => {
      const writer = sqliteStore(path);
      writer.open(IDENTITY);
      const id = await putOne(writer);
      const database = new (process.getBuiltinModule("node:sqlite").DatabaseSync)(path);
      let meanwhile = (): void => {};
      const reader = sqliteStore(() =>
        driverOf({
          name: "node:sqlite",
          script: (sql) => database.exec(sql),
          all: (sql, parameters) => {
            const rows = database.prepare(sql).all(...parameters) as Row[];
            if (sql.startsWith("SELECT")) meanwhile();
            return rows;
          },
          close: () => database.close(),
        }),
      );
      reader.open(IDENTITY);
      const entry = reader.get("n", "k")!;
      meanwhile = () => {
        meanwhile = () => {};
        writer.commit([{ remove: [id] }, { put: newEntry({ key: "later" }) }]);
      };
      equal(reader.changesSince(0), { version: 1, puts: [entry], removed: [] });
      equal(reader.changesSince(1)?.removed, [id], "the next moment");
      reader.close();
      writer.close();
    },
  );

  inFolder("in memory there is no file, and each store has its own", async (path) => {
    const before = process.cwd();
    process.chdir(dirname(path));
    try {
      const [one, other] = [sqliteStore(":memory:"), sqliteStore(":memory:")];
      for (const store of [one, other]) store.open(IDENTITY);
      await putOne(one);
      equal([one.count(), other.count()], [1, 0]);
      equal(await readdir("."), []);
      one.close();
      other.close();
    } finally {
      process.chdir(before);
    }
  });

  test("the feed goes back 10,000 commits and no further, and older removals are not kept", () => {
    const driver = nodeSqlite(":memory:")();
    const store = sqliteStore(() => driver);
    store.open(IDENTITY);
    const kept = () =>
      driver.batch([{ sql: "SELECT count(*) AS n FROM mneme_removed", parameters: [] }], "read")[0]![0]!.n;
    const { applied } = store.commit([{ put: newEntry({ key: "gone" }) }]);
    store.commit([{ remove: applied[0]! }]);
    const put = newEntry({ vector: null });
    while (store.version() < 10_001) store.commit([{ put }]);
    equal([store.changesSince(1)?.removed, store.changesSince(0), kept()], [applied[0], undefined, 1]);
    const last = store.commit([{ put }]).applied[0]!;
    equal([store.changesSince(1), store.changesSince(2)?.removed], [undefined, []]);
    store.commit([{ remove: last }]);
    equal([store.changesSince(2), store.changesSince(3)?.removed, kept()], [undefined, last, 1], "the older one went");
    store.close();
  });

  inFolder("whichever page is damaged, the check says so with a reason, or the opening does", async (path) => {
    const filled = sqliteStore(path);
    filled.open(IDENTITY);
    for (let i = 0; i < 30; i++) await putOne(filled, { key: String(i), value: JSON.stringify("x".repeat(5000)) });
    filled.close();
    const bytes = await readFile(path);
    const pages = bytes.length / 4096;
    ok(pages > 30, `${pages} pages`);
    let checked = 0;
    for (let page = 1; page < pages; page++) {
      const copy = `${path}-${page}`;
      await writeFile(copy, Buffer.from(bytes).fill(0xa5, page * 4096, (page + 1) * 4096));
      const store = sqliteStore(copy);
      try {
        store.open(IDENTITY);
        const check = store.check();
        ok(!check.ok && check.reason.length > 0, `page ${page}: ${JSON.stringify(check)}`);
        checked++;
      } catch (error) {
        equal((error as MnemeError).code, "corrupt", `page ${page}: ${error}`);
      } finally {
        store.close();
      }
    }
    ok(checked > 20, `${checked} were found by the check`);
  });

  inFolder(
    "a file overwritten while it is open fails the check, which does not throw, and every reading",
    async (path) => {
      const filled = sqliteStore(path);
      filled.open(IDENTITY);
      await putOne(filled);
      filled.close();
      const store = sqliteStore(path);
      store.open(IDENTITY);
      await writeFile(path, Buffer.alloc(40_960, "no database "), { flag: "r+" });
      const check = store.check();
      ok(!check.ok && check.reason.length > 20, JSON.stringify(check));
      await fails(() => store.get("n", "k"), "corrupt");
      await fails(() => store.commit([{ put: newEntry() }]), "corrupt");
      store.close();
    },
  );

  const RIGHTS: Record<string, [folder: number, file: number]> = {
    "a file that this user may not write": [0o755, 0o644],
    "a file that this user may not read": [0o755, 0o600],
    "a folder that this user may not write, which the log must be in": [0o555, 0o666],
    "a folder that this user may not enter": [0o700, 0o666],
  };
  for (const [what, [folder, file]] of Object.entries(RIGHTS)) {
    inFolder(`${what}: a clear error, and nothing is changed`, async (path) => {
      const filled = sqliteStore(path);
      filled.open(IDENTITY);
      await putOne(filled);
      filled.close();
      await copyFile(path, `${path}-before`);
      await chmod(path, file);
      await chmod(dirname(path), folder);
      const store = sqliteStore(path);
      const { remedy, message } = await asNobody(() => fails(() => store.open(IDENTITY), "store"));
      ok(/right to (read and )?write/.test(remedy), message);
      await chmod(dirname(path), 0o755);
      ok((await readFile(path)).equals(await readFile(`${path}-before`)), "as it was");
      equal((await readdir(dirname(path))).sort(), ["cache.db", "cache.db-before"]);
      await chmod(path, 0o600);
      store.open(IDENTITY);
      equal(store.count(), 1, "given the right, the same store opens");
      store.close();
    });
  }
};

/** As a user without rights; who runs the tests as root has every right. */
async function asNobody<T>(run: () => Promise<T>): Promise<T> {
  if (process.geteuid!() !== 0) return run();
  process.seteuid!(65_534);
  try {
    return await run();
  } finally {
    process.seteuid!(0);
  }
}
