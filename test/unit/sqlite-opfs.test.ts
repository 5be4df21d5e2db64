import { opfsSqlite, sqliteStore, type WasmSqlite3 } from "../../adapters/stores/sqlite-index.ts";
import { SemanticCache, SemanticCacheSync, type Store } from "../../src/index.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import { IDENTITY, newEntry, putOne, type StoreUnderTest } from "../conformance/store-under-test.ts";
import type { Suite } from "../harness.ts";
import { testOwnStore } from "../own-store.ts";
import { type Files, TRACED, testTraces } from "../traces.ts";
import { PARAPHRASE, QUESTION, WORDS } from "./cache-fixtures.ts";
import { testCacheModel } from "./cache-model.test.ts";

/** What the tests themselves ask of the module. */
export type Sqlite3 = WasmSqlite3 & {
  installOpfsSAHPoolVfs(options: { name: string }): Promise<{
    exportFile(path: string): Uint8Array;
    importDb(path: string, bytes: Uint8Array): void;
    isPaused(): boolean;
  }>;
};
/** Another worker that opens the store of a name. It answers once it has, and again once it has closed it. */
export interface Holder {
  close(): Promise<void>;
  terminate(): void;
}

let made = 0;
const newName = (): string => `test-${Date.now()}-${made++}`;
/** Refused while anything still holds a file; a store that was never opened has made none. */
const drop = async (name: string): Promise<void> => {
  const root = await navigator.storage.getDirectory();
  await root.removeEntry(`mneme-${name}`, { recursive: true }).catch((error) => {
    if (error.name !== "NotFoundError") throw error;
  });
};

