import fc from "fast-check";
import { plainIndex } from "../../examples/custom-index.ts";
import { memoryStore } from "../../src/index.ts";
import { scopeIn } from "../../src/text/key.ts";
import { scopeOf } from "../../src/text/scope.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import { cases } from "../depth.ts";
import type { Suite } from "../harness.ts";
import { inEachFace, PARAPHRASE, QUESTION, unclosed } from "./cache-fixtures.ts";

const GPT = { model: "gpt", system: "Be brief.", tools: [{ name: "search" }] };
const CLAUDE = { ...GPT, model: "claude" };

/** What a response depends on besides the query. */
export const scopeTests: Suite = (test) => {
  test("equal values have the same scope, however their keys are ordered; others have others", () => {
    equal(scopeOf(undefined), "");
    ok(/^[0-9a-f]{32}$/.test(scopeOf(GPT)), scopeOf(GPT));
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        equal(scopeOf(a), scopeOf(turned(a)));
        // -0 is 0 in JSON
        equal(scopeOf(a) === scopeOf(b), plain(a) === plain(b), `${JSON.stringify(a)} and ${JSON.stringify(b)}`);
      }),
      { numRuns: cases(500) },
    );
  });

  test("what no model sees does not matter; every other field does", () => {
    const { signal } = new AbortController();
    const same = [
      { ...GPT, temperature: undefined },
      { ...GPT, signal, headers: { authorization: "secret" } },
      { ...GPT, abortSignal: signal, headers: new Headers() },
      { ...GPT, tools: [{ name: "search", execute: () => "found" }] },
    ];
    for (const one of same) equal(scopeOf(one), scopeOf(GPT), JSON.stringify(one));
    const deep = { options: { signal, sent: new Headers() } };
    equal(scopeOf(deep), scopeOf({ options: {} }), "by what they are, wherever they stand");
    const others: unknown[] = [
      null,
      [],
      {},
      "",
      "null",
      0,
      GPT,
      CLAUDE,
      [GPT],
      { ...GPT, temperature: null },
      { ...GPT, temperature: 0 },
      { ...GPT, temperature: "0" },
      { ...GPT, temperature: 0n },
      { ...GPT, tools: [{ name: "search", headers: "kept, within" }] },
      { ...GPT, tools: [{ name: "search" }, undefined] },
      { ...GPT, system: "Be brief.\0" },
      { ...GPT, system: "Be brief.\ud800" },
      { ...GPT, system: "Be brief.\ud801" },
      { image: Uint8Array.of(1, 2) },
      { image: Uint8Array.of(1, 2, 3) },
      { image: "<1,2>" },
      { image: [1, 2] },
      { at: new Date(0) },
      { at: new Date(1) },
      { "a,b": 1 },
      { a: 1, b: 1 },
    ];
    equal(new Set(others.map(scopeOf)).size, others.length);
  });

  test("what is no JSON is refused, and named", async () => {
    const loop: Record<string, unknown> = {};
    loop.self = { loop };
    for (const [given, path] of [
      [Number.NaN, "scope"],
      [{ a: [Number.POSITIVE_INFINITY] }, "scope.a[0]"],
      [loop, "scope.self.loop"],
      [{ seen: new Map() }, "scope.seen"],
      [{ seen: new Set() }, "scope.seen"],
      [{ like: /x/ }, "scope.like"],
      [() => 1, "scope"],
      [Symbol("x"), "scope"],
    ] as const) {
      const error = await fails(() => scopeOf(given), "argument");
      ok(error.message.includes(path), error.message);
    }
  });

  inEachFace(test, (test) => {
    for (const [kind, options] of Object.entries({ exact: {}, "of one's own": { index: plainIndex } })) {
      test(`index ${kind}: only entries of an equal scope match, in both layers`, async (open) => {
        const store = memoryStore();
        const cache = await open({ store: unclosed(store), ...options });
        await cache.put(QUESTION, "none");
        await cache.put(QUESTION, "gpt", { scope: GPT });
        await cache.put(QUESTION, "claude", { scope: CLAUDE });
        equal((await cache.stats()).entries, 3);
        const turned = { tools: [{ name: "search" }], system: "Be brief.", model: "gpt" };
        const check = async (of: typeof cache): Promise<void> => {
          for (const query of [QUESTION, PARAPHRASE]) {
            for (const [scope, response] of [
              [undefined, "none"],
              [turned, "gpt"],
              [CLAUDE, "claude"],
              [{ ...GPT, user: 7 }, undefined],
              [{}, undefined],
            ] as const) {
              const what = `${query} of ${JSON.stringify(scope)}`;
              equal((await of.get(query, { scope }))?.response, response, what);
              equal(
                (await of.getMany([query, query], { scope })).map((hit) => hit?.response),
                [response, response],
                what,
              );
              equal(
                (await of.nearest(query, 9, { scope })).map((hit) => hit.response),
                response === undefined ? [] : [response],
                what,
              );
            }
            equal(await of.get(query, { scope: GPT, namespace: "other" }), undefined);
          }
        };
        await check(cache);
        await cache.compact();
        await check(cache);
        const again = await open({ store: unclosed(store), ...options });
        await check(again);
        await again.close();

        equal(await cache.delete(QUESTION, { scope: {} }), false);
        equal(await cache.delete(QUESTION, { scope: CLAUDE }), true);
        equal(await cache.get(PARAPHRASE, { scope: CLAUDE }), undefined);
        equal((await cache.get(PARAPHRASE))?.response, "none");
        await cache.delete(QUESTION);
        equal(await cache.get(PARAPHRASE), undefined);
        equal((await cache.get(PARAPHRASE, { scope: turned }))?.response, "gpt");
        await cache.clear();
        equal(await cache.get(PARAPHRASE, { scope: turned }), undefined);
        await cache.close();
      });
    }

    test("a crowd of another scope does not hide an entry, and what others write follows", async (open) => {
      const store = memoryStore();
      const cache = await open({ guards: false, store: unclosed(store) });
      for (let i = 0; i < 50; i++) await cache.put(`${QUESTION} ${i}`, `${i}`, { scope: GPT });
      await cache.put(`${QUESTION} or tomorrow or some other day`, "mine", { scope: CLAUDE });
      equal((await cache.get(PARAPHRASE, { scope: CLAUDE, threshold: 0.5 }))?.response, "mine");
      equal(await cache.get(PARAPHRASE, { threshold: 0.5 }), undefined);

      const other = await open({ guards: false, store: unclosed(store), mode: "stale-tolerant" });
      await cache.put("the opening hours of the town library", "9 to 5", { scope: CLAUDE });
      equal((await other.get("opening hours of the town library", { scope: CLAUDE }))?.response, "9 to 5");
      equal(await other.get("opening hours of the town library"), undefined);
      await other.close();
      await cache.close();
    });

    test("a scope that is no JSON is refused before anything is paid for", async (open) => {
      const cache = await open();
      for (const scope of [Number.NaN, new Map()]) {
        await fails(() => cache.get(QUESTION, { scope }), "argument");
        await fails(() => cache.put(QUESTION, "a", { scope }), "argument");
        await fails(() => cache.delete(QUESTION, { scope }), "argument");
        await fails(() => cache.nearest(QUESTION, 1, { scope }), "argument");
      }
      equal((await cache.stats()).entries, 0);
      await cache.close();
    });
  });

  test("the scope is what a key has before its first colon", () => {
    equal(["", "abc", "s:k", "s:k:l", ":k"].map(scopeIn), ["", "", "s", "s", ""]);
  });
};

/** With the keys of every object in the opposite order. */
function turned(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(turned);
  const entries = Object.entries(value).map(([key, item]) => [key, turned(item)] as const);
  return Object.fromEntries(entries.reverse());
}

/** As JSON with sorted keys, by the platform. Only at the top do some keys not count. */
function plain(value: unknown): string {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  const { headers: _, signal: __, abortSignal: ___, ...rest } = isObject ? (value as Record<string, unknown>) : {};
  return JSON.stringify(sorted(isObject ? rest : value));
}

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  return Object.entries(value)
    .map(([key, item]) => [key, sorted(item)])
    .sort(([a], [b]) => (a! < b! ? -1 : 1))
    .concat(["object"]);
}
