import { indexedDBStore } from "../../adapters/stores/indexeddb.ts";
import { reembed } from "../../src/cache/reembed.ts";
import { SemanticCache } from "../../src/index.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import { IDENTITY, newEntry, putOne, type StoreUnderTest } from "../conformance/store-under-test.ts";
import type { Suite } from "../harness.ts";
import { testOwnStore } from "../own-store.ts";
import { PARAPHRASE, QUESTION, WORDS } from "./cache-fixtures.ts";
import { testCacheModel } from "./cache-model.test.ts";
import { answered, drop, namesLike, newName, until } from "./indexeddb-fixtures.ts";
import { asked, expected, holdings, NEW, NOW, noting, questions } from "./reembed-fixtures.ts";

/** The IndexedDB of the browser this runs in. */
export const indexedDBTests: Suite = (test) => {
  const newDatabase = (): StoreUnderTest => {
    const name = newName();
    return { store: indexedDBStore(name), another: () => indexedDBStore(name), dispose: () => drop(name) };
  };
  testOwnStore(test, newDatabase, { scrubs: false, again: !("document" in globalThis) }); // a page shows all of it
  testCacheModel(test, newDatabase, { runs: 15 });

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

  test("identify leaves an absent database absent, by its own and by a cache's fallback", async () => {
    const name = newName();
    for (const store of [indexedDBStore(name), indexedDBStore(name, { fallback: "memory" })]) {
      equal(await store.identify!(), undefined);
      await store.close();
    }
    await until(async () => (await namesLike(name)).length === 0); // WebKit lists it for a moment more
    const store = indexedDBStore(name);
    await store.open(IDENTITY);
    equal(await namesLike(name), [name]);
    await store.close();
    await drop(name);
  });

  test("one database is embedded anew into another, goes on after it was cut off, and is no cache before", async () => {
    const name = newName();
    const from = await asked(questions(30), indexedDBStore(name));
    let to = indexedDBStore(`${name}-new`);
    let calls = 0;
    const embedder = noting(() => {
      if (++calls === 4) throw new Error("the tab was closed");
    });
    const options = { embedder: NEW, clock: () => NOW, batch: 4, concurrency: 1, attempts: 1 };
    await fails(() => reembed({ from, to, ...options, embedder }), "embedder");
    await to.close();
    to = indexedDBStore(`${name}-new`);
    await fails(() => SemanticCache.open({ embedder: NEW, store: to }), "unfinished");
    const { kept, embedded, entries } = await reembed({ from, to, ...options });
    equal([kept, entries], [0, 30]);
    ok(embedded <= 28 - 11, `${embedded} texts`);
    equal(await holdings(to), await expected(from));
    for (const store of [from, to]) await store.close();
    for (const database of [name, `${name}-new`]) await drop(database);
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

  test("a store hears of another's commits, clears and removals, and not of its own", async () => {
    const name = newName();
    const [a, b] = [indexedDBStore(name), indexedDBStore(name)];
    const elsewhere = indexedDBStore(`${name}-other`);
    await Promise.all([a, b, elsewhere].map((store) => store.open(IDENTITY)));
    const heard: { a: number[]; b: number[] } = { a: [], b: [] };
    const stop = a.watch!((version) => heard.a.push(version));
    b.watch!(() => {
      throw new Error("a listener's failure is its own");
    });
    b.watch!((version) => heard.b.push(version));
    await putOne(elsewhere);
    const id = await putOne(a, { expiresAt: 2000 });
    await a.commit([{ touch: [id], at: 1 }]); // raises no version
    await a.clear("nobody");
    await a.removeExpired(2000);
    await putOne(a);
    await a.clear();
    await until(() => heard.b.length === 4);
    equal(heard.b, [1, 2, 3, 4]);
    await putOne(b);
    await until(() => heard.a.length === 1);
    equal(heard.a, [5]);
    stop();
    await putOne(b);
    await b.close();
    await putOne(a);
    const last = indexedDBStore(name);
    await last.open(IDENTITY);
    await until(async () => (await last.version()) === 7);
    equal([heard.a, heard.b], [[5], [1, 2, 3, 4]], "nobody hears after stopping or closing");
    for (const store of [a, last, elsewhere]) await store.close();
    await drop(name);
    await drop(`${name}-other`);
  });

  test("a database of a newer version is refused by name", async () => {
    const name = newName();
    (await answered(indexedDB.open(name, 99))).close();
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
