import fc from "fast-check";
import { type Json, memoize, memoizeStream, SemanticCache } from "../../src/index.ts";
import { equal, fails, ok, rejection } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { countingEmbedder, OTHER, opened, PARAPHRASE, QUESTION, WORDS } from "./cache-fixtures.ts";

async function json(): Promise<SemanticCache<Json>> {
  return SemanticCache.open<Json>({ embedder: WORDS, guards: false });
}

export const memoizeTests: Suite = (test) => {
  test("a function of a text answers what is the same, and what means the same, once", async () => {
    const cache = await opened();
    const asked: string[] = [];
    const answer = memoize(
      async (question: string) => {
        asked.push(question);
        return `to ${question}`;
      },
      { cache },
    );
    const results = [await answer(QUESTION), await answer(QUESTION), await answer(PARAPHRASE), await answer(OTHER)];
    equal(results, [`to ${QUESTION}`, `to ${QUESTION}`, `to ${QUESTION}`, `to ${OTHER}`]);
    equal(asked, [QUESTION, OTHER]);
  });

  test("it is as the plain function for any calls", async () => {
    type Args = [text: string, ...others: Json[]];
    const plain = (...args: Args): Json => [`of ${args[0]}`, args.slice(1)];
    const few = fc.constantFrom<Json>(null, 0, "", "0", [], [0], {}, { 0: 0 }, { context: true }, { messages: ["a"] });
    const call = fc.tuple(fc.constantFrom("a", "b", "ab"), fc.array(few, { maxLength: 3 }));
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 20 }), async (calls) => {
        const cache = await json();
        const counted: string[] = [];
        const memoized = memoize(
          (...args: Args) => {
            counted.push(JSON.stringify(args));
            return plain(...args);
          },
          { cache, semantic: false },
        );
        for (const [text, others] of calls) equal(await memoized(text, ...others), plain(text, ...others));
        equal(counted.length, new Set(counted).size, "each is computed once");
        await cache.close();
      }),
    );
  });

  test("what is left out is as if it were undefined, and null is not", async () => {
    const cache = await json();
    const seen: Json[] = [];
    const told = memoize(
      (text: string, more?: Json) => {
        seen.push(more === undefined ? "none" : more);
        return text;
      },
      { cache },
    );
    for (const more of [undefined, null, undefined]) await told("a", more);
    await told("a");
    equal(seen, ["none", null]);
  });

  test("`key` and `scope` name what other arguments say; without a text there is an error that says so", async () => {
    const cache = await json();
    let computed = 0;
    const sum = (a: number, b: number, noted: string): number => {
      computed++;
      return a + b + 0 * noted.length;
    };
    const bare = memoize(sum as never as (a: unknown) => number, { cache });
    ok((await fails(() => bare(1), "argument")).message.includes("`key`"), "it says what to do");
    const named = memoize(sum, { cache, key: (a, b) => `${a}+${b}`, scope: () => undefined });
    equal([await named(1, 2, "x"), await named(1, 2, "y"), computed], [3, 3, 1]);
    await fails(() => memoize(sum, { cache, key: (() => 7) as never })(1, 2, ""), "argument");
  });

  test("`this` is the caller's", async () => {
    const cache = await opened();
    class Model {
      readonly name = "m";
      readonly ask = memoize(
        function (this: Model, question: string) {
          return `${this.name}: ${question}`;
        },
        { cache },
      );
    }
    equal(await new Model().ask("a"), "m: a");
  });

  test("calls at once share a computation; a failure is everybody's, and nobody's later", async () => {
    const cache = await opened();
    let computed = 0;
    const answer = memoize(
      async (question: string) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        if (++computed === 1) throw new Error("down");
        return question;
      },
      { cache },
    );
    const failed = await Promise.allSettled([answer("a"), answer("a"), answer("a")]);
    equal(
      failed.map(({ status }) => status),
      ["rejected", "rejected", "rejected"],
    );
    const { joined, callsSaved } = await cache.stats();
    equal([joined, callsSaved], [0, 0], "a call that fails has spared none");
    equal([await Promise.all([answer("a"), answer("a")]), computed], [["a", "a"], 2]);
    const sync = memoize(
      (): string => {
        throw new Error("at once");
      },
      { cache, key: () => "b" },
    );
    equal(String(await rejection(() => sync())), "Error: at once");
  });

  test("a signal at the end, or in the last options, aborts the call alone and is no part of the question", async () => {
    type Options = { signal?: AbortSignal; abortSignal?: AbortSignal; size?: number };
    for (const form of ["last", "signal", "abortSignal"] as const) {
      const cache = await opened();
      const signals: AbortSignal[] = [];
      let finish = (_: string): void => {};
      const answer = memoize(
        (_question: string, last?: AbortSignal | Options) => {
          const { signal, abortSignal } = last as Options;
          signals.push(form === "last" ? (last as AbortSignal) : (signal ?? abortSignal)!);
          return new Promise<string>((resolve) => {
            finish = resolve;
          });
        },
        { cache },
      );
      const [first, second] = [new AbortController(), new AbortController()];
      const call = ({ signal }: AbortController): Promise<string> =>
        answer("a", form === "last" ? signal : { [form]: signal });
      const calls = [call(first), call(second)];
      await new Promise((resolve) => setTimeout(resolve, 5));
      first.abort(new Error("left"));
      equal(String(await rejection(() => calls[0])), "Error: left");
      equal([signals.length, signals[0]!.aborted], [1, false], "one computation, which the other waits for");
      finish("done");
      equal([await calls[1], await answer("a"), await call(second)], ["done", "done", "done"], form);
    }
  });

  test("other options beside a signal are part of the question", async () => {
    const cache = await json();
    const seen: Json[] = [];
    const answer = memoize(
      (text: string, { size }: { size?: number; signal?: AbortSignal } = {}) => {
        seen.push(size ?? null);
        return text;
      },
      { cache },
    );
    const { signal } = new AbortController();
    for (const options of [{ size: 1, signal }, { size: 1 }, { size: 2, signal }, { signal }, {}]) {
      await answer("a", options);
    }
    equal(seen, [1, 2, null, null], "an empty object is an argument of its own");
  });

  test("options are those of wrap, and checked at once", async () => {
    const embedder = countingEmbedder();
    const cache = await SemanticCache.open({ embedder });
    const fn = (text: string): string => text;
    const bad: object[] = [
      { cache: undefined },
      { cache: {} },
      { cache, key: "a" },
      { cache, scope: {} },
      { cache, ttl: -1 },
      { cache, staleAfter: "x" },
      { cache, threshold: 2 },
      { cache, tags: "a" },
      { cache, namespace: 1 },
      { cache, metadata: [] },
      { cache, deadline: -1 },
      { cache, lease: 0 },
    ];
    for (const options of bad) await fails(() => memoize(fn, options as never), "argument");
    await fails(() => memoize(fn, undefined as never), "argument");
    await fails(() => memoize("a" as never, { cache }), "argument");
    const exact = memoize(fn, { cache, semantic: false, namespace: "own", metadata: { of: "test" } });
    await exact("a");
    equal(
      [(await cache.get("a", { namespace: "own", semantic: false }))?.metadata, embedder.embedded],
      [{ of: "test" }, []],
    );
  });

  test("a follow-up is exact, but where earlier turns are among the arguments", async () => {
    const cache = await opened();
    let computed = 0;
    const answer = memoize((question: string, _?: { messages: string[] }) => `${++computed}: ${question}`, { cache });
    for (const question of ["and what about that one?", "and what about that one"]) await answer(question);
    equal(computed, 2);
    for (const question of ["and what about that one?", "and what about that one"]) {
      await answer(question, { messages: ["a"] });
    }
    equal(computed, 3);
  });

  test("a function that gives chunks is replayed", async () => {
    const cache = await opened();
    let produced = 0;
    const chunks = memoizeStream(
      async function* (question: string, _options?: { signal: AbortSignal }) {
        produced++;
        yield "to ";
        yield question;
      },
      { cache },
    );
    const all = async (stream: AsyncIterable<string>): Promise<string> => {
      let text = "";
      for await (const chunk of stream) text += chunk;
      return text;
    };
    const { signal } = new AbortController();
    equal([await all(chunks("a")), await all(chunks("a", { signal })), produced], ["to a", "to a", 1]);
    equal((await chunks("a").hit)?.layer, "exact");
    await fails(() => memoizeStream(() => [], { cache: {} as never }), "argument");
  });
};
