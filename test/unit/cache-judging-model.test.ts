import fc from "fast-check";
import { memoryStore, type SemanticCache } from "../../src/index.ts";
import { equal, ok } from "../conformance/assert.ts";
import { cases } from "../depth.ts";
import type { Suite } from "../harness.ts";
import { inEachFace, unclosed, WORDS } from "./cache-fixtures.ts";
import { travelled } from "./judging-fixtures.ts";
import { cosine } from "./vectors.ts";

// Any sequence of puts, verdicts, invalidations and upkeep, by several caches of one store, beside a plain list.

const WORDINGS = [
  "reset password",
  "reset password account",
  "password reset account",
  "tram ticket",
  "tram ticket cost",
];
const THRESHOLD = 0.6;
const ROUNDING = 1e-6;

const question = fc.constantFrom(...WORDINGS);
const namespace = fc.constantFrom("a", "b");
const tag = fc.constantFrom("x", "y");
const cache = fc.nat(2);
const call = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      verb: fc.constant("put" as const),
      cache,
      question,
      namespace,
      tags: fc.subarray(["x", "y"]),
    }),
  },
  { weight: 6, arbitrary: fc.record({ verb: fc.constant("get" as const), cache, question, namespace }) },
  {
    weight: 4,
    arbitrary: fc.record({
      verb: fc.constant("judge" as const),
      cache,
      judge: cache,
      question,
      namespace,
      wait: fc.nat(2),
    }),
  },
  { weight: 2, arbitrary: fc.record({ verb: fc.constant("invalidateTag" as const), cache, tag }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant("invalidateNamespace" as const), cache, namespace }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant("vacuum" as const), cache }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant("delete" as const), cache, question, namespace }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant("reopen" as const), cache }) },
);
type Call = typeof call extends fc.Arbitrary<infer T> ? T : never;

interface Stored {
  namespace: string;
  question: string;
  response: string;
  tags: readonly string[];
}

const vectors = new Map(WORDINGS.map((text) => [text, WORDS.embed([text])[0]!]));
const similarity = (a: string, b: string): number => cosine(vectors.get(a)!, vectors.get(b)!);

/** What may be served, as a plain list would have it. */
class Plain {
  alive: Stored[] = [];
  readonly rejected = new Set<string>();

  put(stored: Stored): void {
    this.remove(({ namespace, question }) => namespace === stored.namespace && question === stored.question);
    this.alive.push(stored);
  }

  remove(concerned: (stored: Stored) => boolean): void {
    this.alive = this.alive.filter((stored) => !concerned(stored));
  }

  /** Any of these may be it; none: it is a miss. */
  lookup(namespace: string, question: string): { layer: string; stored: Stored[] } {
    const there = this.alive.filter((stored) => stored.namespace === namespace);
    const own = there.filter((stored) => stored.question === question);
    if (own.length > 0) return { layer: "exact", stored: own };
    const near = there
      .map((stored) => ({ stored, score: similarity(question, stored.question) }))
      .filter(({ stored, score }) => score >= THRESHOLD && !this.rejected.has(pairOf(namespace, question, stored)));
    const best = Math.max(...near.map(({ score }) => score));
    return {
      layer: "semantic",
      stored: near.filter(({ score }) => score >= best - ROUNDING).map(({ stored }) => stored),
    };
  }
}

function pairOf(namespace: string, asked: string, stored: Pick<Stored, "question">): string {
  return JSON.stringify([namespace, asked, stored.question]);
}

