import { indexedDBStore } from "../../adapters/stores/indexeddb.ts";
import { openDatabase } from "../../adapters/stores/indexeddb-database.ts";
import { translated } from "../../adapters/stores/indexeddb-error.ts";
import { type CacheEvent, type Change, SemanticCache } from "../../src/index.ts";
import { equal, fails, ok, rejection } from "../conformance/assert.ts";
import { IDENTITY, newEntry, putOne } from "../conformance/store-under-test.ts";
import type { Report, Suite } from "../harness.ts";
import { OTHER, PARAPHRASE, QUESTION, WORDS } from "./cache-fixtures.ts";
import { answered, contents, drop, newName, until, WORDS_IDENTITY } from "./indexeddb-fixtures.ts";

/** What goes wrong at a request, given its object store. */
type Fault = (table: IDBObjectStore) => void;

const FAULTS: Record<string, Fault> = {
  "the request is refused": () => {
    throw new DOMException("refused", "DataError");
  },
  "the transaction is aborted": (table) => table.transaction.abort(),
};

/** Lets a fault happen at the n-th write of the page from now on; answers whether it came to that, and ends it. */
function failAt(n: number, fault: Fault): () => boolean {
  const { put, delete: remove } = IDBObjectStore.prototype;
  let seen = 0;
  const happen = (table: IDBObjectStore): void => {
    if (++seen === n) fault(table);
  };
  IDBObjectStore.prototype.put = function (...args) {
    happen(this);
    return put.apply(this, args);
  };
  IDBObjectStore.prototype.delete = function (...args) {
    happen(this);
    return remove.apply(this, args);
  };
  return () => {
    Object.assign(IDBObjectStore.prototype, { put, delete: remove });
    return seen >= n;
  };
}

