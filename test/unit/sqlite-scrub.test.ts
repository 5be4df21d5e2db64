import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import initSqlJs from "sql.js";
import {
  type Statement,
  type SyncSqliteDriver,
  type SyncSqliteImage,
  sqliteStore,
  sqlJs,
} from "../../adapters/stores/sqlite-index.ts";
import type { Store, SyncStore } from "../../src/index.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import { IDENTITY, newEntry, putOne } from "../conformance/store-under-test.ts";
import { filesIn } from "../folder.ts";
import type { Suite } from "../harness.ts";
import { Servant } from "../servant.ts";
import { TRACED, testTraces } from "../traces.ts";
import { ENGINES } from "./sqlite-engines.test.ts";

/** Erasure in the files of every engine this runtime has, which are read byte by byte. */
export const sqliteScrubTests =
  (engines: readonly string[]): Suite =>
  (test) => {
    for (const name of engines) {
      const inFolder = (what: string, run: (place: Place) => Promise<void>): void =>
        test(`${name}: ${what}`, async () => {
          const folder = await mkdtemp(join(tmpdir(), "mneme-scrub-"));
          const place = new Place(folder, (await ENGINES[name]!())(join(folder, "store.db")));
          try {
            await run(place);
          } finally {
            place.close();
            await rm(folder, { recursive: true, force: true });
          }
        });

      inFolder("after a scrub no byte of any file is left of what went", async (place) => {
        await testTraces({ store: place.open(TRACED), files: () => filesIn(place.folder) });
      });

      inFolder("after a scrub no byte is left of what was closed with the file", async (place) => {
        await testTraces({
          store: place.open(TRACED),
          files: () => filesIn(place.folder),
          reopen: () => place.open(TRACED),
          finds: (trace) => !/overwritten|: meta$/.test(trace), // whose room was used again
        });
      });

      inFolder("a closed store has no scrub", async (place) => {
        const store = place.open(IDENTITY);
        ok(store.scrub !== undefined, "open, it has");
        store.close();
        equal(store.scrub, undefined);
      });

      if (name === "sql.js") continue; // it has the file alone

      inFolder("a scrub while another process reads is a clear error, and can be done after", async (place) => {
        const store = place.open(IDENTITY);
        place.ask("PRAGMA busy_timeout = 20");
        const id = await putOne(store, { text: "unforgettable" });
        const other = new Servant("node 24", "runtimes/sqlite-asking-entry.js", [place.path]);
        try {
          const seen = async () => [await place.holds("unforgettable"), await other.ask(COUNT)];
          equal(await other.ask("BEGIN"), []);
          equal(await other.ask(COUNT), [{ n: 1 }]);
          store.commit([{ remove: [id] }]);
          for (const attempt of ["first", "second"]) {
            const { message, remedy } = await fails(() => store.scrub!(), "store");
            ok(message.includes(OTHERS) && remedy.includes("scrub again"), message);
            equal(await seen(), [true, [{ n: 1 }]], `${attempt}: nothing was promised, and it reads on`);
          }
          await putOne(store, { key: "other" });
          await other.ask("COMMIT");
          store.scrub!();
          equal(await seen(), [false, [{ n: 1 }]]);
          await other.ask("BEGIN");
          await other.ask(COUNT); // from the file alone, in which all stands by now
          store.clear();
          await fails(() => store.scrub!(), "store");
          await other.ask("COMMIT");
          await other.ask("BEGIN IMMEDIATE");
          ok((await fails(() => store.scrub!(), "store")).message.includes(OTHERS), "a writer is in the way, too");
          await other.ask("ROLLBACK");
          store.scrub!();
          equal([store.count(), store.check()], [0, { ok: true }]);
        } finally {
          await other.end();
        }
      });

      inFolder("nothing is left in a journal that is kept, or in samples that ANALYZE took", async (place) => {
        const store = place.open(IDENTITY);
        place.ask("PRAGMA journal_mode = PERSIST");
        await putOne(store, { text: "unforgettable", namespace: "m", key: "unforgettable key" });
        await putOne(store);
        place.ask("ANALYZE");
        store.clear("m");
        ok(await place.holds("unforgettable", "-journal"), "it is in the journal");
        if (place.ask("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat4'").length > 0) {
          const samples = place.ask("SELECT CAST(sample AS TEXT) AS sample FROM sqlite_stat4");
          ok(JSON.stringify(samples).includes("unforgettable key"), "and in a sample");
        } else ok(name !== "better-sqlite3", "which this one takes");
        store.scrub!();
        equal([await place.holds("unforgettable"), store.count()], [false, 1]);
        equal(place.ask("PRAGMA journal_mode"), [{ journal_mode: "persist" }], "as it was chosen");
      });

      inFolder("a scrub inside a transaction of the caller's is a clear error", async (place) => {
        const store = place.open(IDENTITY);
        await putOne(store);
        place.ask("BEGIN");
        place.ask("UPDATE mneme_meta SET value = ''");
        const { message } = await fails(() => store.scrub!(), "store");
        ok(message.includes("transaction or a statement of its own"), message);
        place.ask("ROLLBACK");
        store.scrub!();
        store.commit([{ put: newEntry({ key: "after" }) }]);
        equal(store.count(), 2);
      });
    }
  };

