import fc from "fast-check";
import { langgraphCache, type NodeKey, type Serializer } from "../../adapters/llm/langgraph.ts";
import { memoryStore, type Store } from "../../src/index.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { anyText } from "./any-text.ts";
import { countingEmbedder, intercepted, observed, opened } from "./cache-fixtures.ts";

/** Values are the bytes themselves, of whatever type the first one says. */
const BYTES: Serializer = {
  dumpsTyped: async (data: Uint8Array) => [`t${data[0] ?? ""}`, data],
  loadsTyped: async (type, data) => {
    const bytes = data as Uint8Array;
    equal(type, `t${bytes[0] ?? ""}`);
    return bytes;
  },
};

const at = (path: string[], key: string): NodeKey => [path, key];

export const langgraphTests: Suite = (test) => {
  test("any bytes come back as they were, whole or not as text", async () => {
    const cache = langgraphCache<Uint8Array>(await opened(), { serde: BYTES });
    const text = anyText({ maxLength: 8 }).map((value) => new TextEncoder().encode(value));
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array({ maxLength: 20 }), text), async (value) => {
        await cache.set([{ key: at(["n"], "k"), value }]);
        equal(await cache.get([at(["n"], "k")]), [{ key: at(["n"], "k"), value }]);
      }),
    );
    const mark = new Uint8Array([0xef, 0xbb, 0xbf, 0x61]);
    await cache.set([{ key: at(["n"], "mark"), value: mark }]);
    equal((await cache.get([at(["n"], "mark")]))[0]?.value, mark);
  });

  test("keys and paths are told apart to the letter, whatever is in them; nothing is embedded", async () => {
    const embedder = countingEmbedder();
    const cache = langgraphCache<Uint8Array>(await opened({ embedder }), { serde: BYTES });
    const paths = [
      [],
      [""],
      ["a"],
      ["a", "b"],
      ["a,b"],
      ['a","b'],
      ["A"],
      ["a "],
      ["__proto__"],
      ["\ud800"],
      ["a\u0000"],
    ];
    const keys = ["k", "K", " k", "k ", "", "__proto__", "constructor", "\ud800", "k".repeat(1000), "k".repeat(1001)];
    const pairs = paths.flatMap((path, i) =>
      keys.map((key, j) => ({ key: at(path, key), value: new Uint8Array([i, j]) })),
    );
    await cache.set(pairs);
    equal(await cache.get(pairs.map(({ key }) => key)), pairs);
    equal(embedder.embedded, []);
  });

  test("what others have in the same cache is not cleared, however it is named", async () => {
    const shared = await opened();
    const [ours, alike, theirs] = ["a", "a:[", "a:"].map((namespace) =>
      langgraphCache<Uint8Array>(shared, { serde: BYTES, namespace }),
    );
    const key = at(["x"], "k");
    const value = new Uint8Array([1]);
    for (const cache of [ours!, alike!, theirs!]) await cache.set([{ key, value }]);
    await shared.put("q", "r", { namespace: "a:" });
    await shared.put("q", "r", { namespace: "a:7" });
    await ours!.clear([]);
    equal([await ours!.get([key]), (await alike!.get([key])).length, (await theirs!.get([key])).length], [[], 1, 1]);
    equal(
      (await shared.namespaces()).filter((name) => /^a:7?$/.test(name)),
      ["a:", "a:7"],
    );
  });

  test("seconds to live, none, and no end", async () => {
    const { clock, pass } = observed();
    const cache = langgraphCache<Uint8Array>(await opened({ clock }), { serde: BYTES });
    const value = new Uint8Array([1]);
    const ttls: [string, number | undefined][] = [
      ["ever", undefined],
      ["no end", Number.POSITIVE_INFINITY],
      ["two", 2],
      ["none", 0],
      ["less", -1],
      ["part", 0.0015],
    ];
    await cache.set(ttls.map(([key, ttl]) => ({ key: at([], key), value, ...(ttl !== undefined && { ttl }) })));
    const alive = async (): Promise<string[]> =>
      (await cache.get(ttls.map(([key]) => at([], key)))).map(({ key: [, key] }) => key);
    equal(await alive(), ["ever", "no end", "two", "part"]);
    pass(2);
    equal(await alive(), ["ever", "no end", "two"]);
    pass(1997);
    equal(await alive(), ["ever", "no end", "two"]);
    pass(1);
    equal(await alive(), ["ever", "no end"]);
  });

  test("a failure is a miss that is told; what is not a cache is refused", async () => {
    const errors: unknown[] = [];
    const onError = (error: unknown): void => void errors.push(error);
    let broken = false;
    const store = intercepted(memoryStore() as Store, (method, call) => {
      if (broken && method !== "close") throw new Error("down");
      return call();
    });
    const entries = await opened({ store, strict: true });
    const cache = langgraphCache<Uint8Array>(entries, { serde: BYTES, onError });
    const key = at(["n"], "k");
    broken = true;
    await cache.set([{ key, value: new Uint8Array([1]) }]);
    equal([await cache.get([key]), errors.length], [[], 2]);
    broken = false;
    await entries.put("k", "no value of ours", { namespace: 'langgraph:["n"]', scope: { key: "k" }, semantic: false });
    equal([await cache.get([key]), errors.length], [[], 3]);
    ok(String(errors[2]).includes("no value of LangGraph"), String(errors[2]));
    const throwing = (): never => {
      throw new Error("it cannot be told");
    };
    const untold = langgraphCache<Uint8Array>(entries, { serde: BYTES, onError: throwing });
    broken = true;
    await untold.set([{ key, value: new Uint8Array([1]) }]);
    equal(await untold.get([key]), []);
    await fails(() => langgraphCache({} as never), "argument");
    await fails(() => langgraphCache(entries, { namespace: 7 as never }), "argument");
  });
};
