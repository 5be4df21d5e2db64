import { cachedEmbedder } from "../../adapters/embedders/cached.ts";
import { type Embedder, SemanticCacheSync } from "../../src/index.ts";
import { equal, fails, ok, rejection } from "../conformance/assert.ts";
import { testEmbedder } from "../conformance/embedder.ts";
import type { Suite } from "../harness.ts";
import { PARAPHRASE, QUESTION, WORDS } from "../unit/cache-fixtures.ts";

const words = testEmbedder({ dimensions: 8 });

/** An embedder whose calls are answered when the test says so. */
function answeredLater() {
  const calls: { texts: readonly string[]; signal: AbortSignal; answer(): void; fail(error: Error): void }[] = [];
  const embedder: Embedder = {
    ...words,
    embed: (texts, { signal } = {}) =>
      new Promise((resolve, reject) => {
        calls.push({ texts, signal: signal!, answer: () => resolve(words.embed(texts)), fail: reject });
        signal!.addEventListener("abort", () => reject(signal!.reason));
      }),
  };
  return { embedder, calls };
}

/** A synchronous one that counts. */
function counting(embedder = words) {
  const calls: (readonly string[])[] = [];
  const embed = (texts: readonly string[]): Float32Array[] => {
    calls.push(texts);
    return embedder.embed(texts);
  };
  return { embedder: { ...embedder, embed }, calls };
}

