import { indexedDBStore } from "../../adapters/stores/indexeddb.ts";
import { type CacheEvent, MnemeError, SemanticCache, type Store } from "../../src/index.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import { putOne } from "../conformance/store-under-test.ts";
import type { Suite } from "../harness.ts";
import { PARAPHRASE, QUESTION, WORDS } from "./cache-fixtures.ts";
import { drop, newName, WORDS_IDENTITY } from "./indexeddb-fixtures.ts";

/** Runs where the browser was given a quota of a few megabytes. */
export const indexedDBQuotaTests: Suite = (test) => {
  for (const fallback of [undefined, "memory"] as const) {
    test(`a commit over the quota changes nothing, and what is stored is still served (fallback: ${fallback})`, async () => {
      const name = newName();
      const store = indexedDBStore(name, { fallback });
      const events: CacheEvent[] = [];
      const cache = await SemanticCache.open({ embedder: WORDS, store, onEvent: (event) => events.push(event) });
      await cache.put(QUESTION, "answer");
      const { error, stored, version } = await fill(store);
      equal(error.code, "store", error.message);
      ok(error.message.includes("failed in commit. The browser's quota for this site is used up."), error.message);
      ok(error.remedy.includes("navigator.storage.persist"), error.remedy);
      equal([await store.count(), await store.version()], [stored + 1, version]);
      equal(await store.changesSince(version), { version, puts: [], removed: [] });
      equal(await store.check(), { ok: true });
      equal(store.name, "indexeddb");

      equal((await cache.get(PARAPHRASE))?.response, "answer");
      const large = noise(LARGE);
      equal((await cache.wrap("something of its own", () => large)).response, large);
      const failed = events.flatMap((event) => (event.type === "error" ? [event.operation] : []));
      ok(failed.includes("put"), `told: ${failed}`);

      // Removing writes a little too, and Chromium takes nothing at all then: it is done, or nothing is.
      const cleared = await cache.clear().catch((error: unknown) => error);
      if (cleared instanceof MnemeError) ok(cleared.message.includes("failed in clear. The browser's quota"), "");
      else equal(cleared, stored + 1);
      equal(await store.count(), cleared instanceof MnemeError ? stored + 1 : 0);
      await cache.close();

      await drop(name); // the way out
      const anew = indexedDBStore(newName());
      await anew.open(WORDS_IDENTITY);
      await putOne(anew, { vector: someVector() });
      equal(await anew.count(), 1);
      await anew.close();
    });
  }
};

const LARGE = 1_000_000;

/** Puts until the browser refuses. */
async function fill(store: Store): Promise<{ error: MnemeError; stored: number; version: number }> {
  for (let stored = 0; stored < 500; stored++) {
    const version = await store.version();
    const value = JSON.stringify(noise(LARGE));
    let failure: unknown;
    try {
      await putOne(store, { namespace: "filling", key: String(stored), value, vector: someVector() });
    } catch (error) {
      failure = error;
    }
    if (failure === undefined) continue;
    const error = await fails(() => {
      throw failure;
    }, "store");
    return { error, stored, version };
  }
  throw new Error("500 MB were taken without a word");
}

function someVector(): Float32Array {
  return new Float32Array(WORDS_IDENTITY.dimensions).fill(1);
}

/** A text that cannot be compressed. */
function noise(length: number): string {
  const bytes = new Uint8Array(length / 2);
  for (let at = 0; at < bytes.length; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
