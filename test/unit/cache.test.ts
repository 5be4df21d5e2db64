import { memoryStore, type SemanticCache } from "../../src/index.ts";
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
  WORDS,
} from "./cache-fixtures.ts";

const HOUR = 3_600_000;

export const cacheTests: Suite = (register) => {
  inEachFace(register, (test) => {
    test("nothing stored is a miss", async (open) => {
      equal(await (await open()).get(QUESTION), undefined);
    });

    test("the same question is an exact hit, and is not embedded again", async (open) => {
      const embedder = countingEmbedder();
      const cache = await open({ embedder });
      const id = await cache.put(QUESTION, "answer", { metadata: { model: "m" } });
      const hit = await cache.get(`  ${QUESTION.toUpperCase()}\n`);
      equal(hit, {
        response: "answer",
        similarity: 1,
        confidence: 1,
        ageSeconds: 0,
        layer: "exact",
        namespace: "default",
        metadata: { model: "m" },
        query: QUESTION,
        id,
        pairing: hit!.pairing,
      });
      equal(embedder.embedded, [QUESTION.toLowerCase()]);
    });

    test("a question that means the same is a semantic hit", async (open) => {
      const cache = await open();
      await cache.put(OTHER, "other");
      await cache.put(QUESTION, "answer");
      const hit = await cache.get(PARAPHRASE);
      equal([hit?.response, hit?.layer, hit?.query], ["answer", "semantic", QUESTION]);
      ok(hit!.similarity > 0.85 && hit!.similarity < 1, `similarity ${hit!.similarity}`);
    });

    test("a question that means something else is a miss", async (open) => {
      const cache = await open();
      await cache.put(QUESTION, "answer");
      equal(await cache.get(OTHER), undefined);
    });

    test("the threshold decides, of the cache and of the call", async (open) => {
      const cache = await open({ threshold: 0.99 });
      await cache.put(QUESTION, "answer");
      equal(await cache.get(PARAPHRASE), undefined);
      equal((await cache.get(PARAPHRASE, { threshold: 0.8 }))?.response, "answer");
    });

    test("a threshold that is just reached is a hit: 1 of the same vector, 0 of one at right angles", async (open) => {
      const cache = await open({ guards: false });
      const along = (axis: number): Float32Array => new Float32Array(256).fill(1, axis, axis + 1);
      await cache.put(QUESTION, "answer", { embedding: along(0) });
      equal((await cache.get(OTHER, { embedding: along(0), threshold: 1 }))?.similarity, 1);
      equal((await cache.get(QUESTION, { threshold: 1 }))?.layer, "exact");
      equal(await cache.get(OTHER, { embedding: along(1) }), undefined);
      equal((await cache.get(OTHER, { embedding: along(1), threshold: 0 }))?.similarity, 0, "0 is not taken for none");
    });

    test("F2 a threshold below 0.7 is meant", async (open) => {
      const cache = await open({ threshold: 0.05 });
      await cache.put(QUESTION, "answer");
      const hit = await cache.get("reset the tram today");
      ok(hit !== undefined && hit.similarity < 0.7, `similarity ${hit?.similarity}`);
    });

    test("F1 an old entry is as good a hit as a new one", async (open) => {
      const { clock, pass } = observed();
      const cache = await open({ clock });
      await cache.put(QUESTION, "answer");
      pass(400 * 24 * HOUR);
      const hit = await cache.get(PARAPHRASE);
      equal(hit?.ageSeconds, (400 * 24 * HOUR) / 1000);
      ok(hit!.confidence < 1e-9, "its confidence is told");
    });

    test("confidence is the similarity, halved for each day", async (open) => {
      const { clock, pass } = observed();
      const cache = await open({ clock });
      await cache.put(QUESTION, "answer");
      pass(24 * HOUR);
      equal((await cache.get(QUESTION))?.confidence, 0.5);
      pass(-48 * HOUR);
      const early = await cache.get(QUESTION);
      equal([early?.ageSeconds, early?.confidence], [0, 1], "F9 a clock set back makes no negative age");
    });

    test("an entry expires at its time, not before", async (open) => {
      const { clock, pass, events, onEvent } = observed();
      const cache = await open({ clock, onEvent });
      await cache.put(QUESTION, "answer", { ttl: "1h" });
      pass(HOUR - 1);
      equal((await cache.get(QUESTION))?.response, "answer");
      equal((await cache.get(PARAPHRASE))?.response, "answer");
      pass(1);
      equal(await cache.get(QUESTION), undefined);
      equal(await cache.get(PARAPHRASE), undefined);
      await cache.flush();
      equal((await cache.stats()).entries, 0, "met expired, it was removed");
      equal((await cache.stats()).expirations, 1);
      equal(
        events.filter((event) => event.type === "expired"),
        [{ type: "expired", namespace: "default", count: 1 }],
      );
    });

    test("F8 null is for ever, even with a default; other ttls are checked", async (open) => {
      const { clock, pass } = observed();
      const cache = await open({ clock, defaultTtl: "1m" });
      await cache.put(QUESTION, "for ever", { ttl: null });
      await cache.put(OTHER, "a minute");
      pass(60_000);
      equal((await cache.get(QUESTION))?.response, "for ever");
      equal(await cache.get(OTHER), undefined);
      for (const ttl of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, "", "1", "h", "-1h", "1 h", "1y", {}, true]) {
        await fails(() => cache.put(QUESTION, "x", { ttl: ttl as number }), "argument");
      }
      for (const [ttl, ms] of [
        ["250ms", 250],
        ["2s", 2e3],
        ["1.5m", 90e3],
        ["1h", HOUR],
        ["1d", 24 * HOUR],
        ["1w", 168 * HOUR],
        [1, 1],
      ] as const) {
        await cache.put(QUESTION, "x", { ttl });
        pass(ms - 1);
        ok(await cache.get(QUESTION), `${ttl} is not over`);
        pass(1);
        equal(await cache.get(QUESTION), undefined, `${ttl} is over`);
      }
    });

    test("an expired entry met while it is put anew stays", async (open) => {
      const { clock, pass } = observed();
      const cache = await open({ clock });
      await cache.put(QUESTION, "old", { ttl: 1000 });
      pass(1000);
      equal(await cache.get(QUESTION), undefined);
      await cache.put(QUESTION, "new");
      equal((await cache.get(QUESTION))?.response, "new");
      equal((await cache.get(PARAPHRASE))?.response, "new");
    });

    test("putting again replaces the response and keeps the id", async (open) => {
      const cache = await open();
      const id = await cache.put(QUESTION, "first");
      equal(await cache.put(QUESTION, "second"), id);
      equal((await cache.get(QUESTION))?.response, "second");
      equal((await cache.stats()).entries, 1);
    });

    test("namespaces are apart in both layers", async (open) => {
      const cache = await open();
      await cache.put(QUESTION, "a's", { namespace: "a" });
      await cache.put(QUESTION, "b's", { namespace: "a:b" });
      equal(await cache.get(QUESTION), undefined);
      equal(await cache.get(PARAPHRASE), undefined);
      equal((await cache.get(QUESTION, { namespace: "a" }))?.response, "a's");
      equal((await cache.get(PARAPHRASE, { namespace: "a:b" }))?.response, "b's");
      equal(await cache.namespaces(), ["a", "a:b"]);
      equal(await cache.clear("a"), 1);
      equal(await cache.namespaces(), ["a:b"]);
      equal(await cache.get(PARAPHRASE, { namespace: "a" }), undefined);
      equal((await cache.get(PARAPHRASE, { namespace: "a:b" }))?.response, "b's");
      equal(await cache.clear(), 1);
      equal(await cache.get(PARAPHRASE, { namespace: "a:b" }), undefined);
    });

    test("delete forgets exactly this question", async (open) => {
      const cache = await open();
      await cache.put(QUESTION, "answer");
      equal(await cache.delete(PARAPHRASE), false);
      equal(await cache.delete(QUESTION, { namespace: "other" }), false);
      equal(await cache.delete(QUESTION.toUpperCase()), true);
      equal(await cache.delete(QUESTION), false);
      equal(await cache.get(PARAPHRASE), undefined);
    });

    test("what was deleted, cleared or found expired is no candidate any more: nothing is fetched for it", async (open) => {
      const { clock, pass } = observed();
      let fetched = 0;
      const store = intercepted(memoryStore(), (method, call) => {
        if (method === "getMany") fetched++;
        return call();
      });
      const cache = await open({ store, clock });
      await cache.put(QUESTION, "answer");
      await cache.get(PARAPHRASE);
      equal(fetched, 1);
      const forget: [how: string, forget: () => unknown][] = [
        ["deleted", () => cache.delete(QUESTION)],
        ["cleared", () => cache.clear()],
        ["its namespace cleared", () => cache.clear("default")],
        ["found expired", () => cache.get(QUESTION)],
      ];
      for (const [how, forgetting] of forget) {
        await cache.put(QUESTION, "answer", { ttl: 1000 });
        if (how === "found expired") pass(1000);
        await forgetting();
        fetched = 0;
        equal([await cache.get(PARAPHRASE), fetched], [undefined, 0], how);
      }
    });

    test("wrap computes once and then answers", async (open) => {
      const cache = await open();
      let computed = 0;
      const ask = (question: string) => cache.wrap(question, () => `answer ${++computed}`);
      equal(await ask(QUESTION), { response: "answer 1", hit: undefined });
      const { response, hit } = await ask(PARAPHRASE);
      equal([response, hit?.layer, computed], ["answer 1", "semantic", 1]);
    });

    test("wrap embeds a missed question once", async (open) => {
      const embedder = countingEmbedder();
      const cache = await open({ embedder });
      await cache.wrap(QUESTION, () => "answer");
      equal(embedder.embedded.length, 1);
    });

    test("wrap stores nothing when the function fails", async (open) => {
      const cache = await open();
      const failure = new Error("model down");
      try {
        await cache.wrap(QUESTION, () => {
          throw failure;
        });
        ok(false, "it must fail");
      } catch (error) {
        ok(error === failure, "the function's own error comes out");
      }
      equal((await cache.stats()).entries, 0);
    });

    test("bypass misses without looking, and wrap then renews", async (open) => {
      const cache = await open();
      await cache.put(QUESTION, "old");
      equal(await cache.get(QUESTION, { bypass: true }), undefined);
      equal((await cache.wrap(QUESTION, () => "new", { bypass: true })).response, "new");
      equal((await cache.get(QUESTION))?.response, "new");
    });

    test("stats count by layer and namespace; events tell why", async (open) => {
      const { clock, events, onEvent } = observed();
      const cache = await open({ clock, onEvent });
      await cache.put(QUESTION, "answer", { namespace: "translate:en-fr" });
      await cache.get(QUESTION, { namespace: "translate:en-fr" });
      await cache.get(PARAPHRASE, { namespace: "translate:en-fr" });
      await cache.get(OTHER, { namespace: "translate:en-fr" });
      await cache.get(QUESTION, { bypass: true });
      const counts = async (namespace?: string) => {
        const { entries, hitsExact, hitsSemantic, misses } = await cache.stats(namespace);
        return { entries, hitsExact, hitsSemantic, misses };
      };
      equal(await counts(), { entries: 1, hitsExact: 1, hitsSemantic: 1, misses: 2 });
      equal(await counts("translate:en-fr"), { entries: 1, hitsExact: 1, hitsSemantic: 1, misses: 1 });
      equal(await counts("default"), { entries: 0, hitsExact: 0, hitsSemantic: 0, misses: 1 });
      equal(
        events.map((event) => (event.type === "miss" ? event.reason : event.type === "hit" ? event.layer : event.type)),
        ["put", "exact", "semantic", "no-match", "bypass"],
      );
    });

    test("uses are written later: order and counts are the store's after a flush", async (open) => {
      const { clock, pass } = observed();
      const store = memoryStore();
      const cache = await open({ clock, store });
      const first = await cache.put(QUESTION, "1");
      const second = await cache.put(OTHER, "2");
      pass(5);
      await cache.get(PARAPHRASE);
      await cache.get(QUESTION);
      await cache.get(OTHER, { touch: false });
      equal(store.oldest(2), [first, second]);
      await cache.flush();
      equal(store.oldest(2), [second, first]);
      equal(
        store.getMany([first, second]).map((entry) => entry?.hits),
        [2, 0],
      );
    });

    test("uses are written without being asked when many have gathered", async (open) => {
      const store = memoryStore();
      const cache = await open({ store });
      const id = await cache.put(QUESTION, "1");
      for (let i = 0; i < 300; i++) await cache.get(QUESTION);
      await new Promise((resolve) => setTimeout(resolve));
      ok(store.getMany([id])[0]!.hits >= 256, "at least one batch was written");
    });

    test("as many uses by wrap are written without being asked, too, and one less is not", async (open) => {
      const store = memoryStore();
      const cache = await open({ store });
      const use = async (): Promise<unknown> =>
        "wrap" in cache ? cache.wrap(QUESTION, () => "never") : (cache as SemanticCache).get(QUESTION);
      const id = await cache.put(QUESTION, "1");
      const hits = () => store.getMany([id])[0]!.hits;
      for (let i = 0; i < 255; i++) await use();
      await new Promise((resolve) => setTimeout(resolve));
      equal(hits(), 0, "a write is not worth it yet");
      await use();
      await new Promise((resolve) => setTimeout(resolve));
      equal(hits(), 256);
    });

    test("any JSON is a response", async (open) => {
      const cache = (await open()) as unknown as SemanticCache<unknown>;
      for (const value of ["", "null", "123", 0, -0.5, true, false, null, [], {}, { a: [{ b: "ü\u0000" }] }, [[[]]]]) {
        await cache.put(QUESTION, value);
        equal((await cache.get(QUESTION))?.response, value);
      }
    });

    test("F20 what JSON would lose is refused before anything is embedded", async (open) => {
      const embedder = countingEmbedder();
      const cache = (await open({ embedder })) as unknown as SemanticCache<unknown>;
      const loop: unknown[] = [];
      loop.push({ loop });
      const bad = [
        undefined,
        () => 1,
        Symbol("s"),
        1n,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        new Date(),
        new Map(),
        [undefined],
        { a: { b: () => 1 } },
        loop,
      ];
      for (const value of bad) await fails(() => cache.put(QUESTION, value), "argument");
      for (const metadata of [null, [], "m", { a: undefined, b: 1n }, { d: new Date() }]) {
        await fails(() => cache.put(QUESTION, "x", { metadata: metadata as never }), "argument");
      }
      for (const tags of ["t", [1], null])
        await fails(() => cache.put(QUESTION, "x", { tags: tags as never }), "argument");
      for (const query of [undefined, null, 7, {}, 1n]) {
        await fails(() => cache.put(query as string, "x"), "argument");
        await fails(() => cache.get(query as string), "argument");
        await fails(() => cache.wrap(query as string, () => "x"), "argument");
        await fails(() => cache.delete(query as string), "argument");
      }
      await fails(() => cache.get(QUESTION, { namespace: 7 as never }), "argument");
      equal(embedder.embedded, []);
      equal((await cache.stats()).entries, 0);
    });

    test("F5 F3 options are checked when the cache is opened", async (open) => {
      for (const threshold of [Number.NaN, 1.01, -1.01, "0.9", Number.POSITIVE_INFINITY]) {
        const { message } = await fails(() => open({ threshold: threshold as number }), "argument");
        ok(message.includes("threshold"), message);
      }
      await fails(() => open({ defaultTtl: -5 }), "argument");
      await fails(() => open({ clock: 5 as never }), "argument");
      await fails(() => open({ onEvent: "log" as never }), "argument");
      await fails(() => open({ embedder: undefined as never }), "argument");
      await fails(() => open({ embedder: { ...WORDS, fingerprint: "" } }), "argument");
      await fails(() => open({ normalise: "no" as unknown as boolean }), "argument");
      await fails(() => open({ embedder: { ...WORDS, dimensions: 0 } }), "argument");
      const cache = await open();
      await fails(() => cache.get(QUESTION, { threshold: Number.NaN }), "argument");
    });

    test("F3 a vector that is no vector is a miss on get and refused on put", async (open) => {
      const bad: Record<string, Float32Array[]> = {
        NaN: [new Float32Array(256).fill(Number.NaN)],
        Infinity: [new Float32Array(256).fill(Number.POSITIVE_INFINITY)],
        zeros: [new Float32Array(256)],
        short: [new Float32Array(255).fill(1)],
        none: [],
        two: [new Float32Array(256).fill(1), new Float32Array(256).fill(1)],
      };
      for (const [name, vectors] of Object.entries(bad)) {
        const { onEvent, events } = observed();
        let broken = false;
        const embedder = { ...WORDS, embed: (texts: readonly string[]) => (broken ? vectors : WORDS.embed(texts)) };
        const cache = await open({ embedder, onEvent });
        await cache.put(QUESTION, "answer");
        broken = true;
        equal(await cache.get(OTHER), undefined, name);
        equal(
          events.map((event) => event.type),
          ["put", "error", "miss"],
          name,
        );
        await fails(
          () => cache.put(OTHER, "x"),
          name === "short" || name === "none" || name === "two" ? "dimension" : "vector",
        );
        equal((await cache.stats()).entries, 1, name);
        equal((await cache.get(QUESTION))?.layer, "exact", `${name}: the exact layer needs no vector`);
      }
    });

    test("F4 rows that are dead or gone do not hide a living one", async (open) => {
      const { clock, pass } = observed();
      const store = memoryStore();
      const cache = await open({ clock, store });
      for (let i = 0; i < 50; i++) await cache.put(`${QUESTION} ${"!".repeat(i)}`, "dead", { ttl: 10 });
      const gone = await cache.put(`${QUESTION} ?`, "gone");
      await cache.put(PARAPHRASE, "alive");
      store.commit([{ remove: [gone] }]); // behind the cache's back
      pass(10);
      equal((await cache.get(`${QUESTION} now`))?.response, "alive");
    });

    test("F4 among the living the nearest is served, however many of the dead are nearer", async (open) => {
      for (const [dead, alive] of [
        [4, 1],
        [4, 6],
        [7, 3],
        [200, 2],
      ] as const) {
        const { clock, pass } = observed();
        const cache = await open({ clock, threshold: 0.5 });
        for (let i = 0; i < dead; i++) await cache.put(`${QUESTION} ${"!".repeat(i)}`, "dead", { ttl: 10 });
        const words = QUESTION.split(" ");
        for (let i = 1; i <= alive; i++) await cache.put(words.slice(i).join(" "), `alive ${i}`);
        pass(10);
        equal((await cache.get(`${QUESTION} .`))?.response, "alive 1", `${dead} dead, ${alive} alive`);
      }
    });

    test("wrap refuses bad options before the function is called", async (open) => {
      const cache = await open();
      let computed = 0;
      const bad = [{ ttl: "1y" }, { tags: "t" }, { metadata: [] }, { namespace: 5 }, { threshold: Number.NaN }];
      for (const options of bad) {
        await fails(() => cache.wrap(QUESTION, () => String(++computed), options as never), "argument");
      }
      equal(computed, 0);
    });

    test("what was not written because the store failed is written the next time", async (open) => {
      const { clock, pass } = observed();
      let down = false;
      const store = intercepted(memoryStore(), (method, call) => {
        if (down && method === "commit") throw new Error("store down");
        return call();
      });
      const cache = await open({ clock, store });
      const id = await cache.put(QUESTION, "1");
      await cache.put(OTHER, "2", { ttl: 10 });
      pass(10);
      await cache.get(QUESTION);
      await cache.get(OTHER);
      down = true;
      await cache.flush();
      equal((await rejection(() => cache.put("third", "3"))) instanceof Error, true);
      down = false;
      await cache.flush();
      const [entry] = await store.getMany([id]);
      equal([entry?.hits, await store.count(), (await cache.stats()).expirations], [1, 1, 1]);
    });

    test("late uses keep their order when they had to wait, and closing writes them", async (open) => {
      const { clock, pass } = observed();
      let down = false;
      const store = intercepted(memoryStore(), (method, call) => {
        if (method === "close") return undefined;
        if (down && method === "commit") throw new Error("store down");
        return call();
      });
      const cache = await open({ clock, store });
      const first = await cache.put(QUESTION, "1");
      const second = await cache.put(OTHER, "2");
      for (const question of [QUESTION, OTHER, QUESTION]) {
        pass(5);
        await cache.get(question);
      }
      down = true;
      await cache.flush();
      down = false;
      await cache.close();
      equal(await store.oldest(2), [second, first]);
      equal(
        (await store.getMany([first, second])).map((entry) => entry?.hits),
        [2, 1],
      );
    });

    test("a clock that tells no time is an error; thresholds of 1 and -1 are meant", async (open) => {
      await fails(() => open({ clock: () => Number.NaN }), "argument");
      const cache = await open({ threshold: -1 });
      await cache.put(QUESTION, "answer");
      equal((await cache.get(OTHER))?.response, "answer");
      equal(await cache.get(OTHER, { threshold: 1 }), undefined);
    });

    test("JSON with a part that stands twice, or without a prototype, is JSON; a hole is not", async (open) => {
      const cache = (await open()) as unknown as SemanticCache<unknown>;
      const part = { a: 1 };
      await cache.put(QUESTION, [part, part, Object.assign(Object.create(null), part)]);
      equal((await cache.get(QUESTION))?.response, [part, part, part]);
      await fails(() => cache.put(QUESTION, new Array(2)), "argument");
    });

    test("everything after close is an error, and closing again is not", async (open) => {
      const cache = await open();
      await cache.close();
      await cache.close();
      await fails(() => cache.get(QUESTION), "closed");
      await fails(() => cache.put(QUESTION, "x"), "closed");
      await fails(() => cache.wrap(QUESTION, () => "x"), "closed");
      await fails(() => cache.delete(QUESTION), "closed");
      await fails(() => cache.clear(), "closed");
      await fails(() => cache.namespaces(), "closed");
      await fails(() => cache.stats(), "closed");
      await fails(() => cache.flush(), "closed");
    });

    test("F21 an exception of onEvent does no harm", async (open) => {
      const cache = await open({
        onEvent: () => {
          throw new Error("watcher");
        },
      });
      await cache.put(QUESTION, "answer");
      equal((await cache.get(QUESTION))?.response, "answer");
      equal(await cache.get(OTHER), undefined);
    });

    test("F25 a hit's metadata is the caller's own", async (open) => {
      const cache = await open();
      await cache.put(QUESTION, "answer", { metadata: { a: ["x"] } });
      ((await cache.get(QUESTION))!.metadata.a as string[]).push("spoilt");
      equal((await cache.get(QUESTION))?.metadata, { a: ["x"] });
    });

    test("F19 a store is not reopened with another `normalise` than it was filled with", async (open) => {
      for (const normalise of [true, false]) {
        const store = memoryStore();
        await (await open({ store, normalise })).put(QUESTION, "answer");
        const { message } = await fails(() => open({ store, normalise: !normalise }), "fingerprint");
        ok(message.includes(`"normalise" ${normalise}, not ${!normalise}`), message);
        const again = await open({ store, normalise });
        equal((await again.get(QUESTION))?.layer, "exact", "what was refused changed nothing");
      }
      const store = memoryStore();
      await open({ store });
      await fails(() => open({ store, normalise: false }), "fingerprint");
      await open({ store }); // left out, it is as it was
    });

    test("F19 texts that are not normalised are hashed and embedded as they are", async (open) => {
      const embedder = countingEmbedder();
      const cache = await open({ embedder, normalise: false, threshold: 1 });
      const spaced = `  ${QUESTION.toUpperCase()} `;
      await cache.put(spaced, "shouted");
      await cache.put(QUESTION, "said");
      equal(embedder.embedded, [spaced, QUESTION]);
      equal((await cache.stats()).entries, 2);
      const [shouted, said] = await cache.getMany([spaced, QUESTION]);
      equal([shouted?.response, shouted?.layer, said?.response], ["shouted", "exact", "said"]);
      await cache.wrap("An Other", () => "wrapped");
      equal(embedder.embedded.at(-1), "An Other");
      equal(await cache.delete("an other"), false);
      equal(await cache.delete("An Other"), true);
    });

    test("F18 a damaged row costs its own hits, not the cache", async (open) => {
      const { onEvent, events } = observed();
      const store = memoryStore();
      const { fingerprint, dimensions } = WORDS;
      store.open({ fingerprint, dimensions });
      const row = { namespace: "default", text: "t", metadata: {}, tags: [], createdAt: 1, expiresAt: null };
      store.commit([
        { put: { ...row, key: "short", value: '"x"', vector: new Float32Array(3).fill(1) } },
        { put: { ...row, key: "nan", value: '"x"', vector: new Float32Array(256).fill(Number.NaN) } },
        { put: { ...row, key: "text", value: "not JSON", vector: WORDS.embed([QUESTION])[0]! } },
      ]);
      const cache = await open({ store, onEvent });
      equal(
        events.map((event) => event.type),
        ["error", "error"],
      );
      await cache.put(PARAPHRASE, "answer");
      equal((await cache.get(`${QUESTION} `, { threshold: 0.5 }))?.response, "answer", "the next candidate");
      equal(events.filter((event) => event.type === "error").length, 3);
    });
  });
};
