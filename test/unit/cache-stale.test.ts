import { type CacheOptions, memoryStore, SemanticCache } from "../../src/index.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import {
  countingEmbedder,
  inEachFace,
  observed,
  PARAPHRASE,
  promised,
  QUESTION,
  WAITING,
  WORDS,
} from "./cache-fixtures.ts";

/** What is computed is held back until it is let go. */
function held(): { compute: () => Promise<string>; release: (answer: string | Error) => void; started: () => number } {
  let started = 0;
  let settle: (answer: string | Error) => void = () => {};
  return {
    started: () => started,
    release: (answer) => settle(answer),
    compute: () => {
      started++;
      return new Promise<string>((resolve, reject) => {
        settle = (answer) => (answer instanceof Error ? reject(answer) : resolve(answer));
      });
    },
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 3));

/** Answers that are renewed while they are served, and answers that are none. */
export const cacheStaleTests: Suite = (test) => {
  for (const [name, storeOf] of Object.entries({ sync: memoryStore, async: () => promised(memoryStore()) })) {
    const prepared = async (options: Partial<CacheOptions> = {}) => {
      const { clock, pass, events, onEvent } = observed();
      const cache = await SemanticCache.open({
        embedder: WORDS,
        ...WAITING,
        store: storeOf(),
        clock,
        onEvent,
        ...options,
      });
      await cache.put(QUESTION, "old", { tags: ["t"] });
      events.length = 0;
      return { cache, pass, events, ...held() };
    };

    test(`${name} store: an older hit is served at once, and computed anew once for all who ask`, async () => {
      const { cache, pass, compute, release, started, events } = await prepared();
      pass(1499);
      const fresh = await cache.wrap(QUESTION, compute, { staleAfter: 1500 });
      equal([fresh.hit?.stale, fresh.response, started()], [undefined, "old", 0]);
      pass(1);
      const ask = () => cache.wrap(QUESTION, compute, { staleAfter: 1500, ttl: "1m", tags: ["t"] });
      const served = [...(await Promise.all([ask(), ask(), ask()])), await ask()];
      equal(
        served.map(({ response, hit }) => [response, hit?.stale]),
        Array(4).fill(["old", true]),
      );
      equal(started(), 1);
      equal((await cache.get(QUESTION))?.response, "old");
      release("new");
      await cache.flush();
      const after = await ask();
      equal([after.response, after.hit?.stale, started()], ["new", undefined, 1]);
      pass(60_000);
      equal(await cache.get(QUESTION), undefined, "it lives as long as was said");
      const { misses, computed } = await cache.stats();
      equal([misses, computed], [1, 1], "renewing is no lookup");
      ok(!events.some(({ type }) => type === "error"), "no error");
      await cache.close();
    });

    test(`${name} store: a paraphrase is renewed as a question of its own`, async () => {
      const { cache, pass, compute, release } = await prepared();
      pass(2000);
      const { hit } = await cache.wrap(PARAPHRASE, compute, { staleAfter: "1s" });
      equal([hit?.layer, hit?.stale], ["semantic", true]);
      release("new");
      await cache.flush();
      equal([(await cache.get(PARAPHRASE))?.layer, (await cache.get(QUESTION))?.response], ["exact", "old"]);
    });

    test(`${name} store: a renewal that fails is an event, and the next caller begins another`, async () => {
      const { cache, pass, compute, release, started, events } = await prepared();
      pass(2000);
      const ask = () => cache.wrap(QUESTION, compute, { staleAfter: 1000 });
      await ask();
      release(new Error("no model"));
      await cache.flush();
      equal(
        events.flatMap((event) => (event.type === "error" ? [event.operation] : [])),
        ["revalidate"],
      );
      equal([(await ask()).response, started()], ["old", 2]);
      release("[ERROR] of the model"); // validate refuses it
      await cache.flush();
      equal((await ask()).response, "old");
      const thrown = await cache.wrap(
        PARAPHRASE,
        () => {
          throw new Error("at once");
        },
        { staleAfter: 1000 },
      );
      equal([thrown.response, thrown.hit?.stale], ["old", true]);
    });

    test(`${name} store: what is forgotten while it is computed anew is not stored`, async () => {
      for (const forget of [
        (cache: SemanticCache) => cache.delete(QUESTION),
        (cache: SemanticCache) => cache.clear(),
        (cache: SemanticCache) => cache.clear("default"),
        (cache: SemanticCache) => cache.invalidate({ tags: ["t"] }),
        (cache: SemanticCache) => cache.invalidate({ namespace: "default" }),
      ]) {
        const { cache, pass, compute, release, started } = await prepared();
        pass(2000);
        await cache.wrap(QUESTION, compute, { staleAfter: 1000, tags: ["t"] });
        equal(started(), 1);
        await forget(cache);
        release("computed before it was forgotten");
        await cache.flush();
        equal(await cache.get(QUESTION), undefined);
      }
    });

    test(`${name} store: close waits for the renewal, which is stored`, async () => {
      const store = memoryStore();
      const kept: unknown[] = [];
      const { cache, pass, compute, release, events } = await prepared({ store });
      pass(2000);
      await cache.wrap(QUESTION, compute, { staleAfter: 1000 });
      let isClosed = false;
      const closing = cache.close().then(() => {
        isClosed = true;
      });
      await turn();
      equal(isClosed, false);
      release("new");
      await closing;
      kept.push(...events.filter(({ type }) => type === "put"));
      equal(kept.length, 1);
    });

    test(`${name} store: who leaves ends no renewal, and a deadline is the lookup's`, async () => {
      const { cache, pass, compute, release } = await prepared();
      pass(2000);
      const leaving = new AbortController();
      await cache.wrap(QUESTION, compute, { staleAfter: 1000, signal: leaving.signal, deadline: 1000 });
      leaving.abort();
      release("new");
      await cache.flush();
      equal((await cache.get(QUESTION))?.response, "new");
    });
  }

  test("staleAfter is a time", async () => {
    const cache = await SemanticCache.open({ embedder: WORDS, ...WAITING });
    let computed = 0;
    for (const staleAfter of [0, -1, Number.NaN, "soon", "1y", true]) {
      const call = () => cache.wrap(QUESTION, () => String(++computed), { staleAfter: staleAfter as number });
      await fails(call, "argument");
    }
    equal(computed, 0);
    await cache.put(QUESTION, "old");
    equal((await cache.wrap(QUESTION, () => "new", { staleAfter: null })).response, "old");
  });

  inEachFace(test, (test) => {
    type Answer = string | null;
    const openAs = async (open: (options?: Partial<CacheOptions>) => Promise<SemanticCache>, options: object) => {
      return (await open(options as Partial<CacheOptions>)) as unknown as SemanticCache<Answer>;
    };

    test("what says that there is no answer lives shortly, in the exact layer, and is not embedded", async (open) => {
      const { clock, pass } = observed();
      const embedder = countingEmbedder();
      const cache = await openAs(open, { clock, embedder, negative: { ttl: "1s" }, defaultTtl: "1h" });
      await cache.put(QUESTION, null);
      equal(embedder.embedded, []);
      equal([(await cache.get(QUESTION))?.response, await cache.get(PARAPHRASE)], [null, undefined]);
      equal(await cache.nearest(QUESTION, 5), []);
      const [embedding] = WORDS.embed([QUESTION]);
      await cache.put(QUESTION, null, { embedding: embedding! });
      equal(await cache.get(PARAPHRASE), undefined, "not by a vector that is at hand either");
      pass(1000);
      equal(await cache.get(QUESTION), undefined);
      await cache.put(QUESTION, null, { ttl: 400 });
      pass(400);
      equal(await cache.get(QUESTION), undefined, "a shorter life is meant");
      await cache.put(QUESTION, null, { ttl: null });
      pass(1000);
      equal(await cache.get(QUESTION), undefined);
      let computed = 0;
      const compute = (): null => {
        computed++;
        return null;
      };
      for (let i = 0; i < 2; i++) equal((await cache.wrap(QUESTION, compute)).response, null);
      equal(computed, 1);
    });

    test("an answer and its absence take each other's place", async (open) => {
      const cache = await openAs(open, { negative: { ttl: "1s" } });
      await cache.put(QUESTION, "answer");
      await cache.putMany([{ query: QUESTION, response: null }]);
      equal([(await cache.get(QUESTION))?.response, await cache.get(PARAPHRASE)], [null, undefined]);
      await cache.put(QUESTION, "answer");
      equal((await cache.get(PARAPHRASE))?.response, "answer");
    });

    test("`is` tells which they are; without the option null is a value like any other", async (open) => {
      const is = (response: Answer): boolean => response === "" || response === "unknown";
      const { clock, pass } = observed();
      const cache = await openAs(open, { clock, negative: { ttl: 1000, is } });
      await cache.put(QUESTION, "unknown");
      equal(await cache.get(PARAPHRASE), undefined);
      await cache.put(QUESTION, null);
      equal((await cache.get(PARAPHRASE))?.response, null);
      pass(5000);
      equal((await cache.get(QUESTION))?.response, null);
      const plain = await openAs(open, { clock });
      await plain.put(QUESTION, null);
      equal((await plain.get(PARAPHRASE))?.response, null);
    });

    test("an option, or an answer of `is`, that is none is an argument error; nothing is stored then", async (open) => {
      for (const negative of [null, 7, {}, { ttl: 0 }, { ttl: "soon" }, { ttl: "1s", is: true }]) {
        await fails(() => openAs(open, { negative }), "argument");
      }
      for (const is of [async () => true, () => undefined, () => 1]) {
        const { events, onEvent } = observed();
        const cache = await openAs(open, { negative: { ttl: "1s", is }, onEvent });
        await fails(() => cache.put(QUESTION, "answer"), "argument");
        equal((await cache.wrap(QUESTION, () => "answer")).response, "answer");
        equal([(await cache.stats()).entries, events.filter(({ type }) => type === "error").length], [0, 1]);
      }
    });
  });
};
