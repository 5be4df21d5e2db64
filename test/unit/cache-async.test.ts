import fc from "fast-check";
import {
  type Embedder,
  MnemeError,
  memoryStore,
  SemanticCache,
  SemanticCacheSync,
  type Store,
  type SyncEmbedder,
} from "../../src/index.ts";
import { equal, fails, ok, rejection } from "../conformance/assert.ts";
import { cases } from "../depth.ts";
import type { Suite } from "../harness.ts";
import {
  countingEmbedder,
  intercepted,
  OTHER,
  observed,
  opened,
  PARAPHRASE,
  promised,
  QUESTION,
  WAITING,
  WORDS,
} from "./cache-fixtures.ts";

/** What only the face with promises has: calls that overlap, aborts, failures in between. */
export const cacheAsyncTests: Suite = (test) => {
  test("leaving the scope of `await using`, or of `using`, closes the cache", async () => {
    // By hand what a compiler makes of the keywords, as not every engine has the symbols yet.
    const asyncDispose: typeof Symbol.asyncDispose = Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose");
    const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");
    const cache = await opened();
    await cache[asyncDispose]();
    await fails(() => cache.get(QUESTION), "closed");
    const sync = SemanticCacheSync.open({ embedder: WORDS });
    sync[dispose]();
    await fails(() => sync.get(QUESTION), "closed");
  });

  test("identical calls in flight share one computation", async () => {
    const embedder = countingEmbedder();
    const cache = await opened({ embedder, store: promised(memoryStore()) });
    const gate = deferred<string>();
    let computed = 0;
    const compute = (): Promise<string> => {
      computed++;
      return gate.promise;
    };
    const calls = ["", " ", "  "].map((space) => cache.wrap(`${space}${QUESTION}`, compute));
    gate.resolve("answer");
    equal(
      (await Promise.all(calls)).map(({ response }) => response),
      ["answer", "answer", "answer"],
    );
    equal([computed, embedder.embedded.length, (await cache.stats()).joined], [1, 1, 2]);
    equal((await cache.wrap(QUESTION, compute)).hit?.layer, "exact", "the next one finds it stored");
  });

  test("calls in other namespaces, or that bypass, do not share", async () => {
    const cache = await opened();
    let computed = 0;
    const compute = async (): Promise<string> => String(++computed);
    await Promise.all([
      cache.wrap(QUESTION, compute),
      cache.wrap(QUESTION, compute, { namespace: "other" }),
      cache.wrap(QUESTION, compute, { bypass: true }),
    ]);
    equal(computed, 3);
  });

  test("calls with other thresholds wait for what the first one stores", async () => {
    const cache = await opened();
    let computed = 0;
    const compute = async (): Promise<string> => String(++computed);
    const calls = await Promise.all([0.5, 0.99].map((threshold) => cache.wrap(QUESTION, compute, { threshold })));
    equal([computed, ...calls.map(({ hit }) => hit?.layer)], [1, undefined, "exact"]);
  });

  test("a caller without a signal keeps the computation going when another leaves", async () => {
    const cache = await opened();
    const leaving = new AbortController();
    const { compute, signal, resolve } = gated();
    const stays = cache.wrap(QUESTION, compute);
    const left = rejection(() => cache.wrap(QUESTION, compute, { signal: leaving.signal }));
    await turn();
    leaving.abort(new Error("left"));
    await left;
    equal(signal()?.aborted, false);
    resolve("answer");
    equal((await stays).response, "answer");
  });

  test("of two deletes at once, one deleted", async () => {
    const cache = await opened({ store: promised(memoryStore()) });
    await cache.put(QUESTION, "answer");
    const deleted = await Promise.all([cache.delete(QUESTION), cache.delete(QUESTION)]);
    equal(deleted.filter(Boolean).length, 1);
  });

  test("a failure reaches every caller and is not kept", async () => {
    const cache = await opened();
    const failure = new Error("model down");
    const calls = [1, 2].map(() => rejection(() => cache.wrap(QUESTION, () => Promise.reject(failure))));
    equal(
      (await Promise.all(calls)).every((error) => error === failure),
      true,
    );
    equal((await cache.wrap(QUESTION, () => "recovered")).response, "recovered");
  });

  test("one caller may leave without disturbing the others", async () => {
    const cache = await opened();
    const leaving = new AbortController();
    const { compute, signal, resolve } = gated();
    const left = rejection(() => cache.wrap(QUESTION, compute, { signal: leaving.signal }));
    const stays = cache.wrap(QUESTION, compute, { signal: new AbortController().signal });
    await turn();
    leaving.abort(new Error("left"));
    equal(String(await left), "Error: left");
    equal(signal()?.aborted, false, "somebody still waits");
    resolve("answer");
    equal((await stays).response, "answer");
  });

  test("when every caller has left, the computation is told and nothing is stored", async () => {
    const cache = await opened();
    const leaving = new AbortController();
    let told: AbortSignal | undefined;
    const call = rejection(() =>
      cache.wrap(
        QUESTION,
        (signal) => {
          told = signal;
          return new Promise<string>((resolve) => signal.addEventListener("abort", () => resolve("too late")));
        },
        { signal: leaving.signal },
      ),
    );
    await turn();
    leaving.abort();
    ok((await call) instanceof Error, "the caller is told at once");
    equal(told?.aborted, true);
    await turn();
    equal((await cache.stats()).entries, 0);
    equal((await cache.wrap(QUESTION, () => "anew")).response, "anew");
  });

  test("an aborted signal stops before anything is paid for", async () => {
    const embedder = countingEmbedder();
    const cache = await opened({ embedder });
    const signal = AbortSignal.abort(new Error("no"));
    const calls = [
      () => cache.get(QUESTION, { signal }),
      () => cache.put(QUESTION, "x", { signal }),
      () => cache.wrap(QUESTION, () => "x", { signal }),
    ];
    for (const call of calls) equal(String(await rejection(call)), "Error: no");
    equal(embedder.embedded, []);
  });

  test("an abort while embedding discards the work, though the embedder does not listen", async () => {
    for (const verb of ["get", "put"] as const) {
      const gate = deferred<Float32Array[]>();
      const embedder: Embedder = { ...WORDS, embed: () => gate.promise };
      const cache = await opened({ embedder });
      const leaving = new AbortController();
      const { signal } = leaving;
      const call = rejection(() =>
        verb === "get" ? cache.get(QUESTION, { signal }) : cache.put(QUESTION, "x", { signal }),
      );
      await turn();
      leaving.abort(new Error("left"));
      equal(String(await call), "Error: left");
      gate.resolve(WORDS.embed([QUESTION]));
      await turn();
      equal((await cache.stats()).entries, 0);
    }
  });

  test("a signal that outlives many calls keeps no listener of theirs", async () => {
    const cache = await opened();
    const { signal } = new AbortController();
    let listening = 0;
    const counted = (change: number, method: typeof signal.addEventListener) =>
      ((...args: Parameters<typeof signal.addEventListener>) => {
        listening += change;
        method.apply(signal, args);
      }) as typeof signal.addEventListener;
    signal.addEventListener = counted(1, signal.addEventListener);
    signal.removeEventListener = counted(-1, signal.removeEventListener);
    let heard = 0;
    for (let i = 0; i < 5; i++) {
      await cache.put(`${QUESTION} ${i}`, "answer", { signal });
      await cache.get(`${QUESTION} ${i}`, { signal });
      await cache.get("something else", { signal });
      await cache.wrap(`${QUESTION} ${i % 2}`, () => "computed", { signal });
      await cache.wrap(`${OTHER} ${i}`, async () => "computed", { signal });
      await rejection(() => cache.wrap(`failing ${i}`, () => Promise.reject(new Error("no")), { signal }));
      heard = Math.max(heard, listening);
    }
    await new Promise((resolve) => setTimeout(resolve));
    equal(listening, 0);
    await cache.close();
  });

  test("the embedder is given the signal", async () => {
    let given: AbortSignal | undefined;
    const embedder: Embedder = {
      ...WORDS,
      embed: (texts, options) => {
        given = options?.signal;
        return WORDS.embed(texts);
      },
    };
    const cache = await opened({ embedder });
    const { signal } = new AbortController();
    await cache.get(QUESTION, { signal });
    ok(given === signal, "the very signal");
  });

  test("an abort is heard while the store works, too", async () => {
    const store = intercepted(memoryStore(), (method, call) => (method === "get" ? new Promise(() => {}) : call()));
    const cache = await opened({ store });
    const leaving = new AbortController();
    const call = rejection(() => cache.get(QUESTION, { signal: leaving.signal }));
    await turn();
    leaving.abort(new Error("left"));
    equal(String(await call), "Error: left");
  });

  test("a put that lands while its namespace is cleared stays searchable", async () => {
    const { store, hold } = holding("clear");
    const cache = await opened({ store });
    await cache.put(OTHER, "before");
    const release = hold();
    const clearing = cache.clear();
    await turn(); // cleared in the store, the answer still under way
    await cache.put(QUESTION, "after");
    release();
    await clearing;
    equal((await cache.get(PARAPHRASE))?.response, "after");
    equal(await cache.get(OTHER), undefined);
  });

  test("an entry renewed while its expired self was being read stays searchable", async () => {
    for (const question of [QUESTION, PARAPHRASE]) {
      const { clock, pass } = observed();
      const { store, hold } = holding(question === QUESTION ? "get" : "getMany");
      const cache = await opened({ store, clock });
      await cache.put(QUESTION, "old", { ttl: 10 });
      pass(10);
      const release = hold();
      const reading = cache.get(question);
      await turn();
      await cache.put(QUESTION, "new");
      release();
      await reading;
      equal((await cache.get(PARAPHRASE))?.response, "new");
      await cache.flush();
      equal((await cache.get(PARAPHRASE))?.response, "new");
    }
  });

  test("who joins a computation that fails has saved nothing", async () => {
    const cache = await opened();
    const fail = async (): Promise<string> => {
      await Promise.resolve();
      throw new Error("down");
    };
    await Promise.allSettled([1, 2, 3].map(() => cache.wrap(QUESTION, fail)));
    const { joined, callsSaved } = await cache.stats();
    equal([joined, callsSaved], [0, 0]);
  });

  test("a computation is given the vector that its question was looked up with", async () => {
    const embedder = countingEmbedder();
    const cache = await opened({ embedder });
    const given: unknown[] = [];
    const compute = (_: AbortSignal, embedding?: ArrayLike<number>): string => {
      given.push(embedding && Array.from(embedding));
      return "x";
    };
    await cache.wrap(QUESTION, compute);
    await cache.wrap(OTHER, compute, { semantic: false });
    equal([given.length, given[1], embedder.embedded.length], [2, undefined, 1]);
    const [nearest] = await cache.nearest("", 1, { embedding: given[0] as number[] });
    equal([nearest?.query, nearest?.similarity.toFixed(6)], [QUESTION, "1.000000"]);
  });

  test("what was being computed when it was forgotten is neither joined nor stored", async () => {
    for (const forget of ["delete", "clear", "clear all"] as const) {
      const cache = await opened();
      const gate = deferred<string>();
      const stale = cache.wrap(QUESTION, () => gate.promise, { namespace: "n" });
      await turn();
      if (forget === "delete") await cache.delete(QUESTION, { namespace: "n" });
      else await cache.clear(forget === "clear" ? "n" : undefined);
      const fresh = await cache.wrap(QUESTION, () => "fresh", { namespace: "n" });
      gate.resolve("stale");
      equal([(await stale).response, fresh.response], ["stale", "fresh"], forget);
      equal((await cache.get(QUESTION, { namespace: "n" }))?.response, "fresh", forget);
    }
  });

  test("deleting another question leaves a computation in flight alone", async () => {
    const cache = await opened();
    const gate = deferred<string>();
    const call = cache.wrap(QUESTION, () => gate.promise);
    await turn();
    await cache.delete(OTHER);
    await cache.clear("other");
    gate.resolve("answer");
    await call;
    equal((await cache.get(QUESTION))?.response, "answer");
  });

  test("callers who joined own what they get", async () => {
    const cache = await SemanticCache.open<string[]>({ embedder: WORDS, ...WAITING });
    const [a, b] = await Promise.all([1, 2].map(() => cache.wrap(QUESTION, () => ["answer"])));
    a!.response.push("spoilt");
    equal(b!.response, ["answer"]);
  });

  test("metadata and tags are taken as they are when put is called", async () => {
    const embedder: Embedder = { ...WORDS, embed: async (texts) => WORDS.embed(texts) };
    const cache = await opened({ embedder });
    const metadata: Record<string, unknown> = { model: "m" };
    const tags = ["t"];
    const putting = cache.put(QUESTION, "answer", { metadata, tags });
    metadata.model = 1n;
    tags.push("spoilt");
    await putting;
    equal((await cache.get(QUESTION))?.metadata, { model: "m" });
  });

  test("a rejection of onEvent does no harm", async () => {
    const cache = await opened({ onEvent: () => Promise.reject(new Error("watcher")) });
    equal(await cache.get(QUESTION), undefined);
    await turn();
  });

  test("closing waits for puts, and every close for the same end", async () => {
    const { store, hold } = holding("commit");
    const cache = await opened({ store });
    const release = hold();
    const putting = cache.put(QUESTION, "answer");
    await turn();
    let closed = 0;
    const closing = [cache.close(), cache.close()].map((close) => close.then(() => closed++));
    await fails(() => cache.get(QUESTION), "closed");
    await turn();
    equal(closed, 0);
    release();
    ok((await putting) > 0, "the put was acknowledged");
    await Promise.all(closing);
    await cache.close();
  });

  test("a close that failed may be tried again", async () => {
    let failures = 1;
    const store = intercepted(memoryStore(), (method, call) => {
      if (method === "close" && failures-- > 0) throw new Error("busy");
      return call();
    });
    const cache = await opened({ store });
    equal(String(await rejection(() => cache.close())), "Error: busy");
    await cache.close();
    equal((await store.check()).ok, false, "the store is closed");
  });

  test("a failing embedder is a miss with an event, or an error when strict", async () => {
    const failure = new Error("embedder down");
    const embedder: Embedder = { ...WORDS, embed: () => Promise.reject(failure) };
    const { onEvent, events } = observed();
    const cache = await opened({ embedder, onEvent });
    equal(await cache.get(QUESTION), undefined);
    const [error, miss] = events;
    equal(error, { type: "error", operation: "embed", error: failure });
    equal([miss?.type, miss?.type === "miss" && miss.reason], ["miss", "embedder"]);
    equal((await cache.wrap(QUESTION, () => "answer")).response, "answer", "the response is not lost");
    ok((await rejection(() => cache.put(QUESTION, "x"))) === failure, "a put must not pretend");
    const strict = await opened({ embedder, strict: true });
    ok((await rejection(() => strict.get(QUESTION))) === failure, "strict");
  });

  test("a store that fails at any one call never fails a get or a wrap, and loses nothing acknowledged", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom("get", "wrap", "put"), fc.constantFrom(QUESTION, PARAPHRASE, OTHER)), {
          minLength: 1,
          maxLength: 12,
        }),
        fc.nat(40),
        async (calls, failing) => {
          let count = -1; // opening is not counted
          const store = intercepted(memoryStore(), async (method, call) => {
            if (count >= 0 && count++ === failing && method !== "close") throw new Error("store down");
            return call();
          });
          const cache = await opened({ store });
          count = 0;
          const acknowledged = new Map<string, string>();
          for (const [i, [verb, question]] of calls.entries()) {
            const answer = `answer ${i}`;
            if (verb === "get") await cache.get(question);
            else if (verb === "wrap") await cache.wrap(question, () => answer);
            else
              await cache.put(question, answer).then(
                () => acknowledged.set(question, answer),
                () => acknowledged.delete(question),
              );
          }
          count = -1;
          for (const [question, answer] of acknowledged) {
            const hit = await cache.get(question);
            ok(hit !== undefined, `"${question}" was acknowledged`);
            if (!calls.some(([verb]) => verb === "wrap")) equal(hit.response, answer);
          }
        },
      ),
      { numRuns: cases(200) },
    );
  });

  test("strict: a failing store fails the call", async () => {
    let down = false;
    const failure = new Error("store down");
    const store = intercepted(memoryStore(), (_, call) => {
      if (down) throw failure;
      return call();
    });
    const cache = await opened({ store, strict: true });
    down = true;
    ok((await rejection(() => cache.get(QUESTION))) === failure, "get");
    ok((await rejection(() => cache.wrap(QUESTION, () => "x"))) === failure, "wrap");
  });

  test("a cache opened on a filled store finds what is in it", async () => {
    const store = memoryStore();
    const keep = intercepted(store, (method, call) => (method === "close" ? undefined : call()));
    const first = await opened({ store: keep });
    await first.put(QUESTION, "answer");
    await first.close();
    const second = await opened({ store: keep });
    equal((await second.get(PARAPHRASE))?.response, "answer");
  });

  test("another embedder's store is refused", async () => {
    const store = memoryStore();
    await opened({ store });
    await fails(() => opened({ store, embedder: { ...WORDS, fingerprint: "another" } }), "fingerprint");
  });

  test("path and store together are refused, and so is a path that is none", async () => {
    await fails(() => opened({ store: memoryStore(), path: "x.db" }), "argument");
    await fails(() => opened({ path: "" }), "argument");
  });

  test("the synchronous face refuses promises by name, wherever they come from", async () => {
    const slow = { ...WORDS, embed: async (texts: readonly string[]) => WORDS.embed(texts) } as unknown as SyncEmbedder;
    await fails(() => SemanticCacheSync.open({ embedder: slow, strict: true }).get(QUESTION), "promise");
    await fails(() => SemanticCacheSync.open({ embedder: slow }).put(QUESTION, "x"), "promise");
    const failing = { ...WORDS, embed: () => Promise.reject(new Error("unheard")) } as unknown as SyncEmbedder;
    await fails(() => SemanticCacheSync.open({ embedder: failing }).put(QUESTION, "x"), "promise");
    const store = promised(memoryStore()) as unknown as ReturnType<typeof memoryStore>;
    await fails(() => SemanticCacheSync.open({ embedder: WORDS, store }), "promise");
    const cache = SemanticCacheSync.open({ embedder: WORDS });
    await fails(() => cache.wrap(QUESTION, (() => Promise.resolve("x")) as never), "promise");
  });

  test("the synchronous face needs no await", () => {
    const cache = SemanticCacheSync.open<{ n: number }>({ embedder: WORDS });
    cache.put(QUESTION, { n: 1 });
    equal(cache.get(PARAPHRASE)?.response, { n: 1 });
    equal(
      cache.wrap(OTHER, () => ({ n: 2 })),
      { response: { n: 2 }, hit: undefined },
    );
    equal(cache.stats().entries, 2);
  });

  test("every error is a MnemeError with a code and a remedy", async () => {
    const error = await rejection(() => SemanticCache.open({ embedder: WORDS, threshold: 7 }));
    ok(error instanceof MnemeError && error instanceof Error, "its class");
    equal([error.name, error.code], ["MnemeError", "argument"]);
    ok(error.message.endsWith(error.remedy) && error.remedy.length > 0, error.message);
  });
};

/** A store whose answers of one method can be held back, though it has done the work. */
function holding(held: string): { store: Store; hold: () => () => void } {
  let gate: Promise<void> | undefined;
  const store = intercepted(memoryStore(), async (method, call) => {
    const answer = call();
    if (method === held && gate !== undefined) {
      const waiting = gate;
      gate = undefined; // only the first
      await waiting;
    }
    return answer;
  });
  return {
    store,
    hold: () => {
      const { promise, resolve } = deferred<void>();
      gate = promise;
      return () => resolve();
    },
  };
}

/** A computation that waits until it is let go, and remembers the signal it was given. */
function gated(): {
  compute: (signal: AbortSignal) => Promise<string>;
  signal: () => AbortSignal | undefined;
  resolve: (answer: string) => void;
} {
  const { promise, resolve } = deferred<string>();
  let given: AbortSignal | undefined;
  const compute = (signal: AbortSignal): Promise<string> => {
    given = signal;
    return promise;
  };
  return { compute, signal: () => given, resolve };
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((resolver) => {
    resolve = resolver;
  });
  return { promise, resolve };
}

/** Lets everything that is ready happen. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
