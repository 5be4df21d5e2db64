import { memoryStore, type Nearby, type Store, type SyncStore, type VectorIndex } from "../../src/index.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { inEachFace, intercepted, OTHER, observed, PARAPHRASE, QUESTION, unclosed, WORDS } from "./cache-fixtures.ts";

/** A store that searches itself by comparing every row, and notes what is asked of it. */
export function searching(store: SyncStore = memoryStore()): { store: Store; asked: string[] } {
  const asked: string[] = [];
  const nearest = (vector: Float32Array, { namespace, k, threshold }: Parameters<Search>[1]): Nearby[] => {
    asked.push(`nearest ${k}`);
    const dot = (row: Float32Array): number => row.reduce((sum, x, i) => sum + x * vector[i]!, 0);
    return [...store.scan({ namespace })]
      .flatMap((entry) => (entry.vector === null ? [] : [{ entry, similarity: dot(entry.vector) }]))
      .filter(({ similarity }) => similarity >= threshold)
      .sort((a, b) => b.similarity - a.similarity || a.entry.id - b.entry.id)
      .slice(0, k);
  };
  const noted = intercepted(store, (method, call) => {
    asked.push(method);
    return call();
  });
  const scan: Store["scan"] = (options) => {
    asked.push("scan");
    return store.scan(options);
  };
  return { store: Object.assign(Object.create(noted), { search: { nearest }, scan }) as Store, asked };
}
type Search = NonNullable<Store["search"]>["nearest"];

export const storeIndexTests: Suite = (define) =>
  inEachFace(define, (test) => {
    test("the store is searched: nothing is read at opening, and a semantic hit takes one question after the exact one", async (open) => {
      const { store, asked } = searching();
      const cache = await open({ store, index: "store" });
      ok(!asked.some((method) => method === "scan" || method === "changesSince"), `${asked}`);
      await cache.put(QUESTION, "a");
      asked.length = 0;
      const hit = await cache.get(PARAPHRASE);
      equal([hit?.response, hit?.layer, hit?.query], ["a", "semantic", QUESTION]);
      equal(asked, ["get", "nearest 4"]);
      equal((await cache.get(QUESTION))?.layer, "exact");
      equal(await cache.get(OTHER), undefined);
      equal(await cache.get(PARAPHRASE, { namespace: "other" }), undefined);
      equal((await cache.stats()).indexBytes, 0);
      await cache.close();
    });

    test("a lookup in the exact layer alone searches nothing, even with the vector at hand", async (open) => {
      const { store, asked } = searching();
      const cache = await open({ store, index: "store" });
      await cache.put(QUESTION, "a");
      asked.length = 0;
      const embedding = WORDS.embed([PARAPHRASE])[0]!;
      equal(await cache.get(PARAPHRASE, { embedding, semantic: false }), undefined);
      equal((await cache.get(QUESTION, { embedding, semantic: false }))?.layer, "exact");
      equal(asked, ["get", "get"]);
      await cache.close();
    });

    test("what another cache put or removed is so at once, whatever the mode", async (open) => {
      const { store, asked } = searching();
      const options = { store: unclosed(store), index: "store" } as const;
      const [one, other] = [await open(options), await open(options)];
      await one.put(QUESTION, "a");
      equal((await other.get(PARAPHRASE))?.response, "a");
      await other.delete(QUESTION);
      equal(await one.get(PARAPHRASE), undefined);
      ok(!asked.includes("changesSince"), `${asked}`);
    });

    test("candidates that may not be served yield to the next", async (open) => {
      const { clock, pass } = observed();
      const { store } = searching();
      const cache = await open({ store, index: "store", clock, validate: (text) => text !== "bad", threshold: 0.3 });
      await cache.put(QUESTION, "old", { ttl: 10 });
      for (let i = 0; i < 6; i++) await store.commit([badEntry(i)]);
      await cache.put("how do I reset a password", "good");
      pass(10);
      equal((await cache.get(PARAPHRASE))?.response, "good");
      equal(
        (await cache.nearest(PARAPHRASE, 3)).map(({ response }) => response),
        ["bad", "bad", "bad"],
      );
      await cache.close();
    });

    test("a search that fails is a miss, and told; and what it has no right to find is not served", async (open) => {
      const { store } = searching();
      const { events, onEvent } = observed();
      const cache = await open({ store, index: "store", onEvent });
      const id = await cache.put(QUESTION, "a");
      const entry = (await store.getMany([id]))[0]!;
      const { search } = store as { search: { nearest: Search } };
      search.nearest = () => [{ entry, similarity: Number.NaN }];
      equal(await cache.get(PARAPHRASE), undefined);
      search.nearest = () => [{ entry, similarity: 0.5 }];
      equal(await cache.get(PARAPHRASE), undefined);
      search.nearest = () => [{ entry: { ...entry, namespace: "other" }, similarity: 1 }];
      equal(await cache.get(PARAPHRASE), undefined);
      equal(events.filter(({ type }) => type === "error").length, 0);
      search.nearest = () => {
        throw new Error("gone");
      };
      equal(await cache.get(PARAPHRASE), undefined);
      equal(events.filter(({ type }) => type === "error").length, 1);
      await cache.close();
    });

    test("limits hold, and upkeep has nothing to do", async (open) => {
      const { store, asked } = searching();
      const cache = await open({ store, index: "store", maxEntries: 2 });
      for (const text of [QUESTION, OTHER, "something else altogether"]) await cache.put(text, text);
      equal(await store.count(), 2);
      equal(await cache.get(QUESTION), undefined);
      asked.length = 0;
      equal(await cache.compact(), 0);
      equal(asked, []);
      await fails(() => cache.requantise("int8"), "unsupported");
      equal(await cache.clear(), 2);
      await cache.close();
    });

    test("it goes with no option of an index, and with no store that cannot", async (open) => {
      for (const options of [{ dtype: "int8" }, { resident: "codes" }, { threads: 2 }, { mode: "shared" }] as const) {
        await fails(() => open({ store: searching().store, index: "store", ...options }), "argument");
      }
      const error = await fails(() => open({ index: "store" }), "unsupported");
      ok(error.message.includes("memory"), error.message);
      await fails(() => open({ index: "shop" as unknown as () => VectorIndex }), "argument");
    });
  });

function badEntry(i: number): Parameters<Store["commit"]>[0][number] {
  const [vector] = WORDS.embed([PARAPHRASE]);
  return {
    put: {
      ...{
        namespace: "default",
        key: `bad ${i}`,
        text: "bad",
        value: '"bad"',
        vector: vector!,
        metadata: {},
        tags: [],
      },
      ...{ createdAt: 0, expiresAt: null },
    },
  };
}
