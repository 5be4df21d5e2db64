import { memoryStore, type SemanticCache, type Store } from "../../src/index.ts";
import { equal, ok, rejection } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import {
  countingEmbedder,
  intercepted,
  OTHER,
  observed,
  opened,
  PARAPHRASE,
  QUESTION,
  turn,
  unclosed,
} from "./cache-fixtures.ts";

/** A computation that ends when it is told to, and counts. */
function computation(): {
  compute: (signal?: AbortSignal) => Promise<string>;
  times: number;
  end(answer: string | Error): void;
} {
  const waiting: ((answer: string | Error) => void)[] = [];
  const made = {
    times: 0,
    compute: () => {
      made.times++;
      return new Promise<string>((resolve, reject) => {
        waiting.push((answer) => (answer instanceof Error ? reject(answer) : resolve(answer)));
      });
    },
    end: (answer: string | Error) => {
      for (const tell of waiting.splice(0)) tell(answer);
    },
  };
  return made;
}

/** Who computes: calls that mean the same wait for one, and so do processes that share a store. */
export const cacheTurnsTests: Suite = (test) => {
  test("calls that mean the same wait for the first, and each is a hit of what it stores", async () => {
    const embedder = countingEmbedder();
    const cache = await opened({ embedder });
    const { compute, end, ...made } = computation();
    const first = cache.wrap(QUESTION, compute);
    await turn();
    const others = ["today please", "now", "today thanks"].map((word) =>
      cache.wrap(QUESTION.replace("today", word), compute),
    );
    await turn(5);
    end("answer");
    equal((await first).hit, undefined);
    for (const { response, hit } of await Promise.all(others)) equal([response, hit?.layer], ["answer", "semantic"]);
    equal([made.times, embedder.embedded.length], [0, 4]);
    const { misses, hitsSemantic, joined } = await cache.stats();
    equal([misses, hitsSemantic, joined], [1, 3, 0], "each call counts once");
  });

  test("a thousand identical calls, and twenty that mean the same, are one computation", async () => {
    const cache = await opened();
    let computed = 0;
    const compute = async (): Promise<string> => {
      computed++;
      await turn(5);
      return "answer";
    };
    const words = ["today", "now"];
    const calls = Array.from({ length: 1000 }, (_, i) => cache.wrap(QUESTION.replace("today", words[i % 2]!), compute));
    for (const { response } of await Promise.all(calls)) equal(response, "answer");
    equal(computed, 1);
  });

  test("what a guard keeps apart, another scope or namespace, or one who bypasses, does not wait", async () => {
    const cache = await opened();
    const { compute, end, ...made } = computation();
    const asked = [
      cache.wrap("what does order 123 cost in total today", compute),
      cache.wrap("what does order 456 cost in total today", compute),
      cache.wrap("what does order 123 cost in total now", compute, { scope: "s" }),
      cache.wrap("what does order 123 cost in total now", compute, { namespace: "n" }),
      cache.wrap("what does order 123 cost in total now", compute, { bypass: true }),
      cache.wrap("what does order 123 cost in total now", compute, { semantic: false }),
      cache.wrap("what does order 123 cost in total now", compute, { threshold: 0.999 }),
    ];
    await turn(5);
    end("answer");
    await Promise.all(asked);
    equal(made.times, 0);
    equal((await cache.stats()).computed, 7);
  });

  test("a failure is not that of who asked in other words: they compute, one for the others", async () => {
    const cache = await opened();
    const failing = computation();
    const first = rejection(() => cache.wrap(QUESTION, failing.compute));
    await turn();
    let computed = 0;
    const compute = async (): Promise<string> => {
      computed++;
      await turn(2);
      return "answer";
    };
    const others = ["now", "now please"].map((word) => cache.wrap(QUESTION.replace("today", word), compute));
    await turn(2);
    failing.end(new Error("no model"));
    equal(((await first) as Error).message, "no model");
    equal(
      (await Promise.all(others)).map(({ response }) => response),
      ["answer", "answer"],
    );
    equal(computed, 1);
  });

  test("one who waits may be aborted; so may the one waited for", async () => {
    const cache = await opened();
    const { compute, end } = computation();
    const ends = [new AbortController(), new AbortController()];
    const first = rejection(() => cache.wrap(QUESTION, compute, { signal: ends[0]!.signal }));
    await turn();
    const second = rejection(() => cache.wrap(PARAPHRASE, compute, { signal: ends[1]!.signal }));
    const third = cache.wrap(`${PARAPHRASE} please`, async () => "third");
    await turn(2);
    ends[1]!.abort(new Error("second"));
    equal(((await second) as Error).message, "second");
    ends[0]!.abort(new Error("first"));
    equal([((await first) as Error).message, (await third).response], ["first", "third"]);
    end("late");
  });

  test("what is not stored is not waited for again", async () => {
    const cache = await opened({ validate: (response) => response !== "no" });
    const { compute, end } = computation();
    const first = cache.wrap(QUESTION, compute);
    await turn();
    const second = cache.wrap(PARAPHRASE, async () => "yes");
    await turn(2);
    end("no");
    equal([(await first).response, (await second).response], ["no", "yes"]);
  });

  test("streams and wraps wait for one another", async () => {
    const cache = await opened();
    const { compute, end } = computation();
    const first = cache.wrap(QUESTION, compute);
    await turn();
    const stream = cache.stream<string>(PARAPHRASE, () => {
      throw new Error("it was not to be asked");
    });
    const hit = stream.hit;
    await turn(2);
    end("answer");
    equal([(await first).response, (await hit)?.response], ["answer", "answer"]);
  });

  const pair = async (
    store: Store = memoryStore(),
    options: object = {},
  ): Promise<[SemanticCache, SemanticCache, { calls: string[] }]> => {
    const calls: string[] = [];
    const noted = intercepted(unclosed(store), (method, call) => {
      calls.push(method);
      return call();
    });
    const open = () => opened({ store: noted, lease: 200, guards: false, ...options });
    return [await open(), await open(), { calls }];
  };

  test("with a lease one of several caches of a store computes, and the others have what it stored", async () => {
    const [one, two] = await pair();
    const { compute, end, ...made } = computation();
    const first = one.wrap(QUESTION, compute);
    await turn(5);
    const second = two.wrap(QUESTION, compute);
    await turn(300); // longer than the lease: it is renewed
    end("answer");
    equal([(await first).hit, (await second).hit?.layer], [undefined, "exact"]);
    equal([made.times, (await two.stats()).misses], [0, 0]);
    const meta = await one.wrap(OTHER, async () => "again");
    equal(meta.response, "again");
  });

  test("it is given back after an answer, a failure and an abort, and nothing of it stays", async () => {
    const store = memoryStore();
    const [one, two] = await pair(store);
    await one.wrap(QUESTION, async () => "answer");
    await rejection(() => one.wrap(OTHER, async () => Promise.reject(new Error("no model"))));
    const end = new AbortController();
    const aborted = rejection(() => one.wrap("a third question", () => new Promise(() => {}), { signal: end.signal }));
    await turn(5);
    end.abort(new Error("enough"));
    await aborted;
    await turn(5);
    const start = performance.now();
    equal((await two.wrap(OTHER, async () => "b")).response, "b");
    equal((await two.wrap("a third question", async () => "c")).response, "c");
    ok(performance.now() - start < 150, "nobody waits for who has gone");
    const slots = Array.from({ length: 64 }, (_, i) => store.getMeta(`lease:${i}`) ?? "{}");
    equal(new Set(slots), new Set(["{}"]));
  });

  test("who computes and is gone is taken over from within the lease", async () => {
    const store = memoryStore();
    const [one, two] = await pair(store);
    // As a process that was killed: what it asks of the store from now on is not heard.
    let isGone = false;
    const dying = await opened({
      store: intercepted(unclosed(store), (_, call) => (isGone ? new Promise(() => {}) : call())),
      lease: 200,
    });
    const end = new AbortController();
    void dying.wrap(QUESTION, () => new Promise(() => {}), { signal: end.signal }).catch(() => {});
    await turn(5);
    isGone = true;
    const start = performance.now();
    const calls = [one, two].map((cache) => cache.wrap(QUESTION, async () => "answer"));
    equal(
      (await Promise.all(calls)).map(({ response }) => response),
      ["answer", "answer"],
    );
    const ms = performance.now() - start;
    ok(ms >= 150 && ms < 2000, `${ms} ms`);
    equal((await one.stats()).computed + (await two.stats()).computed, 1);
    end.abort(); // else its timer would outlive the test
  });

  test("a store that fails, or leases that are damaged, cost the sharing alone", async () => {
    const { events, onEvent } = observed();
    const store = memoryStore();
    const [one] = await pair(store, { onEvent });
    for (let i = 0; i < 64; i++) store.setMeta(`lease:${i}`, i % 2 ? "{" : '{"a":{"owner":1}}');
    equal((await one.wrap(QUESTION, async () => "answer")).response, "answer");
    equal(
      events.filter(({ type }) => type === "error"),
      [],
    );
    const failing = intercepted(memoryStore(), (method, call) => {
      if (method === "swapMeta" || method === "getMeta") throw new Error("no meta");
      return call();
    });
    const cache = await opened({ store: failing, lease: "1s", onEvent }).catch(() => undefined);
    if (cache === undefined) return; // it would not open on such a store at all
    equal((await cache.wrap(QUESTION, async () => "answer")).response, "answer");
    ok(
      events.some((event) => event.type === "error" && event.operation === "lease"),
      "it is told",
    );
  });

  test("without a lease nothing more is asked of the store", async () => {
    const [one, , { calls }] = await pair(memoryStore(), { lease: undefined });
    calls.length = 0;
    await one.wrap(QUESTION, async () => "answer");
    ok(!calls.some((call) => /Meta/.test(call)), `${calls}`);
  });
};
