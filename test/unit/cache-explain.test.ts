import fc from "fast-check";
import type { Explanation } from "../../src/cache/explain.ts";
import { type CacheOptions, memoryStore, type Nearby, type SemanticCache, type Store } from "../../src/index.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import { cases } from "../depth.ts";
import type { Suite } from "../harness.ts";
import { inEachFace, OTHER, observed, PARAPHRASE, QUESTION, unclosed, WORDS } from "./cache-fixtures.ts";
import { noted, rejects } from "./judging-fixtures.ts";

/** One that refuses what names another number. */
const NUMBERS = {
  name: "same number",
  check: (asked: { text: string }, stored: { text: string }): string | undefined => {
    const [a, b] = [asked, stored].map(({ text }) => /\d+/.exec(text)?.[0]);
    return a === b ? undefined : `${a} is not ${b}`;
  },
};

/** What of an explanation does not depend on rounding. */
function trace({ exact, candidates, hit, followUp }: Explanation): unknown {
  const shown = (one: Explanation["exact"]) => {
    return one && [one.query, one.guards.map(({ detail }) => detail ?? "fine"), one.refusal];
  };
  return { exact: shown(exact), candidates: candidates.map(shown), hit: hit && [hit.layer, hit.query], followUp };
}

/** What a lookup would do and why. */
export const cacheExplainTests: Suite = (test) => {
  const guards = [NUMBERS] as CacheOptions["guards"];
  inEachFace(test, (test) => {
    const cases: Record<string, [question: string, expected: unknown, (c: Prepared) => unknown]> = {
      exact: [
        ` ${QUESTION}`,
        { exact: [QUESTION, [], undefined], candidates: [[QUESTION, ["fine"], undefined]], hit: ["exact", QUESTION] },
        ({ cache }) => cache.put(QUESTION, "a"),
      ],
      semantic: [
        PARAPHRASE,
        { candidates: [[QUESTION, ["fine"], undefined]], hit: ["semantic", QUESTION] },
        ({ cache }) => cache.put(QUESTION, "a"),
      ],
      "refused by a guard": [
        `${PARAPHRASE} 7`,
        {
          candidates: [
            [`${PARAPHRASE} 8`, ["7 is not 8"], { reason: "guard", guard: "same number", detail: "7 is not 8" }],
          ],
        },
        ({ cache }) => cache.put(`${PARAPHRASE} 8`, "a"),
      ],
      rejected: [
        PARAPHRASE,
        { candidates: [[QUESTION, ["fine"], { reason: "rejected" }]] },
        async ({ cache }) => {
          await cache.put(QUESTION, "a");
          await rejects(cache);
        },
      ],
      expired: [
        QUESTION,
        {
          exact: [QUESTION, [], { reason: "expired" }],
          candidates: [[QUESTION, [], { reason: "expired" }]], // of the very same question no guard is asked
        },
        async ({ cache, pass }) => {
          await cache.put(QUESTION, "a", { ttl: 5 });
          pass(5);
        },
      ],
      invalid: [
        PARAPHRASE,
        { candidates: [[QUESTION, ["fine"], { reason: "invalid" }]] },
        async ({ cache }) => {
          await cache.put(QUESTION, "a", { tags: ["t"] });
          await cache.invalidate({ tags: ["t"] });
        },
      ],
      "refused by validate": [
        QUESTION,
        {
          exact: [QUESTION, [], { reason: "validator" }],
          candidates: [[QUESTION, [], { reason: "validator" }]],
        },
        ({ store, cache }) => cache.put(QUESTION, "a").then(() => spoil(store)),
      ],
      "below the threshold": [
        PARAPHRASE,
        { candidates: [[OTHER, ["fine"], { reason: "threshold" }]] },
        ({ cache }) => cache.put(OTHER, "a"),
      ],
    };
    for (const [name, [question, expected, prepare]] of Object.entries(cases)) {
      test(`${name}: what is seen, and that looking changes nothing`, async (open) => {
        const { store, calls } = noted(memoryStore());
        const { clock, pass, events, onEvent } = observed();
        const cache = await open({ store, clock, onEvent, guards, validate: (text) => text !== "bad" });
        await prepare({ cache: thenable(cache), store, pass });
        await cache.flush();
        const before = [await cache.stats(), events.length];
        calls.length = 0;
        const explanation = await cache.explain(question);
        equal(trace(explanation), { exact: undefined, hit: undefined, followUp: false, ...(expected as object) });
        ok(!calls.some((call) => ["commit", "setMeta", "swapMeta", "clear"].includes(call)), `${calls}`);
        equal([await cache.stats(), events.length], before);
        const hit = await cache.get(question);
        equal([hit?.id, hit?.pairing], [explanation.hit?.id, explanation.hit?.pairing]);
        equal(hit, explanation.hit);
      });
    }

    test("a follow-up is asked of the exact layer only", async (open) => {
      const cache = await open();
      await cache.put("what about the second one", "a", { scope: { messages: ["before"] } });
      await cache.put("what about the second one then", "b");
      const { followUp, hit, exact } = await cache.explain("what about the second one");
      equal([followUp, hit, exact], [true, undefined, undefined]);
      equal(await cache.get("what about the second one"), undefined);
      const own = await cache.explain("what about the second one then");
      equal([own.followUp, own.hit?.layer], [true, "exact"]);
    });

    test("it says where the cache stands, and looks as far as a lookup does", async (open) => {
      const cache = await open({ guards, threshold: 0.3 });
      for (let i = 0; i < 30; i++) await cache.put(`${QUESTION} ${i + 1}`, "x");
      await cache.put("how do I reset the password", "good");
      const explanation = await cache.explain(PARAPHRASE, { candidates: 2 });
      equal(
        explanation.candidates.map(({ refusal }) => refusal?.reason),
        ["guard", "guard", undefined],
      );
      equal(explanation.hit?.response, "good");
      equal((await cache.get(PARAPHRASE))?.id, explanation.hit?.id);
      equal(
        [explanation.namespace, explanation.text, explanation.threshold],
        ["default", PARAPHRASE.toLowerCase(), 0.3],
      );
      equal([explanation.errorBudget, explanation.key.length], [undefined, 64]);
      for (const candidates of [0, -1, 1.5, "3", null]) {
        await fails(() => cache.explain(PARAPHRASE, { candidates: candidates as number }), "argument");
      }
      equal((await cache.explain(PARAPHRASE, { candidates: 100, threshold: 0.99 })).candidates.length, 31);
    });

    test("a confidence that fails is told of a lookup, not of looking", async (open) => {
      const { events, onEvent } = observed();
      const confidence = (): number => {
        throw new Error("of the user");
      };
      const cache = await open({ confidence, onEvent });
      await cache.put(QUESTION, "a");
      events.length = 0;
      equal((await cache.explain(PARAPHRASE)).hit?.confidence, 0);
      equal(events, []);
      await cache.get(PARAPHRASE);
      equal(
        events.map(({ type }) => type),
        ["error", "hit"],
      );
    });

    test("what others wrote is seen where the cache follows them", async (open) => {
      const store = memoryStore();
      const [one, other] = [
        await open({ store: unclosed(store) }),
        await open({ store: unclosed(store), mode: "stale-tolerant" }),
      ];
      await one.put(QUESTION, "a");
      equal((await other.explain(PARAPHRASE)).hit?.response, "a");
    });

    test("a store that searches itself refuses and explains alike, and asks no other layer of a follow-up", async (open) => {
      const memory = memoryStore();
      const cache = await open({ store: searching(memory), index: "store", guards });
      await cache.put(QUESTION, "a", { tags: ["t"] });
      await cache.put(`${PARAPHRASE} 8`, "eight");
      const [embedding] = WORDS.embed([PARAPHRASE]);
      for (const options of [{}, { embedding: embedding! }]) {
        equal((await cache.get(`${PARAPHRASE}`, options))?.response, "a");
        equal(await cache.get(`${PARAPHRASE} 7`, options), undefined);
        const { candidates, hit } = await cache.explain(`${PARAPHRASE} 7`, options);
        equal(
          [hit, candidates.map(({ refusal }) => refusal?.reason)],
          [undefined, ["guard", "guard"].slice(0, candidates.length)],
        );
      }
      await rejects(cache);
      equal(
        [await cache.get(PARAPHRASE), await cache.get(PARAPHRASE, { embedding: embedding! })],
        [undefined, undefined],
      );
      const reasonNow = async () => {
        const { candidates } = await cache.explain(PARAPHRASE);
        return candidates.find(({ query }) => query === QUESTION)?.refusal?.reason;
      };
      equal(await reasonNow(), "rejected");
      await cache.invalidate({ tags: ["t"] });
      equal(await reasonNow(), "invalid");
      equal([await cache.get(QUESTION), await cache.get(QUESTION, { embedding: embedding! })], [undefined, undefined]);

      const careful = await open({ store: searching(memory), index: "store" });
      await careful.put("the second one about", "b", { embedding: embedding! });
      const [question, follow] = ["the second one about", "what about the second one"];
      const hits = [
        await careful.get(question, { embedding: embedding! }),
        await careful.get(follow, { embedding: embedding! }),
      ];
      equal(
        hits.map((hit) => hit?.layer),
        ["exact", undefined],
      );
      await careful.put(follow, "own");
      equal((await careful.get(follow, { embedding: embedding! }))?.layer, "exact");
    });
  });

  const words = [
    "reset password",
    "reset password account",
    "password reset",
    "tram ticket",
    "tram ticket 7",
    "ticket 8",
  ];
  const question = fc.constantFrom(...words);
  inEachFace(test, (test) => {
    test("it agrees with what get then does", async (open) => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(
            fc.record({ question, ttl: fc.constantFrom(null, 5), tag: fc.constantFrom("a", "b"), bad: fc.boolean() }),
            {
              maxLength: 8,
            },
          ),
          fc.array(question, { maxLength: 3 }),
          fc.option(fc.constantFrom("a", "b")),
          fc.constantFrom(0.2, 0.6, 0.9),
          async (puts, rejected, tag, threshold) => {
            const store = memoryStore();
            const { clock, pass } = observed();
            const filling = await open({ store: unclosed(store), clock, threshold: 0.2, guards: false });
            for (const { question, ttl, tag, bad } of puts) {
              await filling.put(question, bad ? "bad" : "good", { ttl, tags: [tag] });
            }
            for (const query of rejected) {
              const hit = await filling.get(query);
              if (hit !== undefined) await filling.feedback(hit, "reject");
            }
            pass(5);
            if (tag !== null) await filling.invalidate({ tags: [tag] });
            const cache = await open({
              store: unclosed(store),
              clock,
              threshold,
              guards,
              validate: (text) => text !== "bad",
            });
            for (const query of words) {
              const explained = (await cache.explain(query, { candidates: 2 })).hit;
              const hit = await cache.get(query);
              equal(
                [hit?.id, hit?.layer, hit?.response],
                [explained?.id, explained?.layer, explained?.response],
                query,
              );
            }
            await cache.close();
          },
        ),
        { numRuns: cases(60) },
      );
    });
  });
};

