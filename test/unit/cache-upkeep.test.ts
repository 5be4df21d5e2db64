import { type Entry, type Health, memoryStore, SemanticCache, type Store } from "../../src/index.ts";
import { equal, fails, ok, rejection } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import type { Platform } from "../platform.ts";
import {
  inEachFace,
  intercepted,
  OTHER,
  observed,
  PARAPHRASE,
  QUESTION,
  unclosed,
  WAITING,
  WORDS,
} from "./cache-fixtures.ts";

/** What a cache tells of itself, and how it is kept in order. */
export const cacheUpkeepTests =
  ({ kernel }: Platform): Suite =>
  (test) => {
    inEachFace(test, (inFace) => {
      inFace("F7 counts are kept by namespace, whatever its name, and are there after reopening", async (open) => {
        const store = memoryStore();
        const names = ["translate:en-fr", "agent:alice", "a:b:c", "", "__proto__", "\0", "\ud800"];
        for (let round = 1; round <= 2; round++) {
          const cache = await open({ store: unclosed(store) });
          for (const namespace of names) {
            await cache.put(QUESTION, "answer", { namespace });
            await cache.get(QUESTION, { namespace });
            await cache.get("unheard of", { namespace });
          }
          for (const namespace of names) {
            const { hitsExact, misses, puts } = await cache.stats(namespace);
            equal([hitsExact, misses, puts], [round, round, round], JSON.stringify(namespace));
          }
          equal((await cache.stats()).hitsExact, names.length * round);
          await cache.close();
        }
      });

      inFace("F30 counts survive a crash to within the last flush, and those of two caches add up", async (open) => {
        const store = memoryStore();
        const [one, two] = [await open({ store: unclosed(store) }), await open({ store: unclosed(store) })];
        await one.put(QUESTION, "answer");
        for (const cache of [one, two, one, two, two]) await cache.get(QUESTION);
        equal([(await one.stats()).hitsExact, (await two.stats()).hitsExact], [2, 3]);
        await one.flush();
        equal((await two.stats()).hitsExact, 5);
        await two.flush();
        await two.get(QUESTION); // lost
        equal((await (await open({ store: unclosed(store) })).stats()).hitsExact, 5);
        await one.clear();
        await one.flush();
        equal((await (await open({ store: unclosed(store) })).stats()).hitsExact, 0);
      });

      inFace("counts that cannot be written are counted on, and damaged ones are none", async (open) => {
        const store = memoryStore();
        store.open(WORDS);
        for (const garbage of ["", "{", "7", "null", '{"a":1}', '[["a"]]', '[["default",{"hitsExact":"x"}]]']) {
          store.setMeta("counters", garbage);
          equal((await (await open({ store: unclosed(store) })).stats()).hitsExact, 0, garbage);
        }
        let failing = false;
        const unwilling = intercepted(unclosed(store), (method, call) => {
          if (method === "setMeta" && failing) throw new Error("not now");
          return call();
        });
        const cache = await open({ store: unwilling });
        await cache.put(QUESTION, "answer");
        await cache.get(QUESTION);
        failing = true;
        await cache.flush();
        await cache.get(QUESTION);
        equal((await cache.stats()).hitsExact, 2);
        failing = false;
        await cache.flush();
        equal((await (await open({ store: unclosed(store) })).stats()).hitsExact, 2);
      });

      inFace("stats tell ratios, calls and time saved, and bytes", async (open) => {
        const cache = await open({ threshold: 0.8 });
        const none = await cache.stats();
        equal([none.hitRatio, none.callsSaved, none.msSaved], [{ exact: 0, semantic: 0, all: 0 }, 0, 0]);
        await cache.wrap(QUESTION, () => busy(20));
        await cache.wrap(QUESTION, () => busy(20));
        await cache.wrap(PARAPHRASE, () => busy(20));
        await cache.get(OTHER);
        const stats = await cache.stats();
        equal(stats.hitRatio, { exact: 0.25, semantic: 0.25, all: 0.5 });
        equal([stats.callsSaved, stats.computed], [2, 1]);
        ok(stats.computedMs >= 19 && stats.msSaved === 2 * stats.computedMs, `${stats.msSaved} of ${stats.computedMs}`);
        equal([stats.fingerprint, stats.threshold, stats.dtype], [WORDS.fingerprint, 0.8, "float32"]);
        equal([stats.vectorBytes, stats.indexBytes >= 1024], [1024, true]);
        await fails(() => cache.stats(7 as never), "argument");
      });

      inFace("F35 F26 health tells what is there without reading it all", async (open) => {
        const { clock, pass } = observed();
        let failing = "";
        let read = 0;
        const store = memoryStore();
        const watched = intercepted(unclosed(store), (method, call) => {
          if (method === failing) throw new Error("gone");
          if (method === "getMany") read++;
          return call();
        });
        const scan = store.scan.bind(store);
        const scanned = Object.assign(watched, {
          *scan(...args: Parameters<typeof store.scan>) {
            for (const entry of scan(...args)) {
              read++;
              yield entry;
            }
          },
        });
        const cache = await open({ store: scanned, clock });
        const empty = await cache.health();
        equal(
          [empty.healthy, empty.entries, empty.oldestAgeSeconds, empty.idleSeconds],
          [true, 0, undefined, undefined],
        );
        for (let i = 0; i < 50; i++) {
          await cache.put(`${OTHER} ${i}`, "x", { namespace: `${i % 5}` });
          pass(1000);
        }
        await cache.get(`${OTHER} 0`, { namespace: "0" });
        await cache.flush();
        read = 0;
        const expected: Health = {
          healthy: true,
          reason: undefined,
          store: "memory",
          fingerprint: WORDS.fingerprint,
          entries: 50,
          namespaces: 5,
          oldestAgeSeconds: 50,
          idleSeconds: 49,
          index: "exact",
          dtype: "float32",
          mode: "single",
        };
        equal(await cache.health(), expected);
        ok(read < 5, `${read} entries read`);
        for (failing of ["check", "count", "oldest", "namespaces"]) {
          const { healthy, reason } = await cache.health();
          equal([healthy, reason], [false, "gone"], failing);
        }
      });

      inFace("namespaces are those that hold entries", async (open) => {
        const cache = await open();
        for (const namespace of ["b", "a", "b"]) await cache.put(QUESTION, "x", { namespace });
        equal(await cache.namespaces(), ["a", "b"]);
        await cache.delete(QUESTION, { namespace: "a" });
        equal(await cache.namespaces(), ["b"]);
      });

      inFace("setThreshold holds from now on, and for who opens the store next", async (open) => {
        const store = memoryStore();
        const cache = await open({ store: unclosed(store) });
        await cache.put(QUESTION, "answer");
        equal([cache.threshold, (await cache.get(PARAPHRASE))?.response], [0.85, "answer"]);
        await cache.setThreshold(0.99);
        equal([cache.threshold, await cache.get(PARAPHRASE)], [0.99, undefined]);
        for (const threshold of [Number.NaN, 1.1, -1.1, Number.NEGATIVE_INFINITY, "0.5"]) {
          const { message } = await fails(() => cache.setThreshold(threshold as number), "argument");
          ok(message.includes("threshold"), message);
        }
        equal((await open({ store: unclosed(store) })).threshold, 0.99);
        equal((await open({ store: unclosed(store), threshold: 0.5 })).threshold, 0.5);
      });

      inFace("requantise takes the numbers from the store, so that none is rounded twice", async (open) => {
        const cache = await open();
        const bytes: number[] = [];
        await cache.put(QUESTION, "answer");
        const exact = (await cache.nearest(PARAPHRASE, 1))[0]!.similarity;
        for (const dtype of ["int8", "float16", "float32"] as const) {
          await cache.requantise(dtype);
          const { similarity } = (await cache.nearest(PARAPHRASE, 1))[0]!;
          const { dtype: told, vectorBytes } = await cache.stats();
          equal(told, dtype);
          bytes.push(vectorBytes);
          if (dtype === "float32") equal(similarity, exact);
          else ok(similarity !== exact && Math.abs(similarity - exact) < 0.02, `${dtype} ${similarity}`);
          await cache.put(OTHER, dtype);
          equal((await cache.get(`${OTHER} please`))?.response, dtype);
        }
        equal(bytes, [256, 1024, 2048]);
        await fails(() => cache.requantise("float64" as never), "argument");
        await fails(() => cache.requantise(undefined as never), "argument");
        equal((await cache.get(PARAPHRASE))?.response, "answer");
      });

      inFace("compact gives back what entries no longer need, and finds what it found", async (open) => {
        if (kernel.simd === "scalar") return equal(await (await open()).compact(), 0);
        const cache = await open();
        await cache.putMany(
          Array.from({ length: 1020 }, (_, i) => ({
            query: `topic ${i} about things number ${i} now`,
            response: `${i}`,
          })),
        );
        for (let i = 0; i < 1000; i++) await cache.delete(`topic ${i} about things number ${i} now`);
        const { indexBytes } = await cache.stats();
        const freed = await cache.compact();
        equal([freed > 0, (await cache.stats()).indexBytes], [true, indexBytes - freed]);
        equal((await cache.get("topic 1010 about things number 1010 today"))?.response, "1010");
        equal(await cache.get("topic 3 about things number 3 now", { threshold: 1 }), undefined);
        equal(await cache.compact(), 0);
      });
    });

    test("what is written while the index is made anew is found as written", async () => {
      const query = (i: number): string => `topic ${i} about things number ${i} now`;
      const asked = (i: number): string => query(i).replace("now", "today");
      const [there, elsewhere] = WORDS.embed([query(0), query(9)]);
      const store = memoryStore();
      let reading: () => void = () => {};
      let goOn: Promise<void> | undefined;
      let fetched = 0;
      const watched = intercepted(unclosed(store), (method, call) => {
        if (method === "getMany") fetched++;
        return call();
      });
      async function* scan(...args: Parameters<Store["scan"]>): AsyncIterable<Entry> {
        const entries = [...store.scan(...args)];
        reading();
        await goOn; // what was read grows old here
        yield* entries;
      }
      const slow = new Proxy(watched, { get: (on, name: keyof Store) => (name === "scan" ? scan : on[name]) });
      const cache = await SemanticCache.open({ embedder: WORDS, ...WAITING, guards: false, store: slow });
      await cache.put(query(0), "moves", { embedding: there! });
      await cache.putMany(
        [1, 2, 3].map((i) => ({ query: query(i), response: `${i}`, namespace: i === 3 ? "b" : "a" })),
      );
      const begun = new Promise<void>((resolve) => {
        reading = resolve;
      });
      let release: () => void = () => {};
      goOn = new Promise((resolve) => {
        release = resolve;
      });
      const making = cache.compact();
      await begun;
      await fails(() => cache.requantise("int8"), "conflict");
      await cache.put(query(0), "moved", { embedding: elsewhere! });
      await cache.put(query(4), "late");
      await cache.delete(query(1), { namespace: "a" });
      await cache.clear("b");
      release();
      await making;
      fetched = 0;
      equal(await cache.get(asked(0)), undefined);
      equal(await cache.get(asked(1), { namespace: "a" }), undefined);
      equal(await cache.get(asked(3), { namespace: "b" }), undefined);
      equal(fetched, 0);
      const responses = [asked(9), asked(4)].map(async (text) => (await cache.get(text))?.response);
      equal(await Promise.all(responses), ["moved", "late"]);
      equal((await cache.get(asked(2), { namespace: "a" }))?.response, "2");
      await cache.close();
    });

    test("an index that cannot be made anew leaves the one there is", async () => {
      let failing = false;
      const store = memoryStore();
      const scan = (...args: Parameters<Store["scan"]>): Iterable<Entry> => {
        if (failing) throw new Error("not now");
        return store.scan(...args);
      };
      const flaky = new Proxy(store, {
        get: (on, name: keyof Store) =>
          name === "scan" ? scan : on[name] instanceof Function ? (on[name] as () => unknown).bind(on) : on[name],
      });
      const cache = await SemanticCache.open({ embedder: WORDS, ...WAITING, store: flaky });
      await cache.put(QUESTION, "answer");
      failing = true;
      equal(String(await rejection(() => cache.compact())), "Error: not now");
      failing = false;
      equal((await cache.get(PARAPHRASE))?.response, "answer");
      await cache.compact();
      equal((await cache.get(PARAPHRASE))?.response, "answer");
    });
  };

/** Takes so many milliseconds. */
function busy(ms: number): string {
  for (const start = performance.now(); performance.now() - start < ms; );
  return "answer";
}
