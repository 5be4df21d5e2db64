import fc from "fast-check";
import { memoryStore } from "../../src/index.ts";
import { Recency } from "../../src/store/recency.ts";
import { equal } from "../conformance/assert.ts";
import { testStore } from "../conformance/store.ts";
import { IDENTITY, newEntry } from "../conformance/store-under-test.ts";
import type { Suite } from "../harness.ts";
import { testStoreModel } from "./store-model.ts";

export const memoryStoreTests: Suite = (test) => {
  testStore(test, memoryStore);
  testStoreModel(test, memoryStore, { runs: 150 });

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
