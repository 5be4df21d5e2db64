import { memoryStore, type SemanticCache } from "../../src/index.ts";
import type { Guard } from "../../src/text/guards/kit.ts";
import { hasContext } from "../../src/text/scope.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { countingEmbedder, inEachFace, observed, PARAPHRASE, QUESTION, unclosed, WORDS } from "./cache-fixtures.ts";
import { searching } from "./store-index.test.ts";

const TWO = "how long do I boil 2 eggs now";
const SIX = "how long do I boil 6 eggs now";
/** Farther from SIX than TWO is. */
const SIX_POLITELY = "please tell me how long do I boil 6 eggs";

/** What guards do to lookups. */
export const cacheGuardsTests: Suite = (test) => {
  inEachFace(test, (inFace) => {
    inFace("what a guard refuses is told and counted, and the next candidate is served", async (open) => {
      const { events, onEvent } = observed();
      const cache = await open({ onEvent, threshold: 0.5 });
      const id = await cache.put(TWO, "two");
      equal(await cache.get(SIX), undefined);
      const refused = { type: "reject", namespace: "default", id, reason: "guard", guard: "numbers" } as const;
      equal(
        events.filter(({ type }) => type === "reject"),
        [{ ...refused, detail: "“6” is not “2”" }],
      );
      equal(
        events.flatMap((event) => (event.type === "miss" ? [event.reason] : [])),
        ["guard"],
      );
      await cache.put(SIX_POLITELY, "six");
      const nearest = await cache.nearest(SIX, 2);
      equal(
        nearest.map(({ response }) => response),
        ["two", "six"],
      );
      equal((await cache.get(SIX))?.response, "six");
      equal(
        (await cache.getMany([SIX, TWO])).map((hit) => hit?.response),
        ["six", "two"],
      );
      const { guarded, rejections, misses, hitsSemantic, hitsExact } = await cache.stats();
      equal([guarded, rejections, misses, hitsSemantic, hitsExact], [3, 0, 1, 2, 1]);
      await cache.close();
    });

    inFace("the exact layer is not guarded, and wrap computes what a guard refused", async (open) => {
      const cache = await open({ threshold: 0.5, guards: [refusing("all", () => "never")] });
      await cache.put(QUESTION, "a");
      equal((await cache.get(QUESTION.toUpperCase()))?.layer, "exact");
      const { response, hit } = await cache.wrap(PARAPHRASE, () => "b");
      equal([response, hit], ["b", undefined]);
      await cache.close();
    });

    inFace("guards are those given: a list, what a function makes of the default ones, or none", async (open) => {
      const asked = async (guards: Parameters<typeof open>[0]): Promise<(string | undefined)[]> => {
        const cache = await open({ threshold: 0.5, ...guards });
        await cache.put(TWO, "two");
        await cache.put("how do I turn on the lamp in my room", "on");
        const hits = [await cache.get(SIX), await cache.get("how do I turn off the lamp in my room")];
        await cache.close();
        return hits.map((hit) => hit?.response);
      };
      equal(await asked({}), [undefined, undefined]);
      equal(await asked({ guards: undefined }), [undefined, undefined]);
      equal(await asked({ guards: false }), ["two", "on"]);
      equal(await asked({ guards: [] }), ["two", "on"]);
      equal(await asked({ guards: (all) => all.filter(({ name }) => name === "numbers") }), [undefined, "on"]);
      equal(await asked({ guards: (all) => all.filter(({ name }) => !/numbers|difference/.test(name)) }), [
        "two",
        undefined,
      ]);
      const noLamps = refusing("lamps", (asked) => (asked.includes("lamp") ? "no lamps" : undefined));
      equal(await asked({ guards: [noLamps] }), ["two", undefined]);
      const seen: (readonly Guard[])[] = [];
      const more = (all: readonly Guard[]) => {
        seen.push(all);
        return [...all, noLamps];
      };
      equal(await asked({ guards: more }), [undefined, undefined]);
      equal(
        seen.map((all) => all.length),
        [10],
        "the function is asked once, when it is opened",
      );
    });

    inFace("a default guard can be tuned", async (open) => {
      const cache = await open({
        threshold: 0.5,
        guards: (all) =>
          all.map((guard) => ({
            name: guard.name,
            check: (asked, stored) => (asked.text.includes("about") ? undefined : guard.check(asked, stored)),
          })),
      });
      await cache.put(TWO, "two");
      equal(await cache.get(SIX), undefined);
      equal((await cache.get("how long do I boil about 6 eggs now"))?.response, "two");
      await cache.close();
    });

    inFace("a guard is told the texts as they were given, taken apart", async (open) => {
      const told: unknown[] = [];
      const telling: Guard = {
        name: "telling",
        check: (asked, stored) => {
          told.push([asked.text, stored.text, asked.tokens.at(-1)?.word, asked.isEnglish, asked.hasCase]);
          return undefined;
        },
      };
      const cache = await open({ threshold: 0.5, guards: [telling] });
      await cache.put(`${QUESTION}!`, "a");
      ok(await cache.get(`${QUESTION}  OK?`), "passed");
      equal(told, [[`${QUESTION}  OK?`, `${QUESTION}!`, "ok", true, true]]);
      await cache.close();
    });

    inFace("a guard that throws has refused", async (open) => {
      const { events, onEvent } = observed();
      for (const [thrown, detail] of [
        [new Error("no words"), "it failed: no words"],
        ["text", "it failed: text"],
      ] as const) {
        const broken = refusing("broken", () => {
          throw thrown;
        });
        const cache = await open({ onEvent, guards: [broken], strict: true });
        await cache.put(QUESTION, "a");
        equal(await cache.get(PARAPHRASE), undefined);
        const event = events.findLast(({ type }) => type === "reject");
        ok(event?.type === "reject", "it is told");
        equal([event.guard, event.detail], ["broken", detail]);
        await cache.close();
      }
    });

    inFace("what is no list of guards is refused at opening", async (open) => {
      for (const guards of [
        null,
        true,
        7,
        "numbers",
        {},
        [undefined],
        [{}],
        ["numbers"],
        () => undefined,
        () => [{}],
      ]) {
        await fails(() => open({ guards: guards as never }), "argument");
      }
    });

    inFace("a follow-up is stored for, and found by, the exact layer only, and never embedded", async (open) => {
      const { events, onEvent } = observed();
      const embedder = countingEmbedder();
      const cache = await open({ embedder, onEvent, threshold: 0.5 });
      const store = { response: "43", query: "how old is he" };
      await cache.put(store.query, store.response);
      await cache.putMany([{ query: "and in Paris?", response: "rainy" }]);
      equal((await cache.get("How old is he"))?.layer, "exact");
      equal(await cache.get("how old is he now"), undefined);
      const hits = await cache.getMany(["how old is she", "and in Paris?"]);
      equal(
        hits.map((hit) => hit?.response),
        [undefined, "rainy"],
      );
      const { response } = await cache.wrap("how old are they", () => "both 43");
      equal([response, (await cache.get("how old are they"))?.response], ["both 43", "both 43"]);
      equal(embedder.embedded, []);
      equal(
        events.flatMap((event) => (event.type === "miss" ? [event.reason] : [])),
        ["follow-up", "follow-up", "follow-up"],
      );
      equal((await cache.nearest("how old is he", 9)).length, 0);
      await cache.close();
    });

    inFace("one that comes with what was said before is as any other question", async (open) => {
      const scope = { model: "gpt", messages: [{ role: "user", content: "Who is the king?" }] };
      const cache = await open({ threshold: 0.5 });
      await cache.put("how old is he", "43", { scope });
      equal((await cache.get("how old is he now", { scope }))?.layer, "semantic");
      equal(await cache.get("how old is he now", { scope: { ...scope, messages: [] } }), undefined);
      equal(await cache.get("how old is he now"), undefined);
      await cache.put("how old is he", "43", { scope: { model: "gpt" } });
      equal(await cache.get("how old is he now", { scope: { model: "gpt" } }), undefined);
      await cache.close();
    });

    inFace("with guards off nothing is a follow-up; with none of them it still may be", async (open) => {
      for (const [guards, found] of [
        [false, "43"],
        [[], undefined],
      ] as const) {
        const cache = await open({ guards, threshold: 0.5 });
        await cache.put("how old is he", "43");
        equal((await cache.get("how old is he now"))?.response, found);
        await cache.close();
      }
    });

    inFace(
      "a vector that is given makes no follow-up a question, in a store that is searched neither",
      async (open) => {
        for (const options of [{}, { store: searching().store, index: "store" as const }]) {
          const cache = await open({ threshold: 0.5, ...options });
          const [embedding] = WORDS.embed(["how old is the king"]) as ArrayLike<number>[];
          await cache.put("how old is the king", "43", { embedding });
          await cache.put("how old is he", "12", { embedding });
          equal((await cache.get("how old was the king", { embedding }))?.response, "43");
          equal(await cache.get("how old is she", { embedding }), undefined);
          equal((await cache.get("how old is he", { embedding }))?.response, "12");
          await cache.close();
        }
      },
    );

    inFace("an entry that was stored without guards is guarded when it is found", async (open) => {
      const store = memoryStore();
      const before: SemanticCache = await open({ store: unclosed(store), guards: false, threshold: 0.5 });
      await before.put(TWO, "two");
      equal((await before.get(SIX))?.response, "two");
      await before.close();
      const after = await open({ store: unclosed(store) });
      equal(await after.get(SIX), undefined);
      await after.close();
    });
  });

  test("a scope has context if it is turns, or has them under a usual name", () => {
    const turns = [{ role: "user", content: "Hello" }];
    for (const name of ["messages", "turns", "history", "context", "conversation", "previous", "thread"]) {
      ok(hasContext({ model: "gpt", [name]: turns }), name);
      ok(hasContext({ [name]: "t-1" }), `${name}, a text`);
      for (const empty of [undefined, null, "", []]) ok(!hasContext({ [name]: empty }), `${name}: ${empty}`);
    }
    ok(hasContext(turns), "turns themselves");
    for (const scope of [undefined, null, [], {}, "messages", 7, { model: "gpt" }, { Messages: turns }]) {
      ok(!hasContext(scope), `${JSON.stringify(scope)}`);
    }
  });
};

function refusing(name: string, check: (asked: string, stored: string) => string | undefined): Guard {
  return { name, check: (asked, stored) => check(asked.text, stored.text) };
}