/** SQLite in the origin-private file system, in a worker of a browser that has one. */
export const opfsTests =
  (sqlite3: Sqlite3, hold: (name: string) => Promise<Holder>): Suite =>
  (test) => {
    const storeOf = (name: string): Store => sqliteStore(opfsSqlite(sqlite3, name));
    const named = (title: string, run: (name: string) => Promise<void>): void =>
      test(title, async () => {
        const name = newName();
        await run(name);
        await drop(name);
      });

    const newDatabase = (): StoreUnderTest => {
      const name = newName();
      return { store: storeOf(name), another: () => storeOf(name), dispose: () => drop(name) };
    };
    testOwnStore(test, newDatabase, { again: true }); // opening a file takes long; what SQLite does, others show
    testCacheModel(test, newDatabase, { runs: 10 });

    named("identify leaves an absent database absent", async (name) => {
      const store = storeOf(name);
      equal(await store.identify!(), undefined);
      const root = await navigator.storage.getDirectory();
      const there = await root.getDirectoryHandle(`mneme-${name}`).then(
        () => true,
        () => false,
      );
      equal(there, false);
      await store.close();
    });

    named("a cache finds its entries again, in both layers", async (name) => {
      const first = await SemanticCache.open({ embedder: WORDS, store: storeOf(name) });
      const id = await first.put(QUESTION, "answer");
      await first.close();
      const second = await SemanticCache.open({ embedder: WORDS, store: storeOf(name) });
      const hit = await second.get(PARAPHRASE);
      equal([hit?.response, hit?.layer, hit?.id], ["answer", "semantic", id]);
      equal((await second.get(QUESTION))?.layer, "exact");
      await second.close();
    });

    named("once opened, it answers at once: a synchronous cache runs on it", async (name) => {
      const driver = await opfsSqlite(sqlite3, name)();
      const cache = SemanticCacheSync.open({ embedder: WORDS, store: sqliteStore(() => driver) });
      cache.put(QUESTION, "answer");
      equal(cache.get(PARAPHRASE)?.response, "answer");
      cache.close();
    });

    named("stores of one worker share the database until the last has closed", async (name) => {
      const [a, b] = [storeOf(name), storeOf(name)];
      await Promise.all([a.open(IDENTITY), b.open(IDENTITY)]);
      await putOne(a);
      equal((await b.get("n", "k"))?.value, '"value"');
      await a.close();
      await putOne(b, { key: "second" });
      await b.close();
      const pool = await sqlite3.installOpfsSAHPoolVfs({ name: `mneme-${name}` });
      ok(pool.isPaused(), "nothing is held after the last close");
      const [c, d] = [storeOf(name), storeOf(name)];
      const opening = c.open(IDENTITY);
      await d.open(IDENTITY);
      await opening;
      equal([await c.count(), await d.count()], [2, 2]);
      await c.close();
      await d.close();
    });

    named("a store whose opening was refused holds nothing", async (name) => {
      const store = storeOf(name);
      await store.open(IDENTITY);
      await store.close();
      await fails(() => storeOf(name).open({ ...IDENTITY, fingerprint: "other" }), "fingerprint");
      const holder = await hold(name);
      await holder.close();
    });

    named(
      "what another worker has open is a clear error after a while, and can be had once it closes",
      async (name) => {
        const holder = await hold(name);
        const { message, remedy } = await fails(() => storeOf(name).open(IDENTITY), "store");
        ok(message.includes("Another tab") && message.includes(name) && remedy.includes("indexedDBStore"), message);
        const store = storeOf(name);
        const opening = store.open(IDENTITY);
        await holder.close();
        await opening;
        equal((await store.get("n", name))?.value, '"value"', "what the other wrote");
        await store.close();
      },
    );

    named("files held by someone without mneme's lock are a clear error, and none is lost", async (name) => {
      const holder = await hold(name);
      await holder.close();
      const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle(`mneme-${name}`);
      const files = (await folder.getDirectoryHandle(".opaque")) as unknown as { values(): AsyncIterable<SyncFile> };
      // One file, and one without data: the others could be deleted.
      let handle: SyncHandle | undefined;
      for await (const file of files.values()) {
        const candidate = await file.createSyncAccessHandle();
        if (handle === undefined && candidate.getSize() <= 4096) handle = candidate;
        else candidate.close();
      }
      await fails(() => storeOf(name).open(IDENTITY), "store");
      handle!.close();
      const again = storeOf(name);
      await again.open(IDENTITY);
      equal((await again.get("n", name))?.value, '"value"');
      await again.close();
    });

    named("a worker that ends without closing lets go, and nothing is lost", async (name) => {
      const holder = await hold(name);
      holder.terminate();
      const store = storeOf(name);
      await store.open(IDENTITY);
      equal((await store.get("n", name))?.value, '"value"');
      equal(await store.check(), { ok: true });
      await store.close();
    });

    named("a used-up quota is a clear error, and what was stored before is whole", async (name) => {
      const store = storeOf(name);
      await store.open(IDENTITY);
      await putOne(store);
      const handles = (globalThis as unknown as { FileSystemSyncAccessHandle: { prototype: { write: unknown } } })
        .FileSystemSyncAccessHandle.prototype;
      const { write } = handles;
      handles.write = () => {
        throw new DOMException("No space available for this operation", "QuotaExceededError");
      };
      try {
        const { remedy } = await fails(
          () => store.commit([{ put: newEntry({ key: "second", value: JSON.stringify("x".repeat(100_000)) }) }]),
          "store",
        );
        ok(remedy.includes("quota"), remedy);
      } finally {
        handles.write = write;
      }
      equal([await store.count(), await store.version(), await store.check()], [1, 1, { ok: true }]);
      await putOne(store, { key: "third" });
      equal(await store.count(), 2);
      await store.close();
    });

    named("after a scrub no byte is left of what went in any file of the pool", async (name) => {
      const store = storeOf(name);
      await store.open(TRACED);
      await testTraces({ store, files: () => poolFiles(name), finds: (trace) => !/overwritten|: meta$/.test(trace) });
      await store.close();
      equal(store.scrub, undefined);
    });

    named("the database can be exported while it is open, and imported under another name", async (name) => {
      const store = storeOf(name);
      await store.open(IDENTITY);
      await putOne(store);
      const bytes = (await sqlite3.installOpfsSAHPoolVfs({ name: `mneme-${name}` })).exportFile("/mneme.db");
      await store.close();
      const copy = newName();
      const empty = storeOf(copy);
      await empty.open(IDENTITY);
      const pool = await sqlite3.installOpfsSAHPoolVfs({ name: `mneme-${copy}` });
      await empty.close();
      await (pool as unknown as { unpauseVfs(): Promise<unknown> }).unpauseVfs();
      pool.importDb("/mneme.db", bytes);
      const restored = storeOf(copy);
      await restored.open(IDENTITY);
      equal((await restored.get("n", "k"))?.value, '"value"');
      equal(await restored.check(), { ok: true });
      await restored.close();
      await drop(copy);
    });

    test("a name that is none, and a sqlite3 that would delete what is open elsewhere, are refused", async () => {
      for (const name of ["", "a/b", undefined as never, "x".repeat(101)]) {
        await fails(() => opfsSqlite(sqlite3, name), "argument");
      }
      const old = { ...sqlite3, version: { libVersionNumber: 3_053_004 } };
      const { remedy } = await fails(() => sqliteStore(opfsSqlite(old, "never")).open(IDENTITY), "unsupported");
      ok(remedy.includes("3.54"), remedy);
    });
  };

/** Every file of a pool, journals and spare ones too. */
async function poolFiles(name: string): Promise<Files> {
  const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle(`mneme-${name}`);
  const opaque = (await folder.getDirectoryHandle(".opaque")) as unknown as {
    values(): AsyncIterable<FileSystemFileHandle>;
  };
  const files: [string, Uint8Array][] = [];
  for await (const file of opaque.values()) {
    files.push([file.name, new Uint8Array(await (await file.getFile()).arrayBuffer())]);
  }
  return files;
}

interface SyncFile {
  createSyncAccessHandle(): Promise<SyncHandle>;
}
interface SyncHandle {
  getSize(): number;
  close(): void;
}

/** Pages, and browsers without synchronous file handles. */
export const noOpfsTests: Suite = (test) => {
  test("where OPFS cannot be used, a store on it says so", async () => {
    const { remedy } = await fails(() => sqliteStore(opfsSqlite({} as never, "never")).open(IDENTITY), "unsupported");
    ok(remedy.includes("Worker") && remedy.includes("indexedDBStore"), remedy);
  });
};
