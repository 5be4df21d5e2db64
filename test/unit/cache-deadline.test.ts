import { type Embedder, memoryStore, type Store } from "../../src/index.ts";
import { equal, fails, ok, rejection } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { intercepted, OTHER, observed, opened, PARAPHRASE, QUESTION, unclosed, WORDS } from "./cache-fixtures.ts";

const SOON = 10;

/** A store whose calls of one kind wait until they are let go; they fail if an error is given then. */
function stuck(method: string): { store: Store; release: (error?: Error) => void; waiting: () => number } {
  let held = true;
  const waiting: ((error?: Error) => void)[] = [];
  const store = intercepted(memoryStore(), (name, call) => {
    if (name !== method || !held) return call();
    return new Promise((resolve, reject) => {
      waiting.push((error) => (error === undefined ? resolve(call()) : reject(error)));
    });
  });
  return {
    store: unclosed(store),
    waiting: () => waiting.length,
    release: (error) => {
      held = false;
      for (const go of waiting.splice(0)) go(error);
    },
  };
}

/** Whatever was to happen has. */
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, SOON));

export const cacheDeadlineTests: Suite = (test) => {
  for (const [method, query] of [
    ["get", QUESTION],
    ["getMany", PARAPHRASE],
  ] as const) {
    for (const how of ["answers", "fails"]) {
      test(`a lookup is a miss at its deadline, and no more when the store's ${method} ${how} later`, async () => {
        const { store, release, waiting } = stuck(method);
        const { events, onEvent } = observed();
        const cache = await opened({ store, onEvent });
        await cache.put(QUESTION, "a");
        events.length = 0;
        equal(await cache.get(query, { deadline: SOON }), undefined);
        equal(waiting(), 1);
        release(how === "fails" ? new Error("too late") : undefined);
        await settled();
        equal(
          events.map((event) => (event.type === "miss" ? event.reason : event.type)),
          ["deadline"],
        );
        const { hitsExact, hitsSemantic, misses } = await cache.stats();
        equal([hitsExact, hitsSemantic, misses], [0, 0, 1]);
        equal((await cache.get(query, { deadline: 10_000 }))?.response, "a");
        await cache.close();
      });
    }
  }

  test("the deadline of the cache is that of every lookup, unless it has its own", async () => {
    const { store, release } = stuck("get");
    const cache = await opened({ store, deadline: SOON });
    await cache.put(QUESTION, "a");
    equal(await cache.get(QUESTION), undefined);
    const patient = cache.get(QUESTION, { deadline: 10_000 });
    await settled();
    release();
    equal((await patient)?.response, "a");
    await cache.close();
  });

  test("an embedder that is too slow hears the signal", async () => {
    let heard: AbortSignal | undefined;
    const slow: Embedder = {
      ...WORDS,
      embed: (texts, options) => {
        if (texts[0] !== "slow") return WORDS.embed(texts);
        heard = options?.signal;
        return new Promise(() => {});
      },
    };
    const cache = await opened({ embedder: slow });
    equal(await cache.get("slow", { deadline: SOON }), undefined);
    equal(heard?.aborted, true);
    await cache.close();
  });

  test("of many, those found in time are hits", async () => {
    const { store } = stuck("getMany");
    const cache = await opened({ store });
    await cache.put(QUESTION, "a");
    await cache.put(OTHER, "b");
    const found = await cache.getMany([OTHER, PARAPHRASE, QUESTION], { deadline: SOON });
    equal(
      found.map((hit) => hit?.response),
      ["b", undefined, "a"],
    );
    const { hitsExact, misses } = await cache.stats();
    equal([hitsExact, misses], [2, 1]);
    await cache.close();
  });

  test("wrap computes when looking takes too long, and does not wait for the store to keep the response", async () => {
    const looking = stuck("get");
    const one = await opened({ store: looking.store, deadline: SOON });
    equal(await one.wrap(QUESTION, () => "computed"), { response: "computed", hit: undefined });
    looking.release();
    await one.close();

    for (const error of [undefined, new Error("full")]) {
      const keeping = stuck("commit");
      const { events, onEvent } = observed();
      const two = await opened({ store: keeping.store, deadline: SOON, onEvent });
      equal(await two.wrap(QUESTION, () => "computed"), { response: "computed", hit: undefined });
      equal(keeping.waiting(), 1);
      keeping.release(error);
      await settled();
      equal((await two.get(QUESTION))?.response, error === undefined ? "computed" : undefined);
      equal(
        events.flatMap((event) => (event.type === "error" ? [event.error] : [])),
        error === undefined ? [] : [error],
      );
      await two.close();
    }
  });

  test("who aborts is told at once, deadline or not", async () => {
    const { store } = stuck("get");
    const cache = await opened({ store, deadline: 10_000 });
    const aborting = new AbortController();
    const looking = rejection(() => cache.get(QUESTION, { signal: aborting.signal }));
    aborting.abort("enough");
    equal(await looking, "enough");
    equal(await rejection(() => cache.get(QUESTION, { signal: AbortSignal.abort("before") })), "before");
    ok((await cache.stats()).misses === 0, "an aborted lookup is no miss");
  });

  test("a deadline is a number of milliseconds", async () => {
    const cache = await opened();
    for (const deadline of [-1, Number.NaN, "1s" as unknown as number]) {
      await fails(() => opened({ deadline }), "argument");
      await fails(() => cache.get(QUESTION, { deadline }), "argument");
    }
    await cache.close();
  });
};
