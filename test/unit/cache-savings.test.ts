import { memoryStore, SemanticCache, type Usage } from "../../src/index.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { inEachFace, OTHER, observed, PARAPHRASE, QUESTION, unclosed, WAITING, WORDS } from "./cache-fixtures.ts";

const usage = (response: string): Usage => ({ model: response.split(" ")[0]!, inputTokens: 100, outputTokens: 10 });
const prices = { big: { input: 2, output: 20 }, free: {} };

/** What was spent, and what hits spared, by model. */
export const cacheSavingsTests: Suite = (test) => {
  inEachFace(test, (inFace) => {
    inFace("tokens, cost and time are those of what was computed, and of each hit", async (open) => {
      const cache = await open({ usage, prices });
      await cache.wrap(QUESTION, () => "big answer");
      await cache.wrap(OTHER, () => "small answer");
      for (const query of [QUESTION, PARAPHRASE]) await cache.get(query);
      await cache.wrap(QUESTION, () => "not asked");
      const { savings } = await cache.stats();
      const [big, small] = savings;
      const { msSaved, ...numbers } = big!;
      equal(numbers, {
        model: "big",
        callsSaved: 3,
        inputTokensSaved: 300,
        outputTokensSaved: 30,
        costSaved: (300 * 2 + 30 * 20) / 1e6,
        callsMade: 1,
        inputTokensUsed: 100,
        outputTokensUsed: 10,
        costSpent: (100 * 2 + 10 * 20) / 1e6,
      });
      ok(msSaved >= 0, `${msSaved}`);
      equal([small?.model, small?.callsSaved, small?.callsMade, small?.costSaved], ["small", 0, 1, undefined]);
      await cache.close();
    });

    inFace(
      "a call's own way to tell goes before the cache's; what tells nothing, or fails, costs nothing",
      async (open) => {
        const { events, onEvent } = observed();
        const cache = await open({ usage, onEvent });
        const own = { usage: () => ({ model: "own", inputTokens: Number.NaN, outputTokens: -3 }) };
        await cache.wrap(QUESTION, () => "big answer", own);
        await cache.wrap(QUESTION, () => "big answer", own);
        await cache.wrap(OTHER, () => "x", { usage: () => undefined });
        await cache.wrap("a third question entirely", () => "x", {
          usage: () => {
            throw new Error("no usage");
          },
        });
        const { savings } = await cache.stats();
        equal(
          savings.map(({ model, inputTokensUsed, outputTokensUsed, callsSaved }) => [
            model,
            inputTokensUsed,
            outputTokensUsed,
            callsSaved,
          ]),
          [["own", 0, 0, 1]],
        );
        equal(events.filter(({ type }) => type === "error").length, 1);
        await cache.close();
      },
    );

    inFace("they are kept in the store, added up by all who use it, and begin anew with clear", async (open) => {
      const store = memoryStore();
      for (let i = 0; i < 2; i++) {
        const cache = await open({ store: unclosed(store), usage });
        await cache.wrap(QUESTION, () => "big answer");
        await cache.close();
      }
      const cache = await open({ store: unclosed(store), usage });
      const [big] = (await cache.stats()).savings;
      equal([big?.callsMade, big?.callsSaved, big?.costSaved], [1, 1, undefined]);
      await cache.clear();
      equal((await cache.stats()).savings, []);
      await cache.close();
    });

    inFace("names that are very many stay few, and hostile ones are names", async (open) => {
      const cache = await open({ guards: false });
      const names = ["__proto__", "constructor", "", "a\u0000b", ...Array.from({ length: 200 }, (_, i) => `m${i}`)];
      for (const [i, model] of names.entries()) {
        await cache.wrap(`${i}`, () => "x", { usage: () => ({ model }), semantic: false });
      }
      const { savings } = await cache.stats();
      equal(savings.length, 101);
      equal(savings.find(({ model }) => model === "(others)")?.callsMade, 104);
      ok(
        ["__proto__", "constructor", ""].every((name) => savings.some(({ model }) => model === name)),
        "as they are",
      );
      await cache.close();
    });

    inFace("what was made elsewhere is counted where the put says so, once", async (open) => {
      const cache = await open({ guards: false });
      const usage = (response: string) => ({ model: "m", inputTokens: response.length });
      await cache.put("a", "12345", { usage });
      await cache.putMany([
        { query: "b", response: "123", usage },
        { query: "c", response: "1" },
      ]);
      await cache.wrap("d", () => "12", { usage, semantic: false });
      const { savings } = await cache.stats();
      equal(
        [savings.length, savings[0]?.callsMade, savings[0]?.inputTokensUsed, savings[0]?.callsSaved],
        [1, 3, 10, 0],
      );
      await cache.close();
    });

    inFace("prices that are none are refused", async (open) => {
      for (const bad of [7, { a: 7 }, { a: { input: -1 } }, { a: { output: "1" } }, { a: null }]) {
        await fails(() => open({ prices: bad as never }), "argument");
      }
      await fails(() => open({ usage: "x" as never }), "argument");
    });
  });

  test("who joins a computation under way has saved one", async () => {
    const cache = await SemanticCache.open({ embedder: WORDS, ...WAITING, usage });
    const compute = async (): Promise<string> => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return "big answer";
    };
    await Promise.all([1, 2, 3].map(() => cache.wrap(QUESTION, compute)));
    const [big] = (await cache.stats()).savings;
    equal([big?.callsMade, big?.callsSaved], [1, 2]);
    ok(big!.msSaved >= 8, `${big!.msSaved}`);
  });
};
