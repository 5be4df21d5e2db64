import { spawn } from "node:child_process";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import initSqlJs from "sql.js";
import { fileImage, sqliteStore, sqlJs } from "../../adapters/stores/sqlite-index.ts";
import { openPath } from "../../adapters/stores/sqlite-path.ts";
import { type Entry, SemanticCache, type SyncStore } from "../../src/index.ts";
import { equal, fails, ok, rejection } from "../conformance/assert.ts";
import { IDENTITY, newEntry } from "../conformance/store-under-test.ts";
import type { Suite } from "../harness.ts";
import { PARAPHRASE, QUESTION, WORDS } from "./cache-fixtures.ts";

type Fs = typeof import("node:fs");
type Call = (...args: unknown[]) => unknown;

/** sql.js with its image in a file: what no other engine has. */
export const sqlJsTests: Suite = (test) => {
  const inFolder = (name: string, run: (path: string, open: (path: string) => SyncStore) => Promise<void>): void =>
    test(name, async () => {
      const folder = await mkdtemp(join(tmpdir(), "mneme-sqljs-"));
      const SQL = await initSqlJs();
      try {
        await run(join(folder, "cache.db"), (path) => {
          const store = sqliteStore(sqlJs(SQL, fileImage(path)));
          store.open(IDENTITY);
          return store;
        });
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });

  inFolder("files are the owner's alone, and closed there is one", async (path, open) => {
    const store = open(path);
    put(store, 1);
    for (const suffix of ["", "-log", "-lock"]) equal((await stat(path + suffix)).mode & 0o777, 0o600, suffix);
    store.close();
    equal(await readdir(dirname(path)), ["cache.db"]);
  });

  inFolder("a log that was cut off anywhere gives back what was acknowledged before", async (path, open) => {
    const store = open(path);
    const ends: number[] = [];
    for (let i = 0; i < 4; i++) {
      put(store, i);
      ends.push((await stat(`${path}-log`)).size);
    }
    const states: Entry[][] = [[]];
    for (let i = 0; i < 4; i++) states.push([...states[i]!, store.get("n", `k${i}`)!]);
    const cut = join(dirname(path), "cut.db");
    for (let size = ends[0]! - 1; size <= ends[3]!; size += 37) {
      await copyFile(path, cut);
      await copyFile(`${path}-log`, `${cut}-log`);
      await truncate(`${cut}-log`, size);
      const again = open(cut);
      equal([...again.scan()], states[ends.filter((end) => end <= size).length], `${size} of ${ends[3]} bytes`);
      put(again, 9); // and it goes on from there
      again.close();
      const closed = open(cut);
      ok(closed.get("n", "k9") !== undefined, "a put after the cut is there");
      closed.close();
      await rm(cut);
    }
    store.close();
  });

  inFolder("a log that was damaged in its middle is an error: what follows was acknowledged", async (path, open) => {
    const store = open(path);
    for (let i = 0; i < 3; i++) put(store, i);
    const log = await readFile(`${path}-log`);
    for (const at of [0, 5, 9, 100, Math.floor(log.length / 2)]) {
      const damaged = join(dirname(path), `damaged-${at}.db`);
      await copyFile(path, damaged);
      await writeFile(
        `${damaged}-log`,
        log.map((byte, i) => (i === at ? byte ^ 4 : byte)),
      );
      await fails(() => open(damaged), "corrupt");
      await fails(() => open(damaged), "corrupt"); // it is left as it was, for whoever can mend it
    }
    store.close();
  });

  inFolder("a loss of power may leave zeros where nothing was written", async (path, open) => {
    const store = open(path);
    const ends: number[] = [];
    for (let i = 0; i < 3; i++) {
      put(store, i);
      ends.push((await stat(`${path}-log`)).size);
    }
    const log = await readFile(`${path}-log`);
    for (const [written, count] of [
      [log.length, 3],
      [ends[1]! + 200, 2],
      [ends[1]! + 5, 2],
      [ends[0]! + 30, 1],
    ] as const) {
      const copy = join(dirname(path), `zeros-${written}.db`);
      await copyFile(path, copy);
      await writeFile(
        `${copy}-log`,
        Buffer.concat([log.subarray(0, written), Buffer.alloc(log.length + 500 - written)]),
      );
      const again = open(copy);
      equal(again.count(), count, `${written} bytes`);
      again.close();
    }
    store.close();
  });

  inFolder("an image that cannot be put in place yet is not given up", async (path, open) => {
    const store = open(path);
    for (let i = 0; i < 50; i++) put(store, i);
    const fs = process.getBuiltinModule("node:fs");
    const killed = `${path}-killed`;
    // The moment when the log is complete and the image not begun.
    const stop = tap(fs, (name) => {
      if (name !== "fsyncSync" || fs.existsSync(killed)) return;
      fs.copyFileSync(path, killed);
      fs.copyFileSync(`${path}-log`, `${killed}-log`);
    });
    store.close();
    stop();
    const full = tap(fs, (name) => {
      if (name === "writeSync") throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
    });
    // The lock is written too, by another call.
    await fails(() => open(killed), "store").finally(full);
    const again = open(killed);
    equal([again.count(), again.check()], [50, { ok: true }]);
    again.close();
  });

  inFolder("a file is one file by whichever name", async (path, open) => {
    const store = open(path);
    put(store, 1);
    const link = `${path}-link`;
    await symlink(path, link);
    await fails(() => open(link), "store");
    store.close();
    const linked = open(link);
    put(linked, 2);
    linked.close();
    const again = open(path);
    equal(again.count(), 2);
    again.close();
  });

  inFolder("a lock of another machine is not taken over", async (path, open) => {
    open(path).close();
    await writeFile(`${path}-lock`, "1 12345 elsewhere pid:[1]");
    const { remedy } = await fails(() => open(path), "store");
    ok(remedy.includes("delete"), remedy);
  });

  inFolder("a lock that cannot be read is an error, not a wait without end", async (path, open) => {
    open(path).close();
    await mkdir(`${path}-lock`);
    await fails(() => open(path), "store");
  });

  inFolder("a snapshot that fails leaves an error, not a store on a closed database", async (path) => {
    const SQL = await initSqlJs();
    class Small extends SQL.Database {
      override export(): Uint8Array {
        this.close(); // as sql.js does before it reads
        throw new RangeError("Array buffer allocation failed");
      }
    }
    const store = sqliteStore(sqlJs({ Database: Small }));
    store.open(IDENTITY);
    await fails(() => store.snapshot!(`${path}-copy`), "store");
    ok((await fails(() => store.count(), "store")).message.includes("lost"), "it says so");
    store.close();
  });

  inFolder("memory that does not suffice for an image costs no commit, and the lock is let go of", async (path) => {
    const SQL = await initSqlJs();
    let exports = 0;
    class Small extends SQL.Database {
      override export(): Uint8Array {
        exports++;
        throw new RangeError("Array buffer allocation failed");
      }
    }
    const store = sqliteStore(sqlJs({ Database: Small }, fileImage(path)));
    store.open(IDENTITY);
    for (let i = 0; exports === 0; i++) put(store, i, 200_000);
    await fails(() => store.count(), "store"); // sql.js has closed its database
    store.close();
    const again = sqliteStore(sqlJs(SQL, fileImage(path)));
    again.open(IDENTITY);
    ok(again.count() > 10 && again.check().ok, "every commit is there");
    again.close();
  });

  inFolder("killed between any two steps, it is as before the commit or as after", async (path, open) => {
    const store = open(path);
    for (let i = 0; i < 20; i++) put(store, i);
    const copies: string[] = [];
    const fs = process.getBuiltinModule("node:fs");
    // Before each step on the disk, what a kill would leave there.
    const untap = tap(fs, () => {
      const copy = join(dirname(path), `copy-${copies.length}.db`);
      fs.copyFileSync(path, copy);
      if (fs.existsSync(`${path}-log`)) fs.copyFileSync(`${path}-log`, `${copy}-log`);
      copies.push(copy);
    });
    try {
      put(store, 20);
      store.clear();
      for (let i = 30; i < 33; i++) put(store, i);
      store.close(); // replaces the image
    } finally {
      untap();
    }
    ok(copies.length > 10, `only ${copies.length} steps were seen`);
    const left: string[] = [];
    for (const copy of copies) {
      const again = open(copy);
      const state = `${again.count()} at ${again.version()}`;
      if (left.at(-1) !== state) left.push(state);
      equal(again.check(), { ok: true });
      again.close();
      const reopened = open(copy);
      equal(`${reopened.count()} at ${reopened.version()}`, state, "opened once more");
      reopened.close();
    }
    equal(left, ["20 at 20", "21 at 21", "0 at 22", "1 at 23", "2 at 24", "3 at 25"]);
  });

  inFolder("a disk that fails at any step costs that commit and nothing else", async (path, open) => {
    const fs = process.getBuiltinModule("node:fs");
    let failed = 0;
    for (let step = 0; ; step++) {
      const file = join(dirname(path), `step-${step}.db`);
      const store = open(file);
      for (let i = 0; i < 10; i++) put(store, i);
      let left = step;
      let armed = true;
      const untap = tap(fs, (name, args, original) => {
        if (!armed || name === "rmSync" || left-- !== 0) return;
        if (name === "writeSync") original(...args.with(3, (args[3] as number) >> 1)); // what did fit
        throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
      });
      const before = store.version();
      const error = await rejection(() => put(store, 10, 2000)).catch(() => undefined);
      if (error !== undefined) {
        ok(String(error).includes("disk is full"), String(error));
        equal([store.count(), store.version()], [10, before], `step ${step}`);
        put(store, 10); // a shorter one: of what did fit before nothing may be left behind it
        failed++;
      }
      armed = false;
      const killed = `${file}-killed`;
      await copyFile(file, killed);
      await copyFile(`${file}-log`, `${killed}-log`);
      const survivor = open(killed);
      equal(survivor.count(), 11, `step ${step}, killed`);
      survivor.close();
      armed = true;
      await rejection(() => store.close()).catch(() => undefined);
      untap();
      const again = open(file);
      equal([again.count(), again.version(), again.check().ok], [11, before + 1, true], `step ${step}, reopened`);
      put(again, 11);
      again.close();
      if (left >= 0) break; // it ended before it came to this step
    }
    ok(failed >= 1, "no step of a commit failed");
  });

  inFolder("a new image writes only the pages that changed", async (path, open) => {
    const store = open(path);
    for (let i = 0; i < 400; i++) put(store, i, 4000);
    store.close();
    const { size } = await stat(path);
    const again = open(path);
    put(again, 5, 4000);
    const fs = process.getBuiltinModule("node:fs");
    let bytes = 0;
    const untap = tap(fs, (name, args) => {
      if (name === "writeSync") bytes += args[3] as number;
    });
    again.close();
    untap();
    ok(bytes > 4096 && bytes < 60 * 4096, `${bytes} bytes of ${size} were written`);
  });

  inFolder("a long log becomes a new image while the store is open", async (path, open) => {
    const store = open(path);
    const lengths: number[] = [];
    for (let i = 0; i < 120; i++) {
      put(store, i, 100_000);
      lengths.push((await stat(`${path}-log`)).size);
    }
    ok(Math.max(...lengths) < 6_000_000, "the log stays short");
    ok(lengths.filter((length) => length === 0).length >= 2, "it was emptied more than once");
    equal([store.count(), store.check().ok], [120, true]);
    store.close();
  });

  inFolder("one writer at a time; a lock whose process has gone is taken over", async (path, open) => {
    const store = open(path);
    const { message, remedy } = await fails(() => open(path), "store");
    ok(message.includes(`process ${process.pid}`) && remedy.includes("-lock"), message);
    store.close();
    const gone = spawn("true");
    await new Promise((resolve) => gone.once("close", resolve));
    const own = open(path);
    const place = (await readFile(`${path}-lock`, "utf8")).split(" ").slice(2).join(" ");
    own.close();
    for (const holder of [`${gone.pid} 12345 ${place}`, `${process.pid} 1 ${place}`, "", "nonsense"]) {
      await writeFile(`${path}-lock`, holder);
      open(path).close();
    }
  });

  inFolder("what another engine left in a write-ahead log is not passed over", async (path, open) => {
    for (const suffix of ["-wal", "-shm"]) {
      await writeFile(path + suffix, "");
      const { remedy } = await fails(() => open(path), "store");
      ok(remedy.includes("with that engine"), remedy);
      await rm(path + suffix);
    }
  });

  inFolder("no lock is left by an open that was refused", async (path, open) => {
    await writeFile(path, "this is not a database, and long enough to be taken for one ".repeat(50));
    await fails(() => open(path), "corrupt");
    equal(await readdir(dirname(path)), ["cache.db"]);
  });

  inFolder("two openings at once make one connection, and a store closed meanwhile keeps none", async () => {
    const SQL = await initSqlJs();
    let connections = 0;
    const store = () =>
      sqliteStore(async () => {
        const driver = sqlJs(SQL)();
        connections++;
        return {
          ...driver,
          batch: async (...batch: Parameters<typeof driver.batch>) => driver.batch(...batch),
          close: () => {
            connections--;
            driver.close();
          },
        };
      });
    const twice = store();
    await Promise.all([twice.open(IDENTITY), twice.open(IDENTITY)]);
    equal(connections, 1);
    await twice.close();
    const hasty = store();
    const opening = hasty.open(IDENTITY);
    await Promise.all([hasty.close(), fails(() => opening, "closed")]);
    equal(connections, 0);
    await fails(() => hasty.count(), "closed");
  });

  inFolder("a database in memory needs no image", async () => {
    const store = sqliteStore(sqlJs(await initSqlJs()));
    store.open(IDENTITY);
    put(store, 1);
    equal(store.count(), 1);
    store.close();
  });
};

/** Where the runtime has no SQLite of its own: `path` brings sql.js. */
export const sqlJsPathTests: Suite = (test) => {
  test("a cache with a path finds its entries again, in both layers", async () => {
    const folder = await mkdtemp(join(tmpdir(), "mneme-sqljs-"));
    const path = join(folder, "cache.db");
    try {
      const first = await SemanticCache.open({ embedder: WORDS, path });
      const id = await first.put(QUESTION, "answer");
      await first.close();
      const second = await SemanticCache.open({ embedder: WORDS, path });
      equal((await second.get(PARAPHRASE))?.id, id);
      equal((await second.get(QUESTION))?.layer, "exact");
      await second.close();
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
};

/** Where the runtime has an engine of its own: a file goes from one to the other. */
export const sqlJsMoveTests: Suite = (test) => {
  test("a file moves between sql.js and the runtime's engine", async () => {
    const folder = await mkdtemp(join(tmpdir(), "mneme-sqljs-"));
    const path = join(folder, "cache.db");
    const SQL = await initSqlJs();
    try {
      const native = openPath(path) as SyncStore;
      native.open(IDENTITY);
      put(native, 1);
      await fails(() => sqliteStore(sqlJs(SQL, fileImage(path))).open(IDENTITY), "store"); // both at once
      native.close();
      const store = sqliteStore(sqlJs(SQL, fileImage(path)));
      store.open(IDENTITY);
      equal(store.get("n", "k1")?.value, '"1"');
      await fails(() => openPath(path).open(IDENTITY), "store");
      put(store, 2);
      const { message } = await fails(() => openPath(path).open(IDENTITY), "store");
      ok(message.includes(`process ${process.pid}`), message);
      await copyFile(path, `${path}-killed`);
      await copyFile(`${path}-log`, `${path}-killed-log`);
      const refused = await fails(() => openPath(`${path}-killed`).open(IDENTITY), "store");
      ok(refused.message.includes("-log"), "commits that are not in the file are not passed over");
      store.close();
      const again = openPath(path) as SyncStore;
      again.open(IDENTITY);
      equal([again.count(), again.version(), again.check()], [2, 2, { ok: true }]);
      again.close();
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
};

function put(store: SyncStore, n: number, size = 1): void {
  store.commit([{ put: newEntry({ key: `k${n}`, value: JSON.stringify(String(n).repeat(size)) }) }]);
}

/** Calls `before` ahead of everything that changes a file. Returns what ends that. */
function tap(fs: Fs, before: (name: string, args: unknown[], original: Call) => void): () => void {
  const names = ["writeSync", "ftruncateSync", "fsyncSync", "rmSync"] as const;
  const originals = names.map((name) => [name, fs[name]] as const);
  for (const [name, original] of originals) {
    fs[name] = ((...args: unknown[]): unknown => {
      before(name, args, original as Call);
      return (original as Call)(...args);
    }) as never;
  }
  return () => {
    for (const [name, original] of originals) fs[name] = original as never;
  };
}
