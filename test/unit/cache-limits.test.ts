import fc from "fast-check";
import { memoryStore } from "../../src/index.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import { cases } from "../depth.ts";
import type { Suite } from "../harness.ts";
import {
  countingEmbedder,
  inEachFace,
  intercepted,
  OTHER,
  observed,
  opened,
  QUESTION,
  unclosed,
} from "./cache-fixtures.ts";

/** A query of its own. */
const numbered = (i: number): string => `${OTHER} number ${i}`;

/** How many entries there may be, and how large. */
export const cacheLimitsTests: Suite = (test) => {
  inEachFace(test, (inFace) => {
    inFace("above maxEntries those used least recently go, exactly as many as are too many", async (open) => {
      const { clock, pass, events, onEvent } = observed();
      const cache = await open({ maxEntries: 3, clock, onEvent });
      for (let i = 0; i < 3; i++) {
        await cache.put(numbered(i), `${i}`);
        pass(10);
      }
      await cache.get(numbered(0), { threshold: 1 });
      pass(10);
      await cache.put(numbered(3), "3");
      const there = [0, 1, 2, 3].map(async (i) => (await cache.get(numbered(i), { threshold: 1 }))?.response);
      equal(await Promise.all(there), ["0", undefined, "2", "3"]);
      equal([(await cache.stats()).entries, (await cache.stats()).evictions], [3, 1]);
      equal(
        events.filter(({ type }) => type === "eviction"),
        [{ type: "eviction", namespace: "default", count: 1 }],
      );
    });

    inFace("F9 uses in the same second are told apart", async (open) => {
      const { clock, pass } = observed();
      const cache = await open({ maxEntries: 2, clock });
      await cache.put(numbered(0), "0");
      pass(1);
      await cache.put(numbered(1), "1");
      pass(1);
      await cache.get(numbered(0), { threshold: 1 });
      pass(1);
      await cache.put(numbered(2), "2");
      equal(await cache.get(numbered(1), { threshold: 1 }), undefined);
      equal((await cache.get(numbered(0), { threshold: 1 }))?.response, "0");
    });

    inFace(
      "F10 a namespace with a quota counts for maxEntries too, and a cap is a whole number from 1",
      async (open) => {
        const cache = await open({ maxEntries: 4, quotas: { small: 2 } });
        for (let i = 0; i < 4; i++) await cache.put(numbered(i), `${i}`);
        for (let i = 0; i < 5; i++) await cache.put(numbered(i), `${i}`, { namespace: "small" });
        equal([(await cache.stats()).entries, (await cache.stats("small")).entries], [4, 2]);
        for (const maxEntries of [0, -1, 1.5, Number.NaN, "9", Number.POSITIVE_INFINITY]) {
          await fails(() => open({ maxEntries: maxEntries as number }), "argument");
          await fails(() => open({ quotas: { a: maxEntries as number } }), "argument");
        }
        for (const quotas of [null, [], "a"]) await fails(() => open({ quotas: quotas as never }), "argument");
      },
    );

    inFace("F11 each namespace is charged with what went from it, and no more goes than must", async (open) => {
      const { events, onEvent, clock, pass } = observed();
      const cache = await open({ maxEntries: 20, onEvent, clock });
      for (let i = 0; i < 20; i++) {
        await cache.put(numbered(i), "x", { namespace: i % 2 ? "odd" : "even" });
        pass(1);
      }
      await cache.putMany([0, 1, 2].map((i) => ({ query: numbered(i), response: "new", namespace: "writer" })));
      equal(
        events.filter(({ type }) => type === "eviction"),
        [
          { type: "eviction", namespace: "even", count: 2 },
          { type: "eviction", namespace: "odd", count: 1 },
        ],
      );
      equal([(await cache.stats()).entries, (await cache.stats("even")).evictions], [20, 2]);
    });

    inFace("F22 limits are remembered by the store, until they are given anew", async (open) => {
      const store = memoryStore();
      const awkward = JSON.parse('{"__proto__": 1, "a:b": 2}') as Record<string, number>;
      await (await open({ store: unclosed(store), maxEntries: 3, quotas: awkward, threshold: 0.9 })).close();
      const again = await open({ store: unclosed(store) });
      for (let i = 0; i < 4; i++) await again.put(numbered(i), "x", { namespace: "__proto__" });
      equal([(await again.stats()).entries, again.threshold], [1, 0.9]);
      for (let i = 0; i < 4; i++) await again.put(numbered(i), "x");
      equal((await again.stats()).entries, 3);
      const free = await open({ store: unclosed(store), maxEntries: null, quotas: {} });
      for (let i = 0; i < 9; i++) await free.put(numbered(i), "x", { namespace: "__proto__" });
      equal((await free.stats("__proto__")).entries, 9);
      equal((await open({ store: unclosed(store) })).threshold, 0.9);
    });

    inFace("what the store says of limits may be damaged", async (open) => {
      const { events, onEvent } = observed();
      const store = memoryStore();
      await (await open({ store: unclosed(store), maxEntries: 3 })).close();
      store.setMeta("policy", "{");
      await open({ store: unclosed(store), onEvent });
      equal(
        events.map(({ type }) => type),
        ["error"],
      );
    });

    inFace("F34 whatever must go goes in one commit", async (open) => {
      let commits = 0;
      const store = intercepted(memoryStore(), (method, call) => {
        if (method === "commit") commits++;
        return call();
      });
      const cache = await open({ store, maxEntries: 50 });
      await cache.putMany(Array.from({ length: 50 }, (_, i) => ({ query: numbered(i), response: "x" })));
      commits = 0;
      await cache.putMany(Array.from({ length: 40 }, (_, i) => ({ query: numbered(100 + i), response: "x" })));
      equal([commits, (await cache.stats()).entries], [2, 50]);
    });

    inFace("entries are counted once, however many are put", async (open) => {
      let counted = 0;
      const store = intercepted(memoryStore(), (method, call) => {
        if (method === "count") counted++;
        return call();
      });
      const cache = await open({ store, maxEntries: 5, quotas: { default: 4 } });
      counted = 0;
      for (let i = 0; i < 30; i++) await cache.put(numbered(i % 11), `${i}`);
      equal(counted, 2);
      await cache.delete(numbered(29 % 11));
      for (let i = 30; i < 60; i++) await cache.put(numbered(i % 13), `${i}`);
      equal([counted, store.count()].map(Number), [2, 4]);
    });

    inFace("what was just put stays, even if the clock was set back", async (open) => {
      let now = 1e9;
      const cache = await open({ maxEntries: 2, clock: () => now });
      await cache.put(numbered(0), "0");
      await cache.put(numbered(1), "1");
      now = 5;
      await cache.put(numbered(2), "2");
      equal((await cache.get(numbered(2), { threshold: 1 }))?.response, "2");
      equal((await cache.stats()).entries, 2);
    });

    inFace("where making room fails, the put has not failed, and the next one makes room", async (open) => {
      const { events, onEvent } = observed();
      let failing = false;
      const store = intercepted(memoryStore(), (method, call) => {
        if (method === "oldest" && failing) throw new Error("not now");
        return call();
      });
      const cache = await open({ store, maxEntries: 2, onEvent });
      for (let i = 0; i < 2; i++) await cache.put(numbered(i), "x");
      failing = true;
      ok((await cache.put(numbered(2), "x")) > 0, "it was put");
      equal([events.at(-1)?.type, (await cache.stats()).entries], ["error", 3]);
      failing = false;
      await cache.put(numbered(3), "x");
      equal((await cache.stats()).entries, 2);
    });

    inFace("F20 sizes and JSON are checked before an embedding is paid for, of get too", async (open) => {
      const embedder = countingEmbedder();
      const cache = await open({ embedder, limits: { queryBytes: 100, responseBytes: 50, metadataBytes: 30 } });
      await fails(() => cache.put("q".repeat(101), "x"), "argument");
      await fails(() => cache.put("é".repeat(51), "x"), "argument");
      await fails(() => cache.get("😀".repeat(26)), "argument");
      await fails(() => cache.getMany([QUESTION, "q".repeat(101)]), "argument");
      await fails(() => cache.put(QUESTION, "x".repeat(49)), "argument");
      await fails(() => cache.put(QUESTION, "x", { metadata: { a: "x".repeat(30) } }), "argument");
      await fails(
        () =>
          cache.putMany([
            { query: OTHER, response: "x" },
            { query: QUESTION, response: 1n as never },
          ]),
        "argument",
      );
      const { message } = await fails(() => cache.put("q".repeat(101), "x"), "argument");
      ok(message.includes("101 bytes") && message.includes("queryBytes"), message);
      equal(embedder.embedded, []);
      await cache.put("😀".repeat(25), "x".repeat(48), { metadata: { a: "x".repeat(22) } });
      await cache.put("\ud800 alone", "\udfff", { metadata: { "\ud800": "\udc00" } });
      equal((await cache.get("\ud800 alone"))?.response, "\udfff");
      for (const limits of [
        null,
        { queryBytes: 0 },
        { queryBytes: "1" },
        { queryByte: 1 },
        { queryBytes: Number.NaN },
      ]) {
        await fails(() => open({ limits: limits as never }), "argument");
      }
    });

    inFace("a query too long for the cache is computed all the same", async (open) => {
      const { events, onEvent } = observed();
      const cache = await open({ limits: { queryBytes: 10 }, onEvent });
      equal(await cache.wrap(QUESTION, () => "computed"), { response: "computed", hit: undefined });
      equal([events.map(({ type }) => type), (await cache.stats()).entries], [["error"], 0]);
      const strict = await open({ limits: { queryBytes: 10 }, strict: true });
      await fails(() => strict.wrap(QUESTION, () => "computed"), "argument");
    });
  });

  test("at any time the entries are those a plain list of uses would have kept", async () => {
    const name = fc.constantFrom("a", "b", "__proto__");
    const action = fc.record({
      do: fc.constantFrom("put", "put", "put", "get", "delete", "clear", "many"),
      namespace: name,
      i: fc.nat(9),
      tick: fc.nat(2),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { maxLength: 60 }),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 4 }),
        async (actions, maxEntries, quota) => {
          const { clock, pass } = observed();
          const cache = await opened({ maxEntries, quotas: { a: quota }, clock });
          const model = new Model(maxEntries, new Map([["a", quota]]));
          for (const { do: what, namespace, i, tick } of actions) {
            pass(tick);
            const query = numbered(i);
            if (what === "put") {
              const id = await cache.put(query, `${i}`, { namespace });
              model.put([[namespace, query, id]], clock());
            } else if (what === "many") {
              const queries = [i, (i + 1) % 10, (i + 2) % 10].map(numbered);
              const ids = await cache.putMany(queries.map((query) => ({ query, response: "x", namespace })));
              model.put(
                queries.map((query, k) => [namespace, query, ids[k]!]),
                clock(),
              );
            } else if (what === "get") {
              equal(
                (await cache.get(query, { namespace, threshold: 1 })) !== undefined,
                model.get(namespace, query, clock()),
              );
            } else if (what === "delete") {
              equal(await cache.delete(query, { namespace }), model.delete(namespace, query));
            } else {
              equal(await cache.clear(namespace), model.clear(namespace));
            }
            equal((await cache.stats()).entries, model.size, JSON.stringify(actions));
          }
          for (const namespace of ["a", "b", "__proto__"]) {
            for (let i = 0; i < 10; i++) {
              const hit = await cache.get(numbered(i), { namespace, threshold: 1, touch: false });
              equal(hit !== undefined, model.has(namespace, numbered(i)), `${namespace} ${i}`);
            }
          }
          await cache.close();
        },
      ),
      { numRuns: cases(60) },
    );
  });
};

