import fc from "fast-check";
import { type CacheOptions, memoryStore, SemanticCache } from "../../src/index.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import { cases } from "../depth.ts";
import type { Suite } from "../harness.ts";
import { inEachFace, OTHER, observed, PARAPHRASE, promised, QUESTION, WAITING, WORDS } from "./cache-fixtures.ts";

const shadow = { mode: "shadow" } as const;
const kinds = (events: readonly { type: string }[]) => events.map(({ type }) => type);

/** A cache that only tells what it would have served. */
export const cacheShadowTests: Suite = (test) => {
  inEachFace(test, (test) => {
    test("nothing is served, in either layer; what would have been is told and counted", async (open) => {
      const { events, onEvent } = observed();
      const store = memoryStore();
      const cache = await open({ ...shadow, store, onEvent });
      const id = await cache.put(QUESTION, "answer");
      events.length = 0;
      equal([await cache.get(QUESTION), await cache.get(PARAPHRASE), await cache.get(OTHER)], Array(3).fill(undefined));
      equal(await cache.getMany([QUESTION, PARAPHRASE]), [undefined, undefined]);
      equal(kinds(events), ["shadow", "miss", "shadow", "miss", "miss", "shadow", "miss", "shadow", "miss"]);
      equal(
        events.flatMap((event) => (event.type === "shadow" ? [[event.layer, event.id, event.namespace]] : [])),
        ["exact", "semantic", "exact", "semantic"].map((layer) => [layer, id, "default"]),
      );
      equal(
        events.flatMap((event) => (event.type === "miss" ? [event.reason] : [])),
        ["shadow", "shadow", "no-match", "shadow", "shadow"],
      );
      const { shadowHits, hitsExact, hitsSemantic, misses, callsSaved } = await cache.stats();
      equal([shadowHits, hitsExact, hitsSemantic, misses, callsSaved], [4, 0, 0, 5, 0]);
      await cache.flush();
      equal(store.getMany([id])[0]!.hits, 0, "no use");
      equal((await cache.explain(PARAPHRASE)).hit?.response, "answer");
    });

    test("wrap computes, tells whether what it found would have done, and stores", async (open) => {
      const { events, onEvent } = observed();
      const cache = await open({ ...shadow, onEvent });
      const id = await cache.put(QUESTION, "answer");
      events.length = 0;
      const first = await cache.wrap(QUESTION, () => "answer");
      const second = await cache.wrap(PARAPHRASE, () => "another");
      equal(
        [first, second],
        [
          { response: "answer", hit: undefined },
          { response: "another", hit: undefined },
        ],
      );
      equal(kinds(events), ["shadow", "miss", "compare", "put", "shadow", "miss", "compare", "put"]);
      const compared = events.filter((event) => event.type === "compare");
      equal(
        compared.map(({ id, layer, agrees }) => [id, layer, agrees]),
        [
          [id, "exact", true],
          [id, "semantic", false],
        ],
      );
      const { agreed, disagreed, shadowHits } = await cache.stats();
      equal([agreed, disagreed, shadowHits], [1, 1, 2]);
    });

    for (const [name, stored, computed, agrees] of [
      ["keys in another order", { a: 1, b: { c: [1, 2], d: null } }, { b: { d: null, c: [1, 2] }, a: 1 }, true],
      ["an absent property and an undefined one", { a: 1 }, { a: 1, b: undefined }, true],
      ["items in another order", [1, 2], [2, 1], false],
      ["another type", "1", 1, false],
      ["null and nothing", {}, { a: null }, false],
      ["keys like indexes", { 2: 1, 1: 2, __proto__x: 3 }, { 1: 2, 2: 1, __proto__x: 3 }, true],
    ] as const) {
      test(`by default as JSON: ${name}`, async (open) => {
        const { events, onEvent } = observed();
        const cache = (await open({ ...shadow, onEvent } as never)) as unknown as SemanticCache<unknown>;
        await cache.put(QUESTION, stored);
        equal((await cache.wrap(QUESTION, () => computed)).response, computed as unknown);
        equal(
          events.flatMap((event) => (event.type === "compare" ? [event.agrees] : [])),
          [agrees],
        );
      });
    }

    test("a function compares; what it throws, or answers by mistake, is an event", async (open) => {
      const compare = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
      const thrower = () => {
        throw new Error("of the user");
      };
      for (const [given, expected] of [
        [compare, ["compare"]],
        [thrower, ["error"]],
        [() => "yes", ["error"]],
      ] as const) {
        const { events, onEvent } = observed();
        const cache = await open({ ...shadow, onEvent, compare: given as NonNullable<CacheOptions["compare"]> });
        await cache.put(QUESTION, "answer");
        equal((await cache.wrap(PARAPHRASE, () => "ANSWER")).response, "ANSWER");
        equal(
          kinds(events).filter((type) => type === "compare" || type === "error"),
          [...expected],
        );
        equal((await cache.stats()).agreed, expected[0] === "compare" ? 1 : 0);
      }
      for (const wrong of ["same", 7, null])
        await fails(() => open({ ...shadow, compare: wrong as never }), "argument");
      for (const mode of ["Shadow", "", 7]) await fails(() => open({ mode: mode as never }), "argument");
    });
  });

  test("a comparison by promise is waited for by flush and close only; its failure is an event", async () => {
    const { events, onEvent } = observed();
    let release = (_: boolean): void => {};
    let isFirst = true;
    const compare = () => {
      if (!isFirst) return Promise.reject(new Error("of the user"));
      isFirst = false;
      return new Promise<boolean>((resolve) => (release = resolve));
    };
    const cache = await SemanticCache.open({
      embedder: WORDS,
      store: promised(memoryStore()),
      ...shadow,
      compare,
      onEvent,
    });
    await cache.put(QUESTION, "answer");
    await cache.wrap(QUESTION, () => "other");
    ok(!kinds(events).includes("compare"), "not yet");
    release(true);
    await cache.flush();
    equal((await cache.stats()).agreed, 1);
    await cache.wrap(QUESTION, () => "other");
    await cache.close();
    equal(
      kinds(events).filter((type) => type === "error"),
      ["error"],
    );
  });

  test("identical calls in flight compute each for itself", async () => {
    const cache = await SemanticCache.open({ embedder: WORDS, ...WAITING, ...shadow });
    let computed = 0;
    const calls = [1, 2, 3].map(() => cache.wrap(QUESTION, async () => String(++computed)));
    equal(
      (await Promise.all(calls)).map(({ response }) => response),
      ["1", "2", "3"],
    );
    equal((await cache.stats()).joined, 0);
  });

  const word = fc.constantFrom(QUESTION, PARAPHRASE, OTHER, ` ${QUESTION} `);
  inEachFace(test, (test) => {
    test("an application's outputs are those it has with no cache", async (open) => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(
            fc.record({
              word,
              verb: fc.constantFrom("get", "getMany", "wrap", "wrap", "wrap", "put", "delete"),
              fails: fc.nat(5),
            }),
            { maxLength: 15 },
          ),
          async (calls) => {
            const run = async (cache: SemanticCache | undefined): Promise<unknown[]> => {
              const outputs: unknown[] = [];
              for (const [i, { word, verb, fails }] of calls.entries()) {
                const compute = (): string => {
                  if (fails === 0) throw new Error(`failed ${i}`);
                  return `${word} ${i}`;
                };
                try {
                  if (verb === "wrap") outputs.push(cache ? (await cache.wrap(word, compute)).response : compute());
                  else if (verb === "get") outputs.push(await cache?.get(word));
                  else if (verb === "getMany") outputs.push(...((await cache?.getMany([word])) ?? [undefined]));
                  else if (verb === "put") await cache?.put(word, "put");
                  else await cache?.delete(word);
                } catch (error) {
                  outputs.push(String(error));
                }
              }
              return outputs;
            };
            equal(await run(await open(shadow)), await run(undefined));
          },
        ),
        { numRuns: cases(40) },
      );
    });
  });
};
