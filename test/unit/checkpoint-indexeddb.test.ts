import { indexedDBStore } from "../../adapters/stores/indexeddb.ts";
import { memoryStore, SemanticCache } from "../../src/index.ts";
import { equal, fails } from "../conformance/assert.ts";
import { IDENTITY } from "../conformance/store-under-test.ts";
import type { Suite } from "../harness.ts";
import { bytesOf, contents, dumpOf, entry, filled, restored, SMALL, streamOf } from "./checkpoint-fixtures.ts";
import { drop, newName } from "./indexeddb-fixtures.ts";

/** Checkpoints of a browser's databases, which no file can be renamed over. */
export const checkpointIndexedDBTests: Suite = (test) => {
  test("F27 into a database and out of it again; one with entries is exchanged, or left as it was", async () => {
    const path = newName();
    const many = Array.from({ length: 300 }, (_, i) => entry({ key: `k${i}`, accessedAt: 9000 - i, hits: 1 }));
    const bytes = await dumpOf(await filled(many));
    const restore = (given: Uint8Array, replace: boolean): Promise<SemanticCache> =>
      SemanticCache.restore(streamOf(given), { embedder: SMALL, path, replace });
    const cache = await restore(bytes, false);
    const again = await bytesOf(cache.dump());
    await cache.close();
    const [one, other] = [memoryStore(), memoryStore()];
    await restored(bytes, { store: one });
    await restored(again, { store: other });
    equal(await contents(other), await contents(one));

    const few = await dumpOf(await filled([entry({ key: "new" })]));
    await fails(() => restore(few, false), "conflict");
    await fails(() => restore(few.subarray(0, few.length - 3), true), "corrupt");
    const store = indexedDBStore(path);
    await store.open(IDENTITY);
    equal(await contents(store), await contents(one));
    await (await restore(few, true)).close();
    equal((await contents(store)).length, 1);
    await store.close();
    await drop(path);
  });
};
