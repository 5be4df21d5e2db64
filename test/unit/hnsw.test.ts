import { hnswIndex } from "../../adapters/indexes/hnsw.ts";
import { HnswIndex } from "../../adapters/indexes/hnsw-index.ts";
import { type Hnswlib, openHnswlib } from "../../adapters/indexes/hnsw-library.ts";
import { type CacheEvent, SemanticCache, SemanticCacheSync, type VectorIndex } from "../../src/index.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import { along, bruteForce, idsOf, numbers, someVector, sorted, unitVector } from "../conformance/index-under-test.ts";
import { testIndex } from "../conformance/vector-index.ts";
import type { Suite } from "../harness.ts";
import { OTHER, opened, PARAPHRASE, QUESTION, WORDS } from "./cache-fixtures.ts";

const D = 8;

/** Graphs from so few rows on, and so full, that small tests have several. */
async function small(dimensions: number): Promise<VectorIndex> {
  const options = { dimensions, m: 16, efConstruction: 200, efSearch: 64, graphFrom: 20, graphRows: 300 };
  return new HnswIndex(await openHnswlib(), options);
}

export const hnswTests: Suite = (test) => {
  test("loading leaves the global scope as it was", async () => {
    const names = Object.getOwnPropertyNames(globalThis).sort().join(" ");
    const window = Object.getOwnPropertyDescriptor(globalThis, "window");
    await Promise.all([hnswIndex()({ dimensions: D }), hnswIndex()({ dimensions: D })]);
    equal(Object.getOwnPropertyNames(globalThis).sort().join(" "), names);
    equal(Object.getOwnPropertyDescriptor(globalThis, "window"), window);
  });

  testIndex(test, hnswIndex());
  testIndex(
    (name, run) => test(`small graphs: ${name}`, run),
    ({ dimensions }) => small(dimensions),
  );

  test("options that hnswlib would misread are refused at once", async () => {
    for (const bad of [0, 1.5, -3, Number.NaN, 1e9, "16" as unknown as number]) {
      await fails(() => hnswIndex({ m: bad }), "argument");
      await fails(() => hnswIndex({ efConstruction: bad }), "argument");
      await fails(() => hnswIndex({ efSearch: bad }), "argument");
    }
  });

  test("a package that cannot be loaded is a clear error", async () => {
    const load = (): Promise<never> => Promise.reject(new Error("not found"));
    const { remedy, cause } = await fails(() => hnswIndex({ load })({ dimensions: D }), "unsupported");
    ok(remedy.includes("npm install hnswlib-wasm"), remedy);
    equal((cause as Error).message, "not found");
  });

  test("vectors of another length are refused, and closed it is closed", async () => {
    const index = await small(D);
    index.add(1, "n", along(0, D));
    await fails(() => index.add(1, "m", along(0, D + 1)), "dimension");
    await fails(() => index.search("n", along(0, D - 1), 1, 0), "dimension");
    equal([index.ids("n"), index.bytes > 0], [[1], true]);
    index.close?.();
    equal([index.size, index.bytes], [0, 0]);
    await fails(() => index.add(1, "n", along(0, D)), "closed");
    await fails(() => index.search("n", along(0, D), 1, 0), "closed");
  });

  test("F24 memory does not grow with what comes and goes", async () => {
    const index = await small(D);
    const next = numbers(20);
    let id = 0;
    const churn = (rows: number): void => {
      for (let i = 0; i < rows; i++) {
        index.add(++id, `n${id % 2}`, someVector(D, next));
        index.remove(id - 400);
      }
    };
    churn(2000);
    const { bytes } = index;
    churn(6000);
    equal([index.size, index.bytes], [400, bytes]);
    for (let i = 0; i < 10; i++) {
      index.clear();
      churn(600);
    }
    equal(index.bytes, bytes);
  });

  test("a dense cloud of equal rows hides nothing", async () => {
    const index = await small(D);
    const next = numbers(21);
    const rows = Array.from({ length: 500 }, (_, i) => ({
      id: i + 1,
      namespace: "n",
      vector: i < 400 ? along(0, D) : someVector(D, next),
    }));
    for (const { id, namespace, vector } of rows) index.add(id, namespace, vector);
    equal(sorted(idsOf(index.search("n", along(0, D), 500, -1))), sorted(rows.map(({ id }) => id)));
    for (const k of [1, 3, 100]) {
      equal(
        idsOf(index.search("n", along(0, D), k, 0.5)),
        Array.from({ length: k }, (_, i) => i + 1),
      );
    }
    const query = someVector(D, next);
    equal(
      idsOf(index.search("n", query, 3, -1, (id) => id > 400)),
      idsOf(bruteForce(rows.slice(400), "n", query, 3, -1)),
    );
  });

  test("rows that no link leads to are found all the same", async () => {
    const index = await hnswIndex()({ dimensions: D });
    const next = numbers(22);
    // In clusters as tight as these, links within one crowd out those between them.
    for (let id = 1; id <= 1200; id++) {
      index.add(id, "n", unitVector(Array.from(along(Math.floor((id - 1) / 200), D), (x) => x + 1e-4 * next())));
    }
    for (let cluster = 0; cluster < 6; cluster++) {
      equal(index.search("n", along(cluster, D), 2000, -1).length, 1200);
      const others = (id: number): boolean => Math.floor((id - 1) / 200) !== cluster;
      equal(index.search("n", along(cluster, D), 2000, -1, others).length, 1000);
    }
  });

  test("when memory is at its end a row is refused, and those there stay", async () => {
    const library = await openHnswlib();
    const full = {
      HEAPU8: library.HEAPU8,
      HierarchicalNSW: function makeFull(...sizes: ConstructorParameters<Hnswlib["HierarchicalNSW"]>) {
        return Object.assign(new library.HierarchicalNSW(...sizes), { resizeIndex: refuse });
      } as unknown as Hnswlib["HierarchicalNSW"],
    };
    const refuse = (): never => {
      throw new Error("no memory");
    };
    const options = { dimensions: D, m: 8, efConstruction: 20, efSearch: 64, graphFrom: 20, graphRows: 5000 };
    const index = new HnswIndex(full, options);
    const next = numbers(23);
    for (let id = 1; id <= 1024; id++) index.add(id, "n", someVector(D, next));
    await fails(() => index.add(1025, "n", along(0, D)), "memory");
    await fails(() => index.add(7, "n", along(0, D)), "memory"); // a row that is not what the store has is worse than none
    equal([index.size, index.ids("n").includes(7), index.ids("n").includes(1025)], [1023, false, false]);
    equal(index.search("n", along(0, D), 5000, -1).length, 1023);
    index.add(7, "small", along(0, D));
    for (let id = 100; id <= 1000; id++) ok(index.remove(id), `${id} was there`);
    for (let id = 2000; id < 2100; id++) index.add(id, "n", someVector(D, next));
    equal([index.size, index.search("n", along(0, D), 5000, -1).length], [1024 - 901 + 100, 1024 - 902 + 100]);
  });

  test("a cache finds by it as it does by the exact one", async () => {
    const cache = await opened({ index: hnswIndex({ m: 8 }) });
    for (let i = 0; i < 600; i++) await cache.put(`${OTHER} ${i}`, `${i}`);
    await cache.put(QUESTION, "answer");
    const hit = await cache.get(PARAPHRASE);
    const exact = await opened();
    await exact.put(QUESTION, "answer");
    const right = await exact.get(PARAPHRASE);
    equal([hit?.response, hit?.layer], ["answer", "semantic"]);
    ok(Math.abs(hit!.similarity - right!.similarity) < 1e-5, `${hit!.similarity}, ${right!.similarity}`);
    equal([(await cache.stats()).index, (await cache.stats()).kernel], ["approximate", undefined]);
    await cache.delete(QUESTION);
    equal(await cache.get(PARAPHRASE), undefined);
    await cache.close();
    await exact.close();
  });

  test("SemanticCacheSync refuses it, and takes it as { auto }", async () => {
    await fails(() => SemanticCacheSync.open({ embedder: WORDS, index: hnswIndex() }), "promise");
    let served: (event: CacheEvent) => void = () => {};
    const change = new Promise<CacheEvent>((resolve) => {
      served = (event) => event.type === "index" && resolve(event);
    });
    const auto = { auto: hnswIndex(), above: 1, latencyMs: 0 };
    const cache = SemanticCacheSync.open({ embedder: WORDS, index: auto, onEvent: served });
    cache.put(QUESTION, "answer");
    cache.put(OTHER, "2.40");
    for (let i = 0; i < 256; i++) equal(cache.get(PARAPHRASE)?.response, "answer");
    equal(await change, { type: "index", index: "approximate", entries: 2 });
    equal([cache.stats().index, cache.get(PARAPHRASE)?.response], ["approximate", "answer"]);
    cache.close();
  });
};