/** What sql.js keeps is what its image does. */
export const sqlJsScrubTests: Suite = (test) => {
  /** An image in memory, as if in a bucket. */
  const imageIn = (kept: { image?: Uint8Array; log: (readonly Statement[])[] }, scrubs?: boolean): SyncSqliteImage => ({
    ...(scrubs !== undefined && { scrubs }),
    open: () => ({ image: kept.image?.slice(), log: kept.log, appended: 0 }),
    append: (batch) => kept.log.push(batch),
    replace(image) {
      kept.image = image;
      kept.log = [];
    },
    close() {},
  });

  test("without an image there are no files, and a scrub succeeds", async () => {
    const store = sqliteStore(sqlJs(await initSqlJs()));
    store.open(IDENTITY);
    store.scrub!();
    store.close();
  });

  test("an image that leaves old ones behind, or says nothing of it, makes a store without a scrub", async () => {
    for (const scrubs of [undefined, false]) {
      const store = sqliteStore(sqlJs(await initSqlJs(), imageIn({ log: [] }, scrubs)));
      store.open(IDENTITY);
      equal(store.scrub, undefined);
      store.close();
    }
  });

  test("a scrub replaces the image though nothing was put; if that fails it says so, and nothing is lost", async () => {
    const kept: { image?: Uint8Array; log: (readonly Statement[])[] } = { log: [] };
    const image = imageIn(kept, true);
    const { replace } = image;
    const store = sqliteStore(sqlJs(await initSqlJs(), image));
    store.open(IDENTITY);
    const id = await putOne(store, { text: "unforgettable" });
    await putOne(store, { key: "other" });
    store.close();
    const again = sqliteStore(sqlJs(await initSqlJs(), image));
    again.open(IDENTITY);
    again.commit([{ remove: [id] }]);
    image.replace = () => {
      throw new Error("ENOSPC: no space left on device");
    };
    ok((await fails(() => again.scrub!(), "store")).message.includes("disk is full"), "told");
    equal([Buffer.from(kept.image!).includes("unforgettable"), again.count(), kept.log.length], [true, 1, 1]);
    image.replace = replace;
    again.scrub!();
    equal([Buffer.from(kept.image!).includes("unforgettable"), again.count(), kept.log.length], [false, 1, 0]);
    kept.image!.fill(0);
    again.scrub!();
    ok(Buffer.from(kept.image!).includes("other"), "written anew each time");
    again.close();
  });
};

const OTHERS = "Another connection is in a transaction";
const COUNT = "SELECT count(*) AS n FROM mneme_entries";

/** A folder with a database in it, and an engine to open that. */
class Place {
  readonly folder: string;
  readonly path: string;
  readonly #engine: { open: () => SyncSqliteDriver; close?: () => void };
  #driver: SyncSqliteDriver | undefined;
  #store: Store | undefined;

  constructor(folder: string, engine: { open: () => SyncSqliteDriver; close?: () => void }) {
    this.folder = folder;
    this.path = join(folder, "store.db");
    this.#engine = engine;
  }

  /** Anew, if it was. */
  open(identity: typeof IDENTITY): SyncStore {
    this.#store?.close();
    const store = sqliteStore(() => {
      this.#driver = this.#engine.open();
      return this.#driver;
    });
    store.open(identity);
    this.#store = store;
    return store;
  }

  /** By the store's own connection. */
  ask(sql: string) {
    return this.#driver!.batch([{ sql, parameters: [] }], "read")[0]!;
  }

  async holds(text: string, file = ""): Promise<boolean> {
    return [...(await filesIn(this.folder))].some(
      ([name, bytes]) => name.endsWith(file) && Buffer.from(bytes).includes(text),
    );
  }

  close(): void {
    this.#store?.close();
    this.#engine.close?.();
  }
}