export const cacheJudgingModelTests: Suite = (define) =>
  inEachFace(define, (test) => {
    test("any sequence of verdicts and invalidations by several caches answers as a plain list would", async (open) => {
      await fc.assert(
        fc.asyncProperty(fc.array(call, { maxLength: 30 }), async (calls) => {
          const store = memoryStore();
          const options = { mode: "stale-tolerant", threshold: THRESHOLD, guards: false } as const;
          const openOne = () => open({ ...options, store: unclosed(store) });
          const caches = [await openOne(), await openOne(), await openOne()];
          const plain = new Plain();
          for (const [i, call] of calls.entries()) await perform(call, `${i}`, caches, plain, openOne);
          for (const one of caches) {
            for (const namespace of ["a", "b"]) {
              for (const question of WORDINGS) await check(one, plain, namespace, question);
            }
          }
          await caches[0]!.vacuum();
          equal(store.count(), plain.alive.length, "rows after a vacuum");
          equal(store.namespaces(), [...new Set(plain.alive.map(({ namespace }) => namespace))].sort());
        }),
        { numRuns: cases(60) },
      );
    });
  });

async function perform(
  call: Call,
  response: string,
  caches: SemanticCache[],
  plain: Plain,
  openOne: () => Promise<SemanticCache>,
): Promise<void> {
  const one = caches[call.cache]!;
  switch (call.verb) {
    case "put": {
      const { question, namespace, tags } = call;
      await one.put(question, response, { namespace, tags });
      plain.put({ namespace, question, response, tags });
      break;
    }
    case "get":
      await check(one, plain, call.namespace, call.question);
      break;
    case "judge":
      await judge(call, response, caches, plain);
      break;
    case "invalidateTag":
      await one.invalidate({ tags: [call.tag] });
      plain.remove(({ tags }) => tags.includes(call.tag));
      break;
    case "invalidateNamespace":
      await one.invalidate({ namespace: call.namespace });
      plain.remove(({ namespace }) => namespace === call.namespace);
      break;
    case "vacuum":
      await one.vacuum();
      break;
    case "delete":
      await one.delete(call.question, call);
      plain.remove(({ namespace, question }) => namespace === call.namespace && question === call.question);
      break;
    case "reopen":
      await one.close();
      caches[call.cache] = await openOne();
  }
}

/** By another cache than the one that served it, and perhaps after others wrote. */
async function judge(
  call: Call & { verb: "judge" },
  response: string,
  caches: SemanticCache[],
  plain: Plain,
): Promise<void> {
  const { question: asked, namespace } = call;
  const hit = await check(caches[call.cache]!, plain, namespace, asked);
  if (hit === undefined) return;
  const stored = plain.alive.find((one) => one.namespace === namespace && one.question === hit.query)!;
  if (call.wait === 1) {
    const put = { ...stored, response };
    await caches[call.cache]!.put(stored.question, response, stored);
    plain.put(put);
  } else if (call.wait === 2) {
    await caches[call.cache]!.invalidate({ namespace });
    plain.remove((one) => one.namespace === namespace);
  }
  await caches[call.judge]!.feedback(travelled(hit), "reject");
  if (hit.layer === "semantic") plain.rejected.add(pairOf(namespace, asked, stored));
  else plain.remove((one) => one === stored);
}

/** All ways of asking agree with the list. */
async function check(cache: SemanticCache, plain: Plain, namespace: string, question: string) {
  const { layer, stored } = plain.lookup(namespace, question);
  const explained = await cache.explain(question, { namespace, candidates: 1 });
  const hit = await cache.get(question, { namespace });
  const [many] = await cache.getMany([question], { namespace });
  equal([explained.hit?.response, many?.response], [hit?.response, hit?.response], question);
  if (stored.length === 0) equal(hit, undefined, `${question} in ${namespace}`);
  else
    ok(
      stored.some(({ response }) => response === hit?.response),
      `${question}: ${JSON.stringify([stored, hit])}`,
    );
  if (hit !== undefined) equal(hit.layer as string, layer);
  const near = await cache.nearest(question, 9, { namespace });
  const alive = plain.alive.filter((one) => one.namespace === namespace).map(({ response }) => response);
  equal(near.map(({ response }) => response).sort(), alive.sort(), "nearest");
  return hit;
}