interface Use {
  namespace: string;
  query: string;
  id: number;
  at: number;
}

/** Entries in an array, sorted by use whenever some must go. */
class Model {
  readonly #maxEntries: number;
  readonly #quotas: ReadonlyMap<string, number>;
  #entries: Use[] = [];

  constructor(maxEntries: number, quotas: ReadonlyMap<string, number>) {
    this.#maxEntries = maxEntries;
    this.#quotas = quotas;
  }

  get size(): number {
    return this.#entries.length;
  }

  has(namespace: string, query: string): boolean {
    return this.#find(namespace, query) !== undefined;
  }

  get(namespace: string, query: string, at: number): boolean {
    const use = this.#find(namespace, query);
    if (use !== undefined) use.at = at;
    return use !== undefined;
  }

  put(put: readonly [namespace: string, query: string, id: number][], at: number): void {
    for (const [namespace, query, id] of put) {
      this.delete(namespace, query);
      this.#entries.push({ namespace, query, id, at });
    }
    const kept = new Set(put.map(([, , id]) => id));
    for (const [namespace] of put.slice(0, 1)) {
      const quota = this.#quotas.get(namespace);
      if (quota !== undefined) this.#shrink(quota, kept, (use) => use.namespace === namespace);
    }
    this.#shrink(this.#maxEntries, kept, () => true);
  }

  delete(namespace: string, query: string): boolean {
    const before = this.size;
    this.#entries = this.#entries.filter((use) => use.namespace !== namespace || use.query !== query);
    return this.size < before;
  }

  clear(namespace: string): number {
    const before = this.size;
    this.#entries = this.#entries.filter((use) => use.namespace !== namespace);
    return before - this.size;
  }

  #find(namespace: string, query: string): Use | undefined {
    return this.#entries.find((use) => use.namespace === namespace && use.query === query);
  }

  /** Those just put go last, in the order in which they were. */
  #shrink(most: number, put: ReadonlySet<number>, concerned: (use: Use) => boolean): void {
    const those = this.#entries.filter(concerned);
    const order = [...put];
    those.sort((a, b) => {
      if (put.has(a.id) !== put.has(b.id)) return put.has(a.id) ? 1 : -1;
      return put.has(a.id) ? order.indexOf(a.id) - order.indexOf(b.id) : a.at - b.at || a.id - b.id;
    });
    const leaving = new Set(those.slice(0, Math.max(0, those.length - most)));
    this.#entries = this.#entries.filter((use) => !leaving.has(use));
  }
}
