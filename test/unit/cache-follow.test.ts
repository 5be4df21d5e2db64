import fc from "fast-check";
import { memoryStore } from "../../src/index.ts";
import { equal, fails } from "../conformance/assert.ts";
import { cases } from "../depth.ts";
import type { Suite } from "../harness.ts";
import {
  inEachFace,
  intercepted,
  OTHER,
  observed,
  opened,
  PARAPHRASE,
  QUESTION,
  unclosed,
  WORDS,
} from "./cache-fixtures.ts";

/** Several caches on one store, which does not tell them of each other. */
export const cacheFollowTests: Suite = (test) => {
  inEachFace(test, (inFace) => {
    inFace("F12 puts, overwrites, removals and clears of others are seen by the next lookup", async (open) => {
      const store = memoryStore();
      const writer = await open({ store: unclosed(store) });
      const reader = await open({ store: unclosed(store), mode: "stale-tolerant" });
      const seen = async () => (await reader.get(PARAPHRASE))?.response;
      equal(await seen(), undefined);
      await writer.put(QUESTION, "1");
      equal(await seen(), "1");
      await writer.put(QUESTION, "2", { embedding: WORDS.embed([OTHER])[0]! });
      equal([await seen(), (await reader.get(`${OTHER} please`))?.response], [undefined, "2"]);
      await writer.put(QUESTION, "3");
      equal(await seen(), "3");
      await writer.delete(QUESTION);
      equal(await seen(), undefined);
      await writer.put(QUESTION, "4");
      await writer.clear();
      equal([await seen(), (await reader.stats()).entries], [undefined, 0]);
      await writer.put(QUESTION, "5", { namespace: "a" });
      await writer.put(OTHER, "6");
      await writer.clear("a");
      equal(await reader.get(PARAPHRASE, { namespace: "a" }), undefined);
      equal((await reader.get(`${OTHER} please`))?.response, "6");
    });

    inFace("F12 what others removed is not even looked at", async (open) => {
      const store = memoryStore();
      let fetched = 0;
      const watched = intercepted(unclosed(store), (method, call) => {
        if (method === "getMany") fetched++;
        return call();
      });
      const writer = await open({ store: unclosed(store) });
      for (const namespace of ["a", "b", "c"]) await writer.put(QUESTION, "answer", { namespace });
      const reader = await open({ store: watched, mode: "stale-tolerant" });
      await writer.delete(QUESTION, { namespace: "a" });
      await writer.clear("b");
      for (const namespace of ["a", "b"]) equal(await reader.get(PARAPHRASE, { namespace }), undefined);
      equal(fetched, 0);
    });

    inFace(
      "F12 what others put in an entry's place is not served for what the entry was, in mode single either",
      async (open) => {
        const store = memoryStore();
        const writer = await open({ store: unclosed(store) });
        await writer.put(QUESTION, "answer");
        const reader = await open({ store: unclosed(store) });
        await writer.put(QUESTION, "2.40", { embedding: WORDS.embed([OTHER])[0]! });
        equal(await reader.get(PARAPHRASE), undefined);
      },
    );

    inFace("F13 own writes are not read again, however many", async (open) => {
      const calls: string[] = [];
      const store = intercepted(memoryStore(), (method, call) => {
        calls.push(method);
        return call();
      });
      const cache = await open({ store, mode: "stale-tolerant", maxEntries: 150 });
      for (let i = 0; i < 200; i++) await cache.put(`${OTHER} number ${i}`, `${i}`);
      await cache.delete(`${OTHER} number 199`);
      await cache.clear("elsewhere");
      await cache.put(QUESTION, "x", { namespace: "elsewhere", ttl: 1 });
      await cache.clear("elsewhere");
      calls.length = 0;
      equal((await cache.get(`${OTHER} number 198`))?.response, "198");
      equal(calls, ["version", "get"]);
    });

    inFace("F14 what others write between the filling of the index and the first lookup is seen", async (open) => {
      const store = memoryStore();
      const writer = await open({ store: unclosed(store) });
      const reader = await open({ store: unclosed(store), mode: "stale-tolerant" });
      await writer.put(QUESTION, "answer");
      equal((await reader.get(PARAPHRASE))?.response, "answer");
    });

    inFace("within `staleness` the store is not asked; without the mode, never", async (open) => {
      const store = memoryStore();
      let asked = 0;
      const watched = () =>
        intercepted(unclosed(store), (method, call) => {
          if (method === "version") asked++;
          return call();
        });
      const seldom = await open({ store: watched(), mode: "stale-tolerant", staleness: 1e9 });
      const single = await open({ store: watched() });
      asked = 0;
      for (let i = 0; i < 5; i++) await single.get(QUESTION);
      equal(asked, 0);
      for (let i = 0; i < 5; i++) await seldom.get(QUESTION);
      equal(asked, 1);
      for (const staleness of [-1, Number.NaN, "1s"]) {
        await fails(() => open({ mode: "stale-tolerant", staleness: staleness as number }), "argument");
      }
      for (const mode of ["mmap-shared", 7, null]) await fails(() => open({ mode: mode as never }), "argument");
    });

    inFace("a store that does not tell its version costs an event, not the lookup", async (open) => {
      const { events, onEvent } = observed();
      let failing = false;
      const store = intercepted(memoryStore(), (method, call) => {
        if (failing && (method === "version" || method === "changesSince")) throw new Error("not now");
        return call();
      });
      const cache = await open({ store, mode: "stale-tolerant", onEvent });
      await cache.put(QUESTION, "answer");
      failing = true;
      equal((await cache.get(PARAPHRASE))?.response, "answer");
      equal(
        events.map((event) => (event.type === "error" ? event.operation : event.type)),
        ["put", "refresh", "hit"],
      );
    });
  });

  test("whatever several caches do to one store, each answers as one that was just opened", async () => {
    const question = fc.constantFrom(QUESTION, PARAPHRASE, OTHER, `${OTHER} please`);
    const action = fc.record({
      who: fc.nat(2),
      what: fc.constantFrom("put", "put", "delete", "clear", "vacuum", "flush", "ask"),
      question,
      namespace: fc.constantFrom("a", "b"),
      ttl: fc.constantFrom(null, 5, 1000),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 40 }), fc.boolean(), async (actions, withLimits) => {
        const { clock, pass } = observed();
        const store = memoryStore();
        const options = { store: unclosed(store), clock, mode: "stale-tolerant" as const, threshold: 0.8 };
        const limits = withLimits ? { maxEntries: 4, quotas: { a: 2 } } : {};
        const caches = await Promise.all([0, 1, 2].map(() => opened({ ...options, ...limits })));
        for (const { who, what, question, namespace, ttl } of actions) {
          pass(1);
          const cache = caches[who]!;
          if (what === "put") await cache.put(question, `${clock()}`, { namespace, ttl });
          else if (what === "delete") await cache.delete(question, { namespace });
          else if (what === "clear") await cache.clear(namespace);
          else if (what === "vacuum") await cache.vacuum();
          else if (what === "flush") await cache.flush();
          else {
            const fresh = await opened(options);
            for (const other of [cache, fresh]) await other.flush();
            const answer = async (asked: typeof cache) => {
              const hit = await asked.get(question, { namespace, touch: false });
              return hit && [hit.response, hit.layer, hit.similarity, hit.id];
            };
            equal(await answer(cache), await answer(fresh), JSON.stringify(actions));
          }
        }
        if (withLimits) equal([store.count() <= 4, store.count("a") <= 2], [true, true]);
      }),
      { numRuns: cases(40) },
    );
  });
};
