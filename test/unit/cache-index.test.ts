import { plainIndex } from "../../examples/custom-index.ts";
import { type CacheEvent, type IndexOption, memoryStore, SemanticCache } from "../../src/index.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { FACES, inEachFace, OTHER, observed, PARAPHRASE, QUESTION, WORDS } from "./cache-fixtures.ts";

const WINDOW = 256;
/** A plain one that says it is not exact, so that it can be told from the other. */
const approximate = (sizes: { dimensions: number }) => Object.assign(plainIndex(sizes), { exact: false });

export const cacheIndexTests: Suite = (test) => {
  inEachFace(test, (inFace) => {
    inFace("the index is the exact one, unless another is given", async (open) => {
      for (const index of [undefined, "exact", "auto", { auto: approximate }] as const) {
        const cache = await open({ index });
        await cache.put(QUESTION, "answer");
        equal([(await cache.get(PARAPHRASE))?.response, (await cache.stats()).index], ["answer", "exact"]);
        await cache.close();
      }
    });

    inFace(
      "a factory's index is filled from the store, searched, kept up to date, and closed with the cache",
      async (open) => {
        const store = memoryStore();
        store.open(WORDS);
        const [vector] = WORDS.embed([QUESTION]);
        const fields = { text: "", metadata: {}, tags: [], createdAt: 0, expiresAt: null };
        const unit = vector!.map((x) => x / Math.hypot(...vector!));
        store.commit([{ put: { namespace: "default", key: "key", value: '"stored"', vector: unit, ...fields } }]);
        let closed = 0;
        const index = (sizes: { dimensions: number }) =>
          Object.assign(approximate(sizes), { close: () => void closed++ });
        const cache = await open({ index, store });
        equal([(await cache.get(PARAPHRASE))?.response, (await cache.stats()).index], ["stored", "approximate"]);
        await cache.put(OTHER, "2.40");
        equal((await cache.get(`${OTHER} please`))?.response, "2.40");
        await cache.delete(OTHER);
        equal(await cache.get(`${OTHER} please`), undefined);
        await cache.clear();
        equal(await cache.get(PARAPHRASE), undefined);
        await cache.close();
        ok(closed >= 1, "it was closed");
      },
    );

    inFace("what is not an index is refused before a store is opened", async (open) => {
      const store = { ...memoryStore(), open: () => ok(false, "the store was opened") };
      const wrong = [
        "hnsw",
        null,
        7,
        {},
        { auto: "hnsw" },
        { auto: approximate, above: -1 },
        { auto: approximate, above: "many" },
        { auto: approximate, latencyMs: Number.NaN },
        { auto: approximate, latencyMs: null },
        () => undefined,
        () => approximate({ dimensions: 3 }),
      ];
      for (const index of wrong as IndexOption[]) await fails(() => open({ index, store }), "argument");
      const problem = new Error("no index today");
      const thrower = () => {
        throw problem;
      };
      equal(await open({ index: thrower, store }).catch((error) => error), problem);
    });

    inFace("an index whose cache cannot be opened is closed", async (open) => {
      let closed = 0;
      const index = (sizes: { dimensions: number }) =>
        Object.assign(approximate(sizes), { close: () => void closed++ });
      const store = memoryStore();
      store.open({ fingerprint: "another", dimensions: 3 });
      await fails(() => open({ index, store }), "fingerprint");
      equal(closed, 1);
    });

    inFace("F23 { auto } changes over while the cache is in use, whatever its dtype, and back", async (open) => {
      const { events, onEvent } = observed();
      const changes: ((event: CacheEvent) => void)[] = [];
      const changed = (): Promise<CacheEvent> => new Promise((resolve) => changes.push(resolve));
      const cache = await open({
        index: { auto: approximate, above: 20, latencyMs: 0 },
        dtype: "int8",
        onEvent: (event) => {
          onEvent(event);
          if (event.type === "index") changes.shift()?.(event);
        },
      });
      for (let i = 0; i < 21; i++) await cache.put(`${OTHER} number ${i}`, `${i}`);
      await cache.put(QUESTION, "answer");
      const there = changed();
      for (let i = 0; i < WINDOW; i++) equal((await cache.get(PARAPHRASE))?.response, "answer");
      await cache.put(`late ${QUESTION}`, "late");
      await cache.delete(`${OTHER} number 3`);
      equal(await there, { type: "index", index: "approximate", entries: 22 });
      equal([(await cache.stats()).index, (await cache.get(PARAPHRASE))?.response], ["approximate", "answer"]);
      equal((await cache.get(`late ${QUESTION} please`))?.response, "late");

      for (let i = 0; i < 21; i++) await cache.delete(`${OTHER} number ${i}`);
      const back = changed();
      for (let i = 0; i < WINDOW; i++) await cache.get(PARAPHRASE);
      equal(await back, { type: "index", index: "exact", entries: 2 });
      equal([(await cache.stats()).index, (await cache.get(PARAPHRASE))?.response], ["exact", "answer"]);
      equal(
        events.filter(({ type }) => type === "error"),
        [],
      );
      await cache.close();
    });

    inFace("an approximate index that cannot be made leaves the exact one, and is told", async (open) => {
      let tell: (event: CacheEvent) => void = () => {};
      const told = new Promise<CacheEvent>((resolve) => {
        tell = (event) => event.type === "error" && resolve(event);
      });
      const error = new Error("no such package");
      const cache = await open({
        index: { auto: () => Promise.reject(error), above: 0, latencyMs: 0 },
        onEvent: tell,
      });
      await cache.put(QUESTION, "answer");
      for (let i = 0; i < WINDOW; i++) await cache.get(PARAPHRASE);
      equal(await told, { type: "error", operation: "index", error });
      equal([(await cache.stats()).index, (await cache.get(PARAPHRASE))?.response], ["exact", "answer"]);
      await cache.close();
    });
  });

  test("a factory may answer by promise, but not for SemanticCacheSync", async () => {
    const later = async (sizes: { dimensions: number }) => approximate(sizes);
    const cache = await SemanticCache.open({ embedder: WORDS, index: later });
    await cache.put(QUESTION, "answer");
    equal((await cache.get(PARAPHRASE))?.response, "answer");
    await cache.close();
    const store = { ...memoryStore(), open: () => ok(false, "the store was opened") };
    const { message } = await fails(() => FACES.sync!({ embedder: WORDS, index: later, store }), "promise");
    ok(message.includes("index"), message);
  });
};
