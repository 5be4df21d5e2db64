import fc from "fast-check";
import { memoryStore } from "../../src/index.ts";
import { Recency } from "../../src/store/recency.ts";
import { equal } from "../conformance/assert.ts";
import { IDENTITY, newEntry } from "../conformance/store-under-test.ts";
import type { Suite } from "../harness.ts";
import { testOwnStore } from "../own-store.ts";
import { testStoreModel } from "./store-model.ts";

export const memoryStoreTests: Suite = (test) => {
  testOwnStore(test, memoryStore);
  testStoreModel(test, memoryStore, { runs: 500 });

  test("the feed is undefined once the removals asked for are forgotten", async () => {
    const store = memoryStore();
    store.open(IDENTITY);
    for (let i = 0; i < 20_100; i++) {
      const { applied } = store.commit([{ put: newEntry() }]);
      store.commit([{ remove: applied[0]! }]);
    }
    equal(store.changesSince(0), undefined);
    const version = store.version();
    equal(store.changesSince(version - 2)?.removed.length, 1);
    equal(store.changesSince(version), { version, puts: [], removed: [] });
  });
};

/** What is this store's own: its limits, and the ids it gives. */
export const memoryOwnTests: Suite = (test) => {
  test("removals are forgotten 10,000 at a time once 20,000 are known, and the feed says from where on", () => {
    const store = memoryStore();
    store.open(IDENTITY);
    const puts = Array.from({ length: 20_001 }, (_, i) => ({ put: newEntry({ key: `${i}`, vector: null }) }));
    const ids = store.commit(puts).applied.map(([id]) => id!);
    for (const id of ids.slice(0, 20_000)) store.commit([{ remove: [id] }]);
    equal(store.changesSince(1)?.removed.length, 20_000);
    store.commit([{ remove: ids.slice(20_000) }]);
    equal([store.version(), store.changesSince(10_000)], [20_002, undefined]);
    equal(store.changesSince(10_001)?.removed, ids.slice(10_000));
  });

  test("when a part of one commit's removals is forgotten, so is the commit", () => {
    const store = memoryStore();
    store.open(IDENTITY);
    store.commit(Array.from({ length: 20_001 }, (_, i) => ({ put: newEntry({ key: `${i}`, vector: null }) })));
    store.clear();
    equal([store.changesSince(0), store.changesSince(1)], [undefined, undefined]);
    equal(store.changesSince(2), { version: 2, puts: [], removed: [] });
  });

  test("a condition sees an entry of its own commit go by the id it was going to get", () => {
    const store = memoryStore();
    store.open(IDENTITY);
    const put = newEntry();
    const { applied } = store.commit([{ put }, { remove: [1] }, { put, when: "absent" }, { remove: [2] }, { put }]);
    equal(applied, [[1], [1], [2], [2], [3]]);
    const fresh = newEntry({ key: "fresh", expiresAt: 1 });
    store.commit([
      { put: fresh, when: "absent" },
      { touch: [4], at: 1, expiresAt: 2000 },
      { remove: [4], when: { expiredAt: 1999 } },
      { put: fresh, when: { revision: 2 } },
    ]);
    equal(store.get("n", "fresh")?.id, 4);
  });

  test("any number of entries may be of one time", () => {
    const recency = new Recency();
    for (let id = 300_000; id > 0; id--) recency.touch(id, 5000);
    recency.touch(300_001, 6000);
    equal(recency.oldest(2), [1, 2]);
    equal(recency.oldest(400_000).length, 300_001);
  });
};

export const recencyTests: Suite = (test) => {
  test("oldest equals sorting by (time, id), whatever the clock does", () => {
    const operation = fc.record({
      id: fc.integer({ min: 1, max: 12 }),
      time: fc.integer({ min: 0, max: 6 }),
      remove: fc.boolean(),
      n: fc.integer({ min: -1, max: 15 }),
    });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), fc.boolean(), (operations, forward) => {
        const recency = new Recency();
        const model = new Map<number, number>();
        let clock = 0;
        for (const { id, time, remove, n } of operations) {
          clock = forward ? clock + time : time;
          if (remove) {
            recency.delete(id);
            model.delete(id);
          } else {
            recency.touch(id, clock);
            model.set(id, clock);
          }
          const sorted = [...model].sort(([idA, a], [idB, b]) => a - b || idA - idB).map(([id]) => id);
          equal(recency.oldest(n), sorted.slice(0, Math.max(0, n)));
          equal(recency.size, model.size);
        }
      }),
    );
  });
};