interface Prepared {
  cache: SemanticCache;
  store: Store;
  pass: (ms: number) => void;
}

/** The sync face's answers as promises, so that `then` may follow. */
function thenable<T extends object>(cache: T): T {
  return new Proxy(cache, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === "function" ? async (...args: unknown[]) => member.apply(target, args) : member;
    },
  });
}

/** As another cache, which finds nothing wrong with it, may have stored it. */
async function spoil(store: Store): Promise<void> {
  const [entry] = await store.getMany([1]);
  const { id: _, accessedAt: __, hits: ___, revision: ____, ...put } = entry!;
  await store.commit([{ put: { ...put, value: '"bad"' } }]);
}

/** A store that searches itself by comparing every row. */
function searching(store: ReturnType<typeof memoryStore>): Store {
  const nearest: NonNullable<Store["search"]>["nearest"] = (vector, { namespace, k, threshold, key }) => {
    const dot = (row: Float32Array): number => row.reduce((sum, x, i) => sum + x * vector[i]!, 0);
    const all = [...store.scan({ namespace })].map((entry): Nearby => {
      return { entry, similarity: entry.vector === null ? -2 : dot(entry.vector) };
    });
    const near = all
      .filter(({ entry, similarity }) => entry.vector !== null && similarity >= threshold)
      .sort((a, b) => b.similarity - a.similarity || a.entry.id - b.entry.id);
    const own = all.filter(({ entry }) => entry.key === key);
    return [...own, ...near.filter(({ entry }) => entry.key !== key).slice(0, k)];
  };
  return Object.assign(Object.create(unclosed(store)), { search: { nearest } }) as Store;
}
