import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { driverOf, type Row, type SyncSqliteDriver } from "../../adapters/stores/sqlite-driver.ts";
import { type BunDatabase, betterSqlite3, bunSqlite, sqliteStore } from "../../adapters/stores/sqlite-index.ts";
import { type Change, MnemeError, type SyncStore } from "../../src/index.ts";
import { equal, ok } from "../conformance/assert.ts";
import { IDENTITY, newEntry } from "../conformance/store-under-test.ts";
import type { Suite } from "../harness.ts";
import { RUNTIMES } from "../stage.ts";

// An engine that fails at a chosen call, before or after doing what it was asked, on a real file. For every call of an
// operation: it has happened or it has not, as another connection sees it too, and the store goes on.

/** Fails at its n-th call from when it was armed. */
class Faults {
  #left = Number.POSITIVE_INFINITY;
  #moment: Moment = "before";
  #andRollback = false;
  /** The statement at which it failed. */
  failedAt: string | undefined;

  arm(n: number, moment: Moment, andRollback: boolean): void {
    this.#left = n;
    this.#moment = moment;
    this.#andRollback = andRollback;
    this.failedAt = undefined;
  }

  disarm(): void {
    this.#left = Number.POSITIVE_INFINITY;
    this.#andRollback = false;
  }

  around<T>(sql: string, run: () => T): T {
    if (this.failedAt !== undefined && this.#andRollback && sql === "ROLLBACK") {
      this.#andRollback = false;
      throw new Error("injected: the rollback, too");
    }
    if (this.#left-- !== 0) return run();
    this.failedAt = sql;
    if (this.#moment === "after") run();
    throw new Error(`injected ${this.#moment} ${sql.slice(0, 20)}`);
  }
}
type Moment = "before" | "after";
type Open = { open: () => SyncSqliteDriver; script: (sql: string) => unknown; close: () => void };

/** Each engine on a file, with faults in its way; of better-sqlite3 and bun:sqlite the adapter is the one under test. */
const FAULTY: Record<string, (path: string, faults: Faults) => Open> = {
  "node:sqlite": (path, faults) => {
    const open = () => {
      const database = new (process.getBuiltinModule("node:sqlite").DatabaseSync)(path);
      return driverOf({
        name: "node:sqlite",
        script: (sql) => faults.around(sql, () => database.exec(sql)),
        all: (sql, parameters) => faults.around(sql, () => database.prepare(sql).all(...parameters) as Row[]),
        close: () => database.close(),
      });
    };
    return { open, script() {}, close() {} };
  },
  "better-sqlite3": (path, faults) => {
    const database = new (createRequire(join(RUNTIMES, "package.json"))("better-sqlite3") as BetterConstructor)(path);
    const open = betterSqlite3({
      get inTransaction() {
        return database.inTransaction;
      },
      exec: (sql) => faults.around(sql, () => database.exec(sql)),
      prepare: (sql) => {
        const statement = database.prepare(sql);
        return {
          reader: statement.reader,
          all: (...parameters) => faults.around(sql, () => statement.all(...parameters)),
          run: (...parameters) => faults.around(sql, () => statement.run(...parameters)),
        };
      },
    });
    return { open, script: (sql) => database.exec(sql), close: () => database.close() };
  },
  "bun:sqlite": (path, faults) => {
    const { Database } = process.getBuiltinModule("bun:sqlite") as unknown as { Database: BunConstructor };
    const database = new Database(path);
    const open = bunSqlite({
      get inTransaction() {
        return database.inTransaction;
      },
      run: (sql) => faults.around(sql.trim(), () => database.run(sql)),
      query: (sql) => ({ all: (...parameters) => faults.around(sql, () => database.query(sql).all(...parameters)) }),
    });
    return { open, script: (sql) => database.run(sql), close: () => database.close() };
  },
};
type BetterConstructor = new (path: string) => Parameters<typeof betterSqlite3>[0] & { close(): void };
type BunConstructor = new (path: string) => BunDatabase & { close(): void };

const OPERATIONS: Record<string, (store: SyncStore) => unknown> = {
  "a mixed commit": (store) => {
    const { id } = store.get("n", "old")!;
    const changes: Change[] = [
      { put: newEntry({ key: "new" }), when: "absent" },
      { put: newEntry({ key: "old", value: '"over"' }), when: { revision: 1 } },
      { touch: [id, 2], at: 7000, expiresAt: 9000 },
      { remove: [3] },
      { remove: [2, 4], when: { expiredAt: 2000 } },
      { put: newEntry({ key: "third", namespace: "m" }) },
    ];
    store.commit(changes);
  },
  clear: (store) => store.clear(),
  removeExpired: (store) => store.removeExpired(2000),
  "a put": (store) => store.commit([{ put: newEntry({ key: "old", value: '"over"' }) }]),
  setMeta: (store) => store.setMeta("m", "new"),
  swapMeta: (store) => store.swapMeta!("m", "old", "new"),
};

/** Those that are one statement. */
const SINGLE = new Set(["setMeta", "swapMeta", "a put"]);

function fill(store: SyncStore): void {
  store.commit([{ put: newEntry({ key: "old" }) }, { put: newEntry({ key: "second", expiresAt: 2000 }) }]);
  store.commit([
    { put: newEntry({ key: "third" }) },
    { put: newEntry({ key: "other", namespace: "m", expiresAt: 1 }) },
  ]);
  store.setMeta("m", "old");
}

/** All that can be read. */
function stateOf(store: SyncStore): unknown {
  const { oldest, namespaces, version, meta } = {
    oldest: store.oldest(99),
    namespaces: store.namespaces(),
    version: store.version(),
    meta: store.getMeta("m"),
  };
  return { entries: [...store.scan()], oldest, namespaces, version, meta, feed: store.changesSince(0) };
}

export const sqliteFailureTests =
  (engines: readonly string[]): Suite =>
  (test) => {
    for (const engine of engines) {
      const inFolder = (name: string, run: (folder: string) => Promise<void>): void =>
        test(`${engine}: ${name}`, async () => {
          const folder = await mkdtemp(join(tmpdir(), "mneme-faults-"));
          try {
            await run(folder);
          } finally {
            await rm(folder, { recursive: true, force: true });
          }
        });
      const using = <T>(path: string, faults: Faults, use: (store: SyncStore, open: Open) => T): T => {
        const opened = FAULTY[engine]!(path, faults);
        const store = sqliteStore(opened.open);
        try {
          return use(store, opened);
        } finally {
          store.close();
          opened.close();
        }
      };
      const honestly = <T>(path: string, use: (store: SyncStore) => T): T =>
        using(path, new Faults(), (store) => {
          store.open(IDENTITY);
          return use(store);
        });

      for (const [name, operate] of Object.entries(OPERATIONS)) {
        for (const [moment, andRollback] of [
          ["before", false],
          ["after", false],
          ["before", true],
        ] as const) {
          const how = `${moment} doing it${andRollback ? ", the rollback, too" : ""}`;
          inFolder(`every call of ${name} fails in turn, ${how}`, async (folder) => {
            const filled = join(folder, "filled.db");
            const done = join(folder, "done.db");
            const before = honestly(filled, (store) => {
              fill(store);
              return stateOf(store);
            });
            await copyFile(filled, done);
            const after = honestly(done, (store) => {
              operate(store);
              return stateOf(store);
            });
            ok(JSON.stringify(before) !== JSON.stringify(after), "the operation changes something");
            const statements: string[] = [];
            for (let n = 0; ; n++) {
              const path = join(folder, `${n}.db`);
              await copyFile(filled, path);
              const faults = new Faults();
              const failedAt = using(path, faults, (store) => {
                store.open(IDENTITY);
                faults.arm(n, moment, andRollback);
                const error = failure(() => operate(store));
                faults.disarm();
                if (faults.failedAt === undefined) {
                  equal(error, undefined);
                  return undefined;
                }
                told(error, `injected ${moment}`);
                // A statement by itself is a transaction by itself.
                const happened = moment === "after" && (faults.failedAt === "COMMIT" || SINGLE.has(name));
                const what = `failed at ${faults.failedAt}`;
                equal(stateOf(store), happened ? after : before, `${what}, by the same store`);
                honestly(path, (other) => equal(stateOf(other), happened ? after : before, `${what}, by another`));
                if (!happened) operate(store);
                equal([stateOf(store), store.check()], [after, { ok: true }], `${what}, and tried again`);
                return faults.failedAt;
              });
              if (failedAt === undefined) break;
              statements.push(failedAt);
            }
            const whole = statements.some((sql) => sql.startsWith("BEGIN")) && statements.includes("COMMIT");
            equal([whole, statements.length === 1], [!SINGLE.has(name), SINGLE.has(name)], `${statements}`);
          });
        }
      }

      for (const moment of ["before", "after"] as const) {
        inFolder(
          `every call of a scrub fails in turn, ${moment} doing it; nothing changes, and it can be done again`,
          async (folder) => {
            let calls = 0;
            for (; ; calls++) {
              const path = join(folder, `${calls}.db`);
              const faults = new Faults();
              const goOn = using(path, faults, (store) => {
                store.open(IDENTITY);
                fill(store);
                store.commit([{ put: newEntry({ key: "gone", text: "unforgettable" }) }]);
                store.commit([{ remove: [store.get("n", "gone")!.id] }]);
                const before = stateOf(store);
                faults.arm(2, "before", true); // its rollback fails, too, and is left to the next call
                told(
                  failure(() => store.clear()),
                  "injected before",
                );
                faults.arm(calls, moment, false);
                const error = failure(() => store.scrub!());
                faults.disarm();
                equal([stateOf(store), store.check()], [before, { ok: true }]);
                if (faults.failedAt === undefined) equal(error, undefined);
                else told(error, `injected ${moment}`);
                store.scrub!();
                equal(stateOf(store), before);
                return faults.failedAt !== undefined;
              });
              for (const file of [path, `${path}-wal`]) {
                const bytes = await readFile(file).catch(() => Buffer.alloc(0));
                ok(!bytes.includes("unforgettable"), file);
              }
              if (!goOn) break;
            }
            ok(calls >= 5, `${calls} calls`);
          },
        );
      }

      if (engine !== "node:sqlite") {
        inFolder("a transaction that the database's owner has begun is left to the owner", async (folder) => {
          const owned = FAULTY[engine]!(join(folder, "owned.db"), new Faults());
          const store = sqliteStore(owned.open);
          store.open(IDENTITY);
          owned.script("BEGIN");
          owned.script("INSERT INTO mneme_meta VALUES ('theirs', 'x')");
          told(
            failure(() => fill(store)),
            "cannot start a transaction",
          );
          told(
            failure(() => store.commit([{ put: newEntry() }])),
            "cannot start a transaction", // it would go with a ROLLBACK of theirs
          );
          equal(store.getMeta("theirs"), "x", "reading one statement is no transaction");
          owned.script("COMMIT");
          fill(store);
          equal([store.getMeta("theirs"), store.version()], ["x", 2]);
          store.close();
          owned.close();
        });
      }

      for (const moment of ["before", "after"] as const) {
        inFolder(`every call of opening a new file fails in turn, ${moment} doing it`, async (folder) => {
          let calls = 0;
          for (; ; calls++) {
            const path = join(folder, `${calls}.db`);
            const faults = new Faults();
            const goOn = using(path, faults, (store) => {
              faults.arm(calls, moment, false);
              const error = failure(() => store.open({ ...IDENTITY, fingerprint: "first" }));
              faults.disarm();
              if (faults.failedAt === undefined) return false;
              told(error, `injected ${moment}`);
              equal((failure(() => store.count()) as MnemeError).code, "closed");
              const stamped = faults.failedAt === "COMMIT" && moment === "after";
              // Nothing half-made: another embedder may have the file unless it was stamped.
              using(path, new Faults(), (other) => {
                const refused = failure(() => other.open(IDENTITY)) as MnemeError | undefined;
                equal(refused?.code, stamped ? "fingerprint" : undefined, `failed at ${faults.failedAt}`);
              });
              store.open(stamped ? { ...IDENTITY, fingerprint: "first" } : IDENTITY);
              fill(store);
              equal([store.version(), store.check()], [2, { ok: true }]);
              return true;
            });
            if (!goOn) break;
          }
          ok(calls > 12, `${calls} calls`);
        });
      }
    }
  };

function failure(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** The first failure is the one that is told, with its cause. */
function told(error: unknown, cause: string): void {
  ok(error instanceof MnemeError, String(error));
  equal(error.code, "store");
  ok(String((error.cause as Error).message).startsWith(cause), String(error.cause));
}
