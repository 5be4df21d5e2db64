import fc from "fast-check";
import { batchedEmbedder, type Limits, type Provider } from "../../adapters/embedders/embedder-batches.ts";
import { equal, fails, ok, rejection } from "../conformance/assert.ts";
import { cases } from "../depth.ts";
import type { Suite } from "../harness.ts";
import { wordsOf } from "./protocols.ts";

const IDENTITY = { name: "some", fingerprint: "some", dimensions: 8 };
const nap = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What every embedder of a provider has in common. */
export const batchesTests: Suite = (test) => {
  test("every text gets its vector, whatever the batches", async () => {
    const some = fc.record({
      texts: fc.array(fc.string({ maxLength: 12 }), { maxLength: 30 }),
      most: fc.integer({ min: 1, max: 12 }),
      usual: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
      longest: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
      parallel: fc.integer({ min: 1, max: 5 }),
      asksFirst: fc.boolean(),
      batch: fc.option(fc.integer({ min: 1, max: 12 }), { nil: undefined }),
      waits: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 5 }),
    });
    await fc.assert(
      fc.asyncProperty(some, async ({ texts, most, usual, longest, parallel, asksFirst, batch, waits }) => {
        const limits: Limits = { most, parallel, ...(usual && { usual }), ...(longest && { longest }) };
        const calls: string[][] = [];
        let together = 0;
        const provider: Provider = {
          ...IDENTITY,
          limits: asksFirst ? async () => limits : limits,
          async embed(asked) {
            ok(++together <= parallel, "as many at once as may be");
            calls.push(asked);
            await nap(waits[calls.length % waits.length]!);
            together--;
            return wordsOf(asked, 8).map((vector) => [...vector]);
          },
        };
        const isTooMany = !asksFirst && batch !== undefined && batch > most;
        if (isTooMany) return void (await fails(() => batchedEmbedder(provider, { batch }), "argument"));
        equal(await batchedEmbedder(provider, { batch }).embed(texts), wordsOf(texts, 8));
        equal(calls.flat().sort(), [...texts].sort(), "each once");
        const size = Math.min(most, batch ?? usual ?? most);
        for (const call of calls) {
          ok(call.length <= size && call.length > 0, "as many as may be");
          ok(call.length === 1 || call.join("").length <= (longest ?? Infinity), "as long as may be");
        }
      }),
      { numRuns: cases(200) },
    );
  });

  test("who does not listen to the signal is left", async () => {
    const provider: Provider = { ...IDENTITY, limits: { most: 1, parallel: 2 }, embed: () => new Promise(() => {}) };
    const stop = new AbortController();
    const call = batchedEmbedder(provider, {}).embed(["a", "b", "c"], { signal: stop.signal });
    await nap(1);
    stop.abort(new Error("enough"));
    equal(((await rejection(() => call)) as Error).message, "enough");
  });

  test("the first failure is told at once, to the other calls too, and no more are made", async () => {
    const signals: AbortSignal[] = [];
    const provider: Provider = {
      ...IDENTITY,
      limits: { most: 1, parallel: 2 },
      async embed([text], signal) {
        signals.push(signal);
        if (text === "bad") throw new Error("bad text");
        return new Promise(() => {});
      },
    };
    const call = batchedEmbedder(provider, {}).embed(["a", "bad", "c", "d"]);
    equal(((await rejection(() => call)) as Error).message, "bad text");
    await nap(1);
    equal(
      signals.map((signal) => signal.aborted),
      [true, true],
    );
  });

  test("a signal that is kept for long is not listened to for ever", async () => {
    const provider: Provider = {
      ...IDENTITY,
      limits: { most: 1, parallel: 1 },
      embed: async (texts) => wordsOf(texts, 8),
    };
    const { signal } = new AbortController();
    let listeners = 0;
    const [add, remove] = [signal.addEventListener, signal.removeEventListener];
    Object.assign(signal, {
      addEventListener: (...args: [never, never]) => [listeners++, add.apply(signal, args)],
      removeEventListener: (...args: [never, never]) => [listeners--, remove.apply(signal, args)],
    });
    for (let i = 0; i < 5; i++) await batchedEmbedder(provider, {}).embed(["a", "b"], { signal });
    equal(listeners, 0);
  });

  test("vectors are the caller's own", async () => {
    const own = wordsOf(["a"], 8);
    const provider: Provider = { ...IDENTITY, limits: { most: 9, parallel: 1 }, embed: async () => own };
    const [vector] = await batchedEmbedder(provider, {}).embed(["a"]);
    vector!.fill(0);
    equal(own, wordsOf(["a"], 8));
  });
};
