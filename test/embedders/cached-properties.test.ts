import fc from "fast-check";
import { cachedEmbedder } from "../../adapters/embedders/cached.ts";
import type { Embedder } from "../../src/index.ts";
import { equal, ok, rejection } from "../conformance/assert.ts";
import { testEmbedder } from "../conformance/embedder.ts";
import { cases } from "../depth.ts";
import type { Suite } from "../harness.ts";

const words = testEmbedder({ dimensions: 4 });
const text = fc.constantFrom<string[]>("a", "b", "c", "d", "e", "f");
const texts = fc.array(text, { maxLength: 6 });

export const cachedPropertyTests: Suite = (test) => {
  test("one call after another: it asks for exactly what a plain list of the last ones does not have", () => {
    const call = fc.record({ texts, bad: fc.array(text, { maxLength: 1 }) });
    fc.assert(
      fc.property(fc.array(call, { maxLength: 30 }), fc.integer({ min: 0, max: 5 }), (calls, maxEntries) => {
        let asked: string[] = [];
        let bad: string[] = [];
        const embed = (some: readonly string[]): Float32Array[] => {
          asked = [...some];
          if (some.some((one) => bad.includes(one))) throw new Error("bad");
          return words.embed(some);
        };
        const cached = cachedEmbedder({ ...words, embed }, { maxEntries });
        let last: string[] = []; // the one used last at the end
        for (const step of calls) {
          asked = [];
          bad = step.bad;
          const wanted = [...new Set(step.texts)];
          const missing = wanted.filter((one) => !last.includes(one));
          last = [...last.filter((one) => !wanted.includes(one)), ...wanted.filter((one) => last.includes(one))];
          let vectors: Float32Array[] | undefined;
          try {
            vectors = cached.embed(step.texts);
          } catch {
            ok(
              missing.some((one) => bad.includes(one)),
              "it fails where it should not",
            );
          }
          equal(asked, missing);
          if (vectors === undefined) continue;
          equal(vectors, words.embed(step.texts));
          last = maxEntries === 0 ? [] : [...last, ...missing].slice(-maxEntries);
        }
      }),
      { numRuns: cases(500) },
    );
  });

  test("many at once: each gets its vectors, or its own abort, or a failure of its own texts", async () => {
    const caller = fc.record({
      texts,
      /** Turns of the microtask queue to wait before it asks, and before it leaves. */
      starts: fc.integer({ min: 0, max: 12 }),
      leaves: fc.option(fc.integer({ min: 0, max: 12 }), { nil: undefined }),
    });
    const some = fc.record({
      callers: fc.array(caller, { minLength: 1, maxLength: 8 }),
      /** Of each of the embedder's calls in turn: how long it takes, and whether it fails. */
      answers: fc.array(fc.record({ takes: fc.integer({ min: 0, max: 8 }), fails: fc.boolean() }), { maxLength: 10 }),
      bad: fc.array(text, { maxLength: 1 }),
      maxEntries: fc.constantFrom(0, 1, 3, 100),
    });
    await fc.assert(
      fc.asyncProperty(some, async ({ callers, answers, bad, maxEntries }) => {
        const made: { texts: readonly string[]; failed: boolean; signal: AbortSignal; over: boolean }[] = [];
        const embedder: Embedder = {
          ...words,
          async embed(asked, { signal } = {}) {
            const { takes, fails } = answers[made.length] ?? { takes: 1, fails: false };
            const call = {
              texts: asked,
              failed: fails || asked.some((one) => bad.includes(one)),
              signal: signal!,
              over: false,
            };
            // What is on its way is not asked for again, unless another's failure or leaving is behind it.
            const twice = made.some(
              (other) => !other.over && !other.signal.aborted && asked.some((one) => other.texts.includes(one)),
            );
            ok(!twice || made.some((other) => other.failed), "asked for while it was on its way");
            equal(new Set(asked).size, asked.length, "no text twice in one call");
            made.push(call);
            await turns(takes);
            call.over = true;
            if (call.failed) throw new Error("failed");
            return words.embed(asked);
          },
        };
        const cached = cachedEmbedder(embedder, { maxEntries });
        await Promise.all(
          callers.map(async ({ texts, starts, leaves }) => {
            await turns(starts);
            const stop = new AbortController();
            const left = new Error("left");
            const leaving = leaves === undefined ? undefined : turns(leaves).then(() => stop.abort(left));
            let vectors: Float32Array[] | undefined;
            const error = await rejection(async () => {
              vectors = await cached.embed(texts, { signal: stop.signal });
              throw undefined;
            });
            if (error === undefined) equal(vectors, words.embed(texts));
            else if (error === left) ok(stop.signal.aborted, "it left");
            else {
              equal((error as Error).message, "failed");
              const own = made.some((call) => call.failed && call.texts.every((one) => texts.includes(one)));
              ok(own, "what failed was another's call");
            }
            await leaving;
          }),
        );
        // Nothing of all that stays behind: whoever comes now gets an answer.
        const [good] = ["a", "b"].filter((one) => !bad.includes(one));
        answers.length = 0;
        equal(await cached.embed([good!]), words.embed([good!]));
        if (
          maxEntries === 100 &&
          callers.every(({ leaves }) => leaves === undefined) &&
          made.every(({ failed }) => !failed)
        ) {
          const all = made.flatMap((call) => call.texts);
          equal(new Set(all).size, all.length, "embedded twice");
        }
      }),
      { numRuns: cases(1000) },
    );
  });
};

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await Promise.resolve();
}