/** An IndexedDB whose storage fails, is taken away, or was never given. */
export const indexedDBFailureTests: Suite = (test) => {
  for (const [name, fault] of Object.entries(FAULTS)) {
    test(`at whichever write of a commit ${name}, nothing has changed, and the store goes on`, async () => {
      const database = newName();
      const store = indexedDBStore(database);
      await store.open(IDENTITY);
      const ids = [];
      for (const key of ["kept", "touched", "removed"]) ids.push(await putOne(store, { key }));
      const [, touched, removed] = ids as [number, number, number];
      const mixed: Change[] = [
        { put: newEntry({ key: "added" }) },
        { put: newEntry({ key: "kept", value: '"overwritten"' }) },
        { touch: [touched], at: 5000, expiresAt: 9000 },
        { remove: [removed] },
        { put: newEntry({ key: "last", namespace: "other", vector: null }) },
      ];
      const before = await contents(store);
      let steps = 0;
      for (let n = 1; ; n++) {
        const restore = failAt(n, fault);
        const error = await (async () => store.commit(mixed))().then(
          () => undefined,
          (error: unknown) => error,
        );
        if (!restore()) {
          equal(error, undefined);
          break;
        }
        steps++;
        ok(error !== undefined, `the fault at write ${n} went unnoticed`);
        await fails(() => {
          throw error;
        }, "store");
        equal(await contents(store), before, `after the fault at write ${n}`);
      }
      equal(steps, 12, "two writes a put, two a touch that renews, three a removal, one of the version");
      equal((await store.get("n", "kept"))?.value, '"overwritten"', "without a fault it is committed");
      equal(await store.version(), before.version + 1);
      await store.setMeta("s", "1");
      const works = [
        () => store.clear(),
        () => store.removeExpired(9000),
        () => store.setMeta("m", "v"),
        () => store.swapMeta!("s", "1", "2"),
      ];
      for (const work of works) {
        const now = [await contents(store), await store.getMeta("s")];
        const restore = failAt(1, fault);
        await rejection(work);
        restore();
        equal([await contents(store), await store.getMeta("s")], now, String(work));
      }
      equal(await store.clear(), 4);
      await store.close();
      await drop(database);
    });
  }

  test("a database held at an older version is a clear error, and is not held when it comes free", async () => {
    const name = newName();
    const holder = await answered(indexedDB.open(name, 1)); // takes no notice of "versionchange"
    const error = await rejection(() => openDatabase(name, () => {}, 2));
    equal((error as DOMException).name, "BlockedError");
    const told = translated("open", error);
    equal([told.code, told.message.includes("Another tab or worker holds an older version")], ["store", true]);
    const { close } = IDBDatabase.prototype;
    let closed = 0;
    IDBDatabase.prototype.close = function () {
      closed++;
      close.call(this);
    };
    try {
      holder.close();
      await until(() => closed === 2); // the one that nobody waits for any more, too
    } finally {
      IDBDatabase.prototype.close = close;
    }
    await drop(name);
  });

  test("a blocked open goes on in memory when that is allowed", async () => {
    const open = IDBFactory.prototype.open;
    const [refused, name] = [newName(), newName()];
    const holders = await Promise.all([refused, name].map((held) => answered(indexedDB.open(held, 1))));
    IDBFactory.prototype.open = function (database) {
      return open.call(this, database, 2); // as a newer mneme will
    };
    try {
      const error = await fails(() => indexedDBStore(refused).open(IDENTITY), "store");
      ok(error.message.includes("Close or reload the site's other tabs."), error.message);
      const store = indexedDBStore(name, { fallback: "memory" });
      await store.open(IDENTITY);
      await putOne(store);
      equal([store.name, await store.count()], ["memory", 1]);
      await store.close();
    } finally {
      IDBFactory.prototype.open = open;
      for (const holder of holders) holder.close();
    }
    await drop(refused);
    await drop(name);
  });

  test("a newer mneme is not kept waiting: the store lets go, and says so", async () => {
    for (const fallback of [undefined, "memory"] as const) {
      const name = newName();
      const store = indexedDBStore(name, { fallback });
      await store.open(IDENTITY);
      await putOne(store);
      const newer = await openDatabase(name, () => {}, 2);
      if (fallback === "memory") {
        equal([await store.count(), store.name], [0, "memory"]);
        await putOne(store);
        equal(await store.count(), 1);
      } else {
        const error = await fails(() => store.count(), "newer");
        ok(error.message.includes("taken the database over. Reload this page."), error.message);
      }
      newer.close();
      await store.close();
      await fails(() => store.count(), "closed");
      await drop(name);
    }
  });

  test("a deleted database is a clear error, and to the cache a miss with an event", async () => {
    const path = newName();
    const events: CacheEvent[] = [];
    const cache = await SemanticCache.open({ embedder: WORDS, path, onEvent: (event) => events.push(event) });
    const store = indexedDBStore(path);
    await store.open(WORDS_IDENTITY);
    await cache.put(QUESTION, "answer");
    await drop(path);
    const error = await fails(() => store.get("n", "k"), "store");
    ok(error.message.includes("was deleted, by another tab or with the site's data."), error.message);
    equal(await store.check(), { ok: false, reason: error.message });
    await until(() => events.length > 0); // told without asking, by the refresh that found nothing
    events.length = 0;
    equal(await cache.get(QUESTION), undefined);
    equal(await cache.get(PARAPHRASE), undefined);
    const reasons = events.flatMap((event) => (event.type === "miss" ? [event.reason] : []));
    equal(reasons, ["store", "store"]);
    ok(
      events.some((event) => event.type === "error" && event.error instanceof Error && event.operation === "get"),
      "",
    );
    await fails(() => cache.put(QUESTION, "again"), "store");
    equal((await cache.wrap(QUESTION, () => "computed")).response, "computed");
    await cache.close();
    await store.close();
    // Opened again, there is a new database.
    const again = await SemanticCache.open({ embedder: WORDS, path });
    await again.put(QUESTION, "answer");
    equal((await again.get(PARAPHRASE))?.response, "answer");
    await again.close();
    await drop(path);
  });

  test("with memory to fall back on, the cache goes on, empty, when its database is deleted", async () => {
    const name = newName();
    const store = indexedDBStore(name, { fallback: "memory" });
    const events: CacheEvent[] = [];
    const cache = await SemanticCache.open({ embedder: WORDS, store, onEvent: (event) => events.push(event) });
    const old = await cache.put(QUESTION, "old");
    await drop(name);
    const id = await cache.put(OTHER, "new");
    ok(id > old, "ids go on from where no database gets to");
    equal(await cache.get(PARAPHRASE), undefined, "an old vector does not lead to a new entry");
    equal((await cache.get(`${OTHER} now`))?.response, "new");
    equal((await cache.stats()).entries, 1);
    equal(
      events.filter(({ type }) => type === "error"),
      [],
    );
    await cache.close();
    await fails(() => store.count(), "closed");
    equal((await openedNames()).includes(name), false, "and no database is made anew");
  });

  test("a database that is not ours is refused by name", async () => {
    const name = newName();
    (await answered(indexedDB.open(name, 1))).close();
    const error = await fails(() => indexedDBStore(name).open(IDENTITY), "corrupt");
    ok(error.message.includes("not one of mneme's"), error.message);
    await fails(() => indexedDBStore(name, { fallback: "memory" }).open(IDENTITY), "corrupt");
    await drop(name);
  });

  test("closed while it opens, a store holds nothing", async () => {
    const name = newName();
    const store = indexedDBStore(name);
    const opening = rejection(() => store.open(IDENTITY));
    await store.close();
    equal((await opening) instanceof Error, true);
    await fails(() => store.count(), "closed");
    await new Promise<void>((resolve, reject) => {
      const request = indexedDB.deleteDatabase(name);
      request.onblocked = () => reject(new Error("still held"));
      request.onsuccess = () => resolve();
    });
  });

  test("where BroadcastChannel is missing or refused, everything but the notice works", async () => {
    const there = globalThis.BroadcastChannel;
    const missing: unknown[] = [
      undefined,
      class {
        constructor() {
          throw new DOMException("no", "SecurityError");
        }
      },
    ];
    for (const channel of missing) {
      globalThis.BroadcastChannel = channel as typeof BroadcastChannel;
      try {
        const name = newName();
        const store = indexedDBStore(name);
        equal(store.watch === undefined, channel === undefined);
        store.watch?.(() => {})();
        const cache = await SemanticCache.open({ embedder: WORDS, store });
        await cache.put(QUESTION, "answer");
        equal((await cache.get(PARAPHRASE))?.response, "answer");
        await cache.close();
        await drop(name);
      } finally {
        globalThis.BroadcastChannel = there;
      }
    }
  });

  if (!("document" in globalThis)) return;
  test("in a sandboxed frame storage is refused by name, and memory serves when it is allowed", async () => {
    const frame = document.createElement("iframe");
    frame.sandbox.add("allow-scripts");
    frame.src = "/?in=frame";
    const told = new Promise<Report>((resolve) => {
      addEventListener("message", ({ source, data }) => {
        if (source === frame.contentWindow) resolve(data as Report);
      });
    });
    document.body.append(frame);
    equal(await told, { passed: 2, failed: [] });
    frame.remove();
  });
};

/** Runs in a frame that has no origin, and so no storage. */
export const sandboxedTests: Suite = (test) => {
  test("refused", async () => {
    const error = await fails(() => indexedDBStore("refused").open(IDENTITY), "store");
    ok(/may not use IndexedDB|could not use its storage/.test(error.message), error.message);
    ok(error.message.includes('Pass { fallback: "memory" } to go on without persistence.'), error.message);
  });

  test("in memory", async () => {
    const store = indexedDBStore("refused", { fallback: "memory" });
    const cache = await SemanticCache.open({ embedder: WORDS, store });
    await cache.put(QUESTION, "answer");
    equal([(await cache.get(PARAPHRASE))?.response, store.name], ["answer", "memory"]);
    await cache.close();
  });
};

async function openedNames(): Promise<(string | undefined)[]> {
  return (await indexedDB.databases()).map(({ name }) => name);
}
