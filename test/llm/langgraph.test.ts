import fc from "fast-check";
import { langgraphCache } from "../../adapters/llm/langgraph.ts";
import { equal, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { anyText } from "../unit/any-text.ts";
import { opened } from "../unit/cache-fixtures.ts";
import type { Core, GraphCache, loadCheckpoint } from "./langchain-sdk.ts";

type Checkpoint = Awaited<ReturnType<typeof loadCheckpoint>>;
type Key = [string[], string];

type Step = { set: [key: Key, value: unknown, ttl: number | undefined][] } | { clear: string[][] } | { pass: number };

/** No commas, by which theirs takes two paths for one; no names of what every object has, which theirs takes for keys. */
const PATHS = [[], ["a"], ["A"], ["a", "b"], ["ab"], ["a", "b", "c"], [" a"], ["😀"]];
const KEYS = ["k", "K", " k", "", "k".repeat(2000), "\ud800"];

export const langgraphSdkTests =
  (core: Core, { InMemoryCache, JsonPlusSerializer }: Checkpoint): Suite =>
  (test) => {
    test("it does what LangGraph's own cache does, for any calls", async () => {
      const path = fc.constantFrom(...PATHS);
      const key = fc.tuple(path, fc.constantFrom(...KEYS)) as fc.Arbitrary<Key>;
      const value = fc.oneof(
        fc.jsonValue(),
        anyText(),
        fc.constant(undefined),
        fc.uint8Array(),
        fc.constantFrom(new Map([["a", 1]]), new Set([1]), [["messages", [new core.messages.HumanMessage("hi")]]]),
      );
      const ttl = fc.option(fc.constantFrom(0, 0.5, 1, 2, -1, Number.POSITIVE_INFINITY), { nil: undefined });
      const step: fc.Arbitrary<Step> = fc.oneof(
        { arbitrary: fc.record({ set: fc.array(fc.tuple(key, value, ttl), { maxLength: 4 }) }), weight: 4 },
        { arbitrary: fc.record({ clear: fc.array(path, { maxLength: 2 }) }), weight: 1 },
        { arbitrary: fc.record({ pass: fc.constantFrom(1, 499, 500, 1000) }), weight: 2 },
      );
      const clock = Date.now;
      let now = 1_700_000_000_000;
      Date.now = () => now; // theirs has no other
      try {
        await fc.assert(
          fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
            const theirs = new InMemoryCache();
            const errors: unknown[] = [];
            const ours: GraphCache = langgraphCache(await opened({ clock: () => now }), {
              serde: new JsonPlusSerializer(),
              onError: (error) => void errors.push(error),
            }) as GraphCache;
            const all = PATHS.flatMap((path) => KEYS.map((key): Key => [path, key]));
            for (const one of steps) {
              if ("pass" in one) now += one.pass;
              for (const cache of [theirs, ours]) {
                if ("clear" in one) await cache.clear(one.clear);
                if ("set" in one) {
                  await cache.set(
                    one.set.map(([key, value, ttl]) => ({ key, value, ...(ttl !== undefined && { ttl }) })),
                  );
                }
              }
              const [expected, found] = [await theirs.get(all), await ours.get(all)];
              equal(found, expected);
              ok(
                found.every(({ key }, i) => key === expected[i]!.key),
                "the keys that were asked for",
              );
            }
            equal(errors, []);
            equal(await ours.get([]), []);
          }),
        );
      } finally {
        Date.now = clock;
      }
    });

    test("what theirs takes for one or for a key is told apart", async () => {
      const ours = langgraphCache(await opened(), { serde: new JsonPlusSerializer() });
      await ours.set([{ key: [["a", "b"], "k"], value: 1 }]);
      equal(
        await ours.get([
          [["a,b"], "k"],
          [["a", "b"], "constructor"],
        ]),
        [],
      );
    });

    test("messages come back as messages", async () => {
      const ours = langgraphCache<unknown[]>(await opened(), { serde: new JsonPlusSerializer() });
      const message = new core.messages.AIMessage({ content: "hi", tool_calls: [{ name: "f", args: {}, id: "1" }] });
      await ours.set([{ key: [["n"], "k"], value: ["messages", [message]] }]);
      const [found] = await ours.get([[["n"], "k"]]);
      const [, [revived]] = found!.value as [string, [typeof message]];
      ok(core.messages.AIMessage.isInstance(revived), "an instance");
      equal(revived.toDict(), message.toDict());
    });
  };
