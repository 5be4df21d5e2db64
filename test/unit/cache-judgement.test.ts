import { type MnemeError, memoryStore, type SyncEmbedder } from "../../src/index.ts";
import { equal, fails, ok, rejection } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import {
  countingEmbedder,
  inEachFace,
  intercepted,
  OTHER,
  observed,
  PARAPHRASE,
  QUESTION,
  unclosed,
  WORDS,
} from "./cache-fixtures.ts";

const DAY = 24 * 3600 * 1000;

/** What may be stored and served besides what is near enough. */
export const cacheJudgementTests: Suite = (test) => {
  inEachFace(test, (inFace) => {
    inFace("F1 an old entry is served as long as it lives, whatever its confidence", async (open) => {
      const { clock, pass } = observed();
      const cache = await open({ clock });
      await cache.put(QUESTION, "answer");
      pass(400 * DAY);
      const hit = await cache.get(PARAPHRASE);
      equal([hit?.response, hit?.layer, hit!.confidence < 1e-9], ["answer", "semantic", true]);
    });

    inFace("F2 a threshold below 0.7 is meant", async (open) => {
      const cache = await open({ threshold: 0.3, guards: false });
      await cache.put(QUESTION, "answer");
      const hit = await cache.get("how do I reset the password of some other thing entirely, dear friend");
      ok(hit !== undefined && hit.similarity < 0.7 && hit.similarity >= 0.3, `${hit?.similarity}`);
    });

    inFace("minConfidence makes misses of hits that are trusted less, of the exact layer too", async (open) => {
      const { clock, pass, events, onEvent } = observed();
      const cache = await open({ clock, onEvent, minConfidence: 0.6 });
      const id = await cache.put(QUESTION, "answer");
      pass(DAY / 2);
      equal((await cache.get(QUESTION))?.confidence.toFixed(4), Math.SQRT1_2.toFixed(4));
      pass(DAY / 2);
      equal([await cache.get(QUESTION), await cache.get(PARAPHRASE)], [undefined, undefined]);
      equal(
        events.filter(({ type }) => type === "reject"),
        // The first lookup meets it in both layers.
        Array(3).fill({ type: "reject", namespace: "default", id, reason: "confidence" }),
      );
      equal([(await cache.stats()).rejections, (await cache.stats()).entries], [3, 1]);
      for (const minConfidence of [Number.NaN, "1", Number.POSITIVE_INFINITY]) {
        await fails(() => open({ minConfidence: minConfidence as number }), "argument");
      }
    });

    inFace("the confidence function is told similarity, age and metadata", async (open) => {
      const { clock, pass } = observed();
      const told: unknown[] = [];
      const cache = await open({
        clock,
        confidence: (...args) => {
          told.push(args);
          return 7;
        },
      });
      await cache.put(QUESTION, "answer", { metadata: { source: "manual" } });
      pass(1500);
      equal((await cache.get(QUESTION))?.confidence, 7);
      equal(told, [[1, 1, { source: "manual" }]]);
    });

    inFace("F4 candidates are taken until one is alive and admissible, not three", async (open) => {
      const { clock, pass } = observed();
      const store = memoryStore();
      const asks = async (refused: string[]) => {
        const cache = await open({
          clock,
          guards: false,
          store: unclosed(store),
          validate: (response) => !refused.includes(response),
        });
        return (await cache.get(PARAPHRASE, { threshold: 0.2 }))?.response;
      };
      const cache = await open({ clock, store: unclosed(store) });
      for (let i = 0; i < 6; i++) await cache.put(`${PARAPHRASE} ${"x".repeat(i + 1)}`, `expired ${i}`, { ttl: 10 });
      const bad = Array.from({ length: 30 }, (_, i) => `bad ${i}`);
      for (const [i, response] of bad.entries()) await cache.put(`${PARAPHRASE} word${i}`, response);
      await cache.put(`${QUESTION} and then some more of these words`, "good");
      pass(10);
      equal(await asks(bad), "good");
      equal((await asks([]))?.slice(0, 3), "bad");
    });

    inFace(
      "F6 what validate refuses is served by neither layer, and stays for those who think otherwise",
      async (open) => {
        const store = memoryStore();
        const { events, onEvent } = observed();
        const first = await open({ store: unclosed(store) });
        const id = await first.put(QUESTION, "answer");
        const second = await open({ store: unclosed(store), validate: (response) => response !== "answer", onEvent });
        equal([await second.get(QUESTION), await second.get(PARAPHRASE)], [undefined, undefined]);
        equal(
          events.filter(({ type }) => type === "reject"),
          Array(3).fill({ type: "reject", namespace: "default", id, reason: "validator" }),
        );
        equal((await first.get(QUESTION))?.response, "answer");
      },
    );

    inFace("a response that validate refuses is not stored: 0 is no entry's id", async (open) => {
      const { events, onEvent } = observed();
      const embedder = countingEmbedder();
      const cache = await open({ embedder, onEvent });
      for (const failure of ["[ERROR] no model", "[LLM Error] 503"]) equal(await cache.put(QUESTION, failure), 0);
      equal([embedder.embedded, (await cache.stats()).entries, (await cache.stats()).rejections], [[], 0, 2]);
      equal(events, Array(2).fill({ type: "reject", namespace: "default", id: 0, reason: "validator" }));
      equal((await cache.wrap(QUESTION, () => "[ERROR] now and then")).response, "[ERROR] now and then");
      equal((await cache.stats()).entries, 0);
      for (const fine of ["", "  ", "[INFO]", "Error: 7", "an [ERROR]"]) ok((await cache.put(fine, fine)) > 0, fine);
      const [none, some] = await cache.putMany([
        { query: QUESTION, response: "[ERROR]" },
        { query: OTHER, response: "2.40" },
      ]);
      equal([none, some! > 0, (await cache.get(OTHER))?.response], [0, true, "2.40"]);
      const all = await open({ validate: false });
      ok((await all.put(QUESTION, "[ERROR] is what I want")) > 0, "all may be stored");
    });

    inFace("F21 what the user's functions throw or return by mistake is an event and a miss", async (open) => {
      const problem = new Error("of the user");
      const thrower = () => {
        throw problem;
      };
      for (const mistake of [thrower, () => undefined, async () => true, () => 1]) {
        const { events, onEvent } = observed();
        const store = memoryStore();
        await (await open({ store: unclosed(store) })).put(QUESTION, "answer");
        const options = { store: unclosed(store), validate: mistake as never, onEvent };
        const cache = await open(options);
        equal([await cache.get(QUESTION), await cache.put(OTHER, "x")], [undefined, 0]);
        const errors = events.flatMap((event) => (event.type === "error" ? [event.operation] : []));
        equal(errors, ["validator", "validator", "validator"]);
        const strict = await open({ ...options, strict: true });
        const error = await rejection(() => strict.get(QUESTION));
        ok(mistake === thrower ? error === problem : (error as MnemeError).code === "argument", `${error}`);
      }
      for (const mistake of [thrower, () => Number.NaN, () => "1", async () => 1]) {
        const { events, onEvent } = observed();
        const cache = await open({ confidence: mistake as never, onEvent });
        await cache.put(QUESTION, "answer");
        const hit = await cache.get(QUESTION);
        equal([hit?.response, hit?.confidence, events.filter(({ type }) => type === "error").length], ["answer", 0, 1]);
      }
      const { onEvent } = observed();
      const careful = await open({ confidence: thrower, minConfidence: 0.1, onEvent });
      await careful.put(QUESTION, "answer");
      equal(await careful.get(QUESTION), undefined);
      for (const wrong of [7, "x", null]) {
        await fails(() => open({ confidence: wrong as never }), "argument");
        if (wrong !== null) await fails(() => open({ validate: wrong as never }), "argument");
      }
    });

    inFace("a vector that the caller has is not computed again; one that is none is refused", async (open) => {
      const embedder = countingEmbedder();
      const cache = await open({ embedder });
      const [vector] = WORDS.embed([QUESTION.toLowerCase()]);
      await cache.put(QUESTION, "answer", { embedding: [...vector!].map((x) => 3 * x) });
      equal((await cache.get("other words", { embedding: vector! }))?.response, "answer");
      equal((await cache.nearest("other words", 1, { embedding: vector! }))[0]?.response, "answer");
      await cache.wrap("still others", () => "x", { embedding: vector!.map((x, i) => (i % 2 ? x : -x)) });
      equal(embedder.embedded, []);
      const wrong = { short: [1, 2], NaN: vector!.map(() => Number.NaN), zero: vector!.map(() => 0) };
      for (const [name, embedding] of Object.entries(wrong)) {
        const code = name === "short" ? "dimension" : "vector";
        await fails(() => cache.get("other words", { embedding }), code);
        await fails(() => cache.put("other words", "x", { embedding }), code);
      }
      equal(embedder.embedded, []);
    });

    inFace("fifty at once are one call of the embedder and one commit", async (open) => {
      const calls: string[] = [];
      const embedder: SyncEmbedder = {
        ...WORDS,
        embed: (texts) => {
          calls.push(`embed ${texts.length}`);
          return WORDS.embed(texts);
        },
      };
      const store = intercepted(memoryStore(), (method, call) => {
        if (method === "commit") calls.push(method);
        return call();
      });
      const cache = await open({ embedder, store });
      await cache.putMany(Array.from({ length: 50 }, (_, i) => ({ query: `question ${i}`, response: `${i}` })));
      equal(calls, ["embed 50", "commit"]);
    });

    inFace("putMany embeds and stores at once; nearest finds what get would not", async (open) => {
      const embedder = countingEmbedder();
      const { events, onEvent } = observed();
      const cache = await open({ embedder, onEvent });
      const ids = await cache.putMany([
        { query: QUESTION, response: "1", tags: ["a"], metadata: { n: 1 } },
        { query: OTHER, response: "2" },
        { query: OTHER, response: "3", namespace: "elsewhere" },
        { query: ` ${QUESTION}`, response: "4" },
      ]);
      equal([embedder.embedded.length, ids[0] === ids[3], new Set(ids).size], [4, true, 3]);
      equal([(await cache.get(QUESTION))?.response, (await cache.stats()).entries], ["4", 3]);
      equal(await cache.putMany([]), []);
      for (const wrong of [undefined, {}, [7], [null], [{ query: 7, response: "x" }]]) {
        await fails(() => cache.putMany(wrong as never), "argument");
      }
      events.length = 0;
      const near = await cache.nearest(`${PARAPHRASE} please and thank you`, 5);
      equal(
        near.map(({ response, layer }) => [response, layer]),
        [
          ["4", "semantic"],
          ["2", "semantic"],
        ],
      );
      ok(near[0]!.similarity > near[1]!.similarity, "best first");
      equal((await cache.nearest(QUESTION, 1, { namespace: "elsewhere" }))[0]?.response, "3");
      equal(await cache.nearest(QUESTION, 3, { threshold: 0.99, namespace: "none" }), []);
      for (const k of [0, -1, 1.5, Number.NaN, "3"])
        await fails(() => cache.nearest(QUESTION, k as number), "argument");
      equal([events, (await cache.stats()).hitsSemantic], [[], 0]);
    });
  });
};
