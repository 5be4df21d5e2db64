import fc from "fast-check";
import { SemanticCache } from "../../src/index.ts";
import { equal, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { WORDS } from "./cache-fixtures.ts";
import { cosine } from "./vectors.ts";

// A cache as a plain map would do it: every question against every stored one, in float64.

interface Stored {
  namespace: string;
  text: string;
  response: string;
  expiresAt: number;
}

const words = ["reset", "password", "account", "tram", "ticket", "cost"];
const question = fc.shuffledSubarray(words, { minLength: 1, maxLength: 4 }).map((chosen) => chosen.join(" "));
const namespace = fc.constantFrom("a", "a:", "");

const call = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      verb: fc.constant("put" as const),
      question,
      namespace,
      ttl: fc.constantFrom(null, 10, 30),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      verb: fc.constant("get" as const),
      question,
      namespace,
      threshold: fc.constantFrom(0.3, 0.7, 0.9),
    }),
  },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant("delete" as const), question, namespace }) },
  {
    weight: 1,
    arbitrary: fc.record({ verb: fc.constant("clear" as const), namespace: fc.option(namespace, { nil: undefined }) }),
  },
  { weight: 3, arbitrary: fc.record({ verb: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 15 }) }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant("flush" as const) }) },
);

export const cacheModelTests: Suite = (test) => {
  test("any sequence of calls answers as a plain map would", async () => {
    const vectors = new Map<string, Float32Array>();
    const vectorOf = (text: string): Float32Array => {
      const vector = vectors.get(text) ?? WORDS.embed([text])[0]!;
      vectors.set(text, vector);
      return vector;
    };
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 60 }), async (calls) => {
        let now = 1000;
        const cache = await SemanticCache.open({ embedder: WORDS, clock: () => now });
        const model = new Map<string, Stored>();
        const keyOf = (namespace: string, text: string): string => JSON.stringify([namespace, text]);
        for (const [i, call] of calls.entries()) {
          switch (call.verb) {
            case "pass":
              now += call.ms;
              break;
            case "flush":
              await cache.flush();
              break;
            case "put": {
              const { namespace, question: text, ttl } = call;
              const stored = {
                namespace,
                text,
                response: `${i}`,
                expiresAt: ttl === null ? Number.POSITIVE_INFINITY : now + ttl,
              };
              await cache.put(text, stored.response, { namespace, ttl });
              model.set(keyOf(namespace, text), stored);
              break;
            }
            case "delete": {
              const key = keyOf(call.namespace, call.question);
              const deleted = await cache.delete(call.question, { namespace: call.namespace });
              const stored = model.get(key);
              model.delete(key);
              // Whether an expired entry is still there to delete is not promised.
              if (stored === undefined || stored.expiresAt > now) equal(deleted, stored !== undefined);
              break;
            }
            case "clear":
              await cache.clear(call.namespace);
              for (const [key, stored] of model) {
                if (call.namespace === undefined || stored.namespace === call.namespace) model.delete(key);
              }
              break;
            case "get": {
              const { namespace, question, threshold } = call;
              const hit = await cache.get(question, { namespace, threshold });
              const alive = [...model.values()].filter(
                (stored) => stored.namespace === namespace && stored.expiresAt > now,
              );
              const exact = alive.find((stored) => stored.text === question);
              if (exact !== undefined) {
                equal([hit?.layer, hit?.response], ["exact", exact.response]);
                break;
              }
              const scored = alive.map((stored) => ({
                stored,
                score: cosine(vectorOf(stored.text), vectorOf(question)),
              }));
              const best = Math.max(-2, ...scored.map(({ score }) => score));
              if (hit === undefined) {
                ok(best < threshold + 1e-6, `missed one at ${best}`);
              } else {
                const served = scored.find(({ stored }) => stored.response === hit.response);
                ok(served !== undefined, `served what is not there: ${hit.response}`);
                ok(Math.abs(served.score - hit.similarity) < 1e-6, "its true similarity");
                ok(served.score >= Math.max(best, threshold) - 1e-6, "the nearest one");
              }
              break;
            }
          }
        }
        await cache.close();
      }),
      { numRuns: 150 },
    );
  });
};