export const cachedTests: Suite = (test) => {
  test("nothing is embedded twice", () => {
    const { embedder, calls } = counting();
    const cached = cachedEmbedder(embedder);
    equal(cached.embed(["a", "b", "a"]), words.embed(["a", "b", "a"]));
    equal(cached.embed(["c", "b"]), words.embed(["c", "b"]));
    equal(cached.embed(["a", "b", "c"]), words.embed(["a", "b", "c"]));
    equal(cached.embed([]), []);
    equal(calls, [["a", "b"], ["c"]]);
  });

  test("vectors are the caller's own", () => {
    const own = words.embed(["a"]);
    const cached = cachedEmbedder({ ...words, embed: () => own });
    const [first, second] = cached.embed(["a", "a"]);
    first!.fill(7);
    own[0]!.fill(8);
    equal([second, cached.embed(["a"])[0]], [words.embed(["a"])[0], words.embed(["a"])[0]]);
  });

  test("those used least recently make room", () => {
    const { embedder, calls } = counting();
    const cached = cachedEmbedder(embedder, { maxEntries: 2 });
    for (const text of ["a", "b", "a", "c", "a", "b"]) cached.embed([text]);
    equal(calls, [["a"], ["b"], ["c"], ["b"]]);
    equal(cached.embed(["d", "e", "f"]), words.embed(["d", "e", "f"]), "more than there is room for");
    const none = cachedEmbedder(embedder, { maxEntries: 0 });
    calls.length = 0;
    equal([none.embed(["a", "a"]), none.embed(["a"])], [words.embed(["a", "a"]), words.embed(["a"])]);
    equal(calls, [["a"], ["a"]]);
  });

  test("it is synchronous when the embedder is, also for a cache", () => {
    const { embedder, calls } = counting(WORDS);
    const cache = SemanticCacheSync.open({ embedder: cachedEmbedder(embedder) });
    cache.put(QUESTION, "so");
    for (let i = 0; i < 3; i++) equal(cache.get(PARAPHRASE)?.layer, "semantic");
    cache.close();
    equal(calls.length, 2);
  });

  test("of one that is not, what is in memory comes at once", async () => {
    const { embedder, calls } = answeredLater();
    const cached = cachedEmbedder(embedder);
    const later = cached.embed(["a"]);
    ok(later instanceof Promise, "later");
    calls[0]!.answer();
    await later;
    equal(cached.embed(["a"]), words.embed(["a"]));
  });

  test("calls in flight are shared, and only the rest is asked for", async () => {
    const { embedder, calls } = answeredLater();
    const cached = cachedEmbedder(embedder);
    const all = [cached.embed(["a", "b"]), cached.embed(["b"]), cached.embed(["b", "c"])];
    equal(
      calls.map(({ texts }) => texts),
      [["a", "b"], ["c"]],
    );
    for (const { answer } of calls) answer();
    equal(await Promise.all(all), [words.embed(["a", "b"]), words.embed(["b"]), words.embed(["b", "c"])]);
  });

  test("a failure is told to all who waited, and not to those who come later", async () => {
    const { embedder, calls } = answeredLater();
    const cached = cachedEmbedder(embedder);
    const both = [cached.embed(["a"]), cached.embed(["a"])].map((call) => rejection(() => call));
    calls[0]!.fail(new Error("down"));
    equal(
      (await Promise.all(both)).map((error) => (error as Error).message),
      ["down", "down"],
    );
    const again = cached.embed(["a"]);
    calls[1]!.answer();
    equal(await again, words.embed(["a"]));
  });

  test("who comes in the moment of a failure is not told of it", async () => {
    const { embedder, calls } = answeredLater();
    const cached = cachedEmbedder(embedder);
    const later = Promise.resolve(cached.embed(["a"])).catch(() => cached.embed(["a"]));
    calls[0]!.fail(new Error("down"));
    while (calls.length < 2) await Promise.resolve();
    calls[1]!.answer();
    equal(await later, words.embed(["a"]));
  });

  test("another's bad text fails nobody else", async () => {
    const { embedder, calls } = answeredLater();
    const cached = cachedEmbedder(embedder);
    const bad = rejection(() => cached.embed(["bad", "a"]));
    const good = cached.embed(["a", "b"]);
    calls[0]!.fail(new Error("a bad text"));
    calls[1]!.answer();
    equal(((await bad) as Error).message, "a bad text");
    await new Promise((resolve) => setTimeout(resolve, 1));
    equal(calls[2]?.texts, ["a"]);
    calls[2]!.answer();
    equal(await good, words.embed(["a", "b"]));
  });

  test("one caller's abort is told to that one at once, and fails no other", async () => {
    const { embedder, calls } = answeredLater();
    const cached = cachedEmbedder(embedder);
    const [first, second] = [new AbortController(), new AbortController()];
    const staying = cached.embed(["a", "b"], { signal: second.signal });
    const leaving = cached.embed(["a"], { signal: first.signal });
    first.abort(new Error("first left"));
    equal(((await rejection(() => leaving)) as Error).message, "first left");
    equal([calls.length, calls[0]!.signal.aborted], [1, false]);
    calls[0]!.answer();
    equal(await staying, words.embed(["a", "b"]));
  });

  test("when all have left, the call is ended, and nobody joins it", async () => {
    const { embedder, calls } = answeredLater();
    const cached = cachedEmbedder(embedder);
    const stop = new AbortController();
    const call = rejection(() => cached.embed(["a", "b"], { signal: stop.signal }));
    const joins = new Promise((resolve) => {
      calls[0]!.signal.addEventListener("abort", () => resolve(cached.embed(["b"]))); // in that moment
    });
    stop.abort();
    await call;
    equal(calls[0]!.signal.aborted, true);
    const last = cached.embed(["a"]);
    for (const { answer } of calls) answer();
    equal([await joins, await last], [words.embed(["b"]), words.embed(["a"])]);
    await rejection(async () => cached.embed(["b"], { signal: AbortSignal.abort() }));
  });

  test("what is not so many vectors of so many numbers is refused, and not remembered", async () => {
    const answers: unknown[] = [
      [],
      [new Float32Array(7)],
      undefined,
      [new Float32Array(8).fill(Number.NaN)],
      words.embed(["a"]),
    ];
    const cached = cachedEmbedder({ ...words, embed: () => answers.shift() as Float32Array[] });
    for (const code of ["dimension", "dimension", "dimension", "vector"] as const) {
      await fails(() => cached.embed(["a"]), code);
    }
    equal(cached.embed(["a"]), words.embed(["a"]));
  });

  test("bad arguments are refused", async () => {
    for (const options of [{ maxEntries: -1 }, { maxEntries: 1.5 }, { store: {} }]) {
      await fails(() => cachedEmbedder(words, options as never), "argument");
    }
    await fails(() => cachedEmbedder(undefined as never), "argument");
  });
};
