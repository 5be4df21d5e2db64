import { indexedDBStore } from "../../adapters/stores/indexeddb.ts";
import { SemanticCache } from "../../src/index.ts";
import { equal, fails } from "../conformance/assert.ts";
import { testStore } from "../conformance/store.ts";
import { IDENTITY, newEntry, putOne } from "../conformance/store-under-test.ts";
import type { Suite } from "../harness.ts";
import { PARAPHRASE, QUESTION, WORDS } from "./cache-fixtures.ts";

let made = 0;
const place = "document" in globalThis ? "page" : "worker";
const newName = (): string => `mneme-test-${place}-${Date.now()}-${made++}`;
const drop = (name: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = () => resolve();
    request.onerror = () => reject(request.error);
  });

/** The IndexedDB of the browser this runs in. */
export const indexedDBTests: Suite = (test) => {
  testStore(test, () => {
    const name = newName();
    return { store: indexedDBStore(name), another: () => indexedDBStore(name), dispose: () => drop(name) };
  });

  test("a cache with a path finds its entries again, in both layers", async () => {
    const path = newName();
    const first = await SemanticCache.open({ embedder: WORDS, path });
    const id = await first.put(QUESTION, "answer");
    await first.close();
    const second = await SemanticCache.open({ embedder: WORDS, path });
    const hit = await second.get(PARAPHRASE);
    equal([hit?.response, hit?.layer, hit?.id], ["answer", "semantic", id]);
    equal((await second.get(QUESTION))?.layer, "exact");
    await second.close();
    await drop(path);
  });

  test("two connections make one row of one key, and see each other's", async () => {
    const name = newName();
    const a = indexedDBStore(name);
    const b = indexedDBStore(name);
    await Promise.all([a.open(IDENTITY), b.open(IDENTITY)]);
    await Promise.all(Array.from({ length: 40 }, (_, i) => putOne(i % 2 === 0 ? a : b, { value: String(i) })));
    equal([await a.count(), await b.count()], [1, 1]);
    equal((await a.get("n", "k"))?.value, (await b.get("n", "k"))?.value);
    equal(await a.version(), 40);
    await a.close();
    await b.close();
    await drop(name);
  });

  test("a deleted database is a clear error, and to the cache a miss", async () => {
    const path = newName();
    const cache = await SemanticCache.open({ embedder: WORDS, path });
    const store = indexedDBStore(path);
    await store.open({ fingerprint: WORDS.fingerprint, dimensions: WORDS.dimensions });
    await cache.put(QUESTION, "answer");
    await drop(path);
    await fails(() => store.get("n", "k"), "store");
    equal((await store.check()).ok, false);
    equal(await cache.get(QUESTION), undefined);
    await fails(() => cache.put(QUESTION, "again"), "store");
    equal((await cache.wrap(QUESTION, () => "computed")).response, "computed");
    await cache.close();
    await store.close();
  });

  test("a database of a newer version is refused by name", async () => {
    const name = newName();
    const request = indexedDB.open(name, 99);
    await new Promise((resolve) => {
      request.onsuccess = resolve;
    });
    request.result.close();
    await fails(() => indexedDBStore(name).open(IDENTITY), "newer");
    await drop(name);
  });

  test("without storage, the fallback goes on in memory when it is allowed, and not otherwise", async () => {
    const open = IDBFactory.prototype.open;
    IDBFactory.prototype.open = () => {
      throw new DOMException("The operation is insecure.", "SecurityError");
    };
    try {
      await fails(() => indexedDBStore(newName()).open(IDENTITY), "store");
      const store = indexedDBStore(newName(), { fallback: "memory" });
      await store.open(IDENTITY);
      await store.commit([{ put: newEntry() }]);
      equal((await store.get("n", "k"))?.value, '"value"');
      equal(await store.clear(), 1);
      await store.close();
    } finally {
      IDBFactory.prototype.open = open;
    }
  });

  test("a name that is none is refused", async () => {
    await fails(() => indexedDBStore(""), "argument");
    await fails(() => indexedDBStore(undefined as never), "argument");
  });
};