/** Where code may not be compiled from data: Workers, edge functions, pages with a strict policy. */
export const noHnswTests: Suite = (test) => {
  test("hnswIndex is refused with a way out", async () => {
    const names = Object.getOwnPropertyNames(globalThis).sort();
    const { remedy } = await fails(() => hnswIndex()({ dimensions: D }), "unsupported");
    ok(remedy.includes("exact index"), remedy);
    await fails(() => SemanticCache.open({ embedder: WORDS, index: hnswIndex() }), "unsupported");
    equal(Object.getOwnPropertyNames(globalThis).sort(), names);
  });

  test("{ auto: hnswIndex() } stays exact, and tells", async () => {
    const events: CacheEvent[] = [];
    const failed = new Promise<void>((resolve) => {
      events.push = (event: CacheEvent) => {
        if (event.type === "error") resolve();
        return Array.prototype.push.call(events, event);
      };
    });
    const cache = await opened({
      index: { auto: hnswIndex(), above: 0, latencyMs: 0 },
      onEvent: (event) => events.push(event),
    });
    await cache.put(QUESTION, "answer");
    for (let i = 0; i < 256; i++) await cache.get(PARAPHRASE);
    await failed;
    equal((await cache.get(PARAPHRASE))?.response, "answer");
    equal((await cache.stats()).index, "exact");
    const error = events.find((event) => event.type === "error");
    equal(error?.operation, "index");
    await cache.close();
  });
};
