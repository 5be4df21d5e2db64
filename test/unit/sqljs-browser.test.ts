import initSqlJs from "sql.js";
import { indexedDBImage, sqliteStore, sqlJs } from "../../adapters/stores/sqlite-index.ts";
import type { Store } from "../../src/index.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import { IDENTITY, newEntry, type StoreUnderTest } from "../conformance/store-under-test.ts";
import type { Suite } from "../harness.ts";
import { testOwnStore } from "../own-store.ts";
import { testCacheModel } from "./cache-model.test.ts";
import { namesLike } from "./indexeddb-fixtures.ts";

let made = 0;
const place = "document" in globalThis ? "page" : "worker";
const newName = (): string => `mneme-sqljs-${place}-${Date.now()}-${made++}`;

/** sql.js with its image in the IndexedDB of the browser this runs in. The page's server has the module of sql.js. */
export const sqlJsBrowserTests: Suite = (test) => {
  const SQL = initSqlJs({ locateFile: (file: string) => `/${file}` });
  const storeOf = async (name: string): Promise<Store> => sqliteStore(sqlJs(await SQL, indexedDBImage(name)));
  const open = async (name: string): Promise<Store> => {
    const store = await storeOf(name);
    await store.open(IDENTITY);
    return store;
  };

  const newImage = async (): Promise<StoreUnderTest> => {
    const name = newName();
    return {
      store: await storeOf(name),
      another: () => storeOf(name),
      alone: true,
      dispose: () => drop(name),
    };
  };
  testOwnStore(test, newImage, { scrubs: false, again: true }); // in Node it shows all
  testCacheModel(test, newImage, { runs: 10 });

  test("identify leaves an absent image absent", async () => {
    const name = newName();
    const store = await storeOf(name);
    equal(await store.identify!(), undefined);
    equal(await namesLike(name), []);
    await store.close();
  });

  test("what was committed is there without closing, and after an image was made", async () => {
    const name = newName();
    const store = await open(name);
    for (let i = 0; i < 50; i++) await put(store, i, 200_000); // longer than a log may be
    const records = await keysIn(name);
    ok(records.filter(([kind]) => kind === "image").length > 100, "there is an image");
    ok(records.filter(([kind]) => kind === "log").length < 40, "the log stays short");
    await store.close();
    const again = await open(name);
    equal([await again.count(), await again.version(), await again.check()], [50, 50, { ok: true }]);
    await again.clear();
    for (let i = 0; i < 30; i++) await put(again, i, 200_000);
    await again.close();
    const smaller = await open(name);
    equal([await smaller.count(), await smaller.check()], [30, { ok: true }]);
    await smaller.close();
    await drop(name);
  });

  test("one tab at a time", async () => {
    const name = newName();
    const store = await open(name);
    const { message } = await fails(() => open(name), "store");
    ok(message.includes("Another tab"), message);
    await store.close();
    await (await open(name)).close();
    await drop(name);
  });

  test("reads wait for the commit under way, and see all of it", async () => {
    const name = newName();
    const store = await open(name);
    const seen = await Promise.all([
      put(store, 1),
      store.count(),
      store.commit([{ put: newEntry({ key: "a" }) }, { put: newEntry({ key: "b" }) }]),
      store.count(),
      fails(
        () => store.commit([{ put: newEntry({ key: "c" }) }, { put: newEntry({ key: "a" }), when: "absent" }]),
        "conflict",
      ),
      store.count(),
    ]);
    equal([seen[1], seen[3], seen[5]], [1, 3, 3]);
    await store.close();
    await drop(name);
  });

  test("a commit that the browser refuses changes nothing, and the next one goes on", async () => {
    const name = newName();
    const store = await open(name);
    await put(store, 1);
    const { add, put: putPiece } = IDBObjectStore.prototype;
    let refused = 0;
    const refuse = (): never => {
      refused++;
      throw new DOMException("no room", "QuotaExceededError");
    };
    IDBObjectStore.prototype.add = refuse;
    try {
      const { message } = await fails(() => put(store, 2), "store");
      ok(message.includes("disk is full"), message);
    } finally {
      IDBObjectStore.prototype.add = add;
    }
    equal([await store.count(), await store.version()], [1, 1]);
    await put(store, 3);
    IDBObjectStore.prototype.put = refuse;
    await store.close(); // the image is refused: the log stays
    IDBObjectStore.prototype.put = putPiece;
    equal(refused, 2);
    const again = await open(name);
    equal([await again.count(), await again.version(), await again.check()], [2, 2, { ok: true }]);
    await again.close();
    await drop(name);
  });

  test("a deleted database is a clear error", async () => {
    const name = newName();
    const store = await open(name);
    await put(store, 1);
    await drop(name);
    await fails(() => put(store, 2), "store");
    await store.close();
  });
};

async function put(store: Store, n: number, size = 1): Promise<void> {
  await store.commit([{ put: newEntry({ key: `k${n}`, value: JSON.stringify("x".repeat(size)) }) }]);
}

function keysIn(name: string): Promise<[string, number][]> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(name);
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const request = opening.result.transaction("pieces").objectStore("pieces").getAllKeys();
      request.onsuccess = () => {
        opening.result.close();
        resolve(request.result as [string, number][]);
      };
    };
  });
}

function drop(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = () => resolve();
    request.onerror = () => reject(request.error);
  });
}
