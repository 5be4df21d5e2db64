import fc from "fast-check";
import { langgraphStore } from "../../adapters/llm/langgraph.ts";
import { idOf, keyOf, namespaceOf, pathOf } from "../../adapters/llm/langgraph-names.ts";
import { AgentMemory, ConflictError, type MemoryOptions } from "../../src/memory/index.ts";
import { equal, fails, ok, rejection } from "../conformance/assert.ts";
import { cases } from "../depth.ts";
import type { Suite } from "../harness.ts";
import { anyText } from "./any-text.ts";
import { countingEmbedder, WORDS } from "./cache-fixtures.ts";

function opened(options: Partial<MemoryOptions> = {}): Promise<AgentMemory> {
  return AgentMemory.open({ embedder: WORDS, strict: true, ...options });
}

/** What might be taken for what it is spelt as. */
const piece = fc.constantFrom("%", "25", "2F", "23", "00", "/", "#", "\0", "%2F", "%252F", "%23", "%00", "a", "\ud800");
const hostile = fc.oneof(
  fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join("")),
  anyText({ maxLength: 8 }),
);

export const langgraphStoreTests: Suite = (test) => {
  test("every path has one namespace and every namespace one path; so have keys and ids", () => {
    const property = fc.property(
      fc.array(hostile, { minLength: 1, maxLength: 4 }),
      hostile,
      hostile,
      (path, key, name) => {
        equal(pathOf(namespaceOf(path)), path);
        equal(namespaceOf(pathOf(name)), name);
        const namespace = namespaceOf(path);
        equal(keyOf(namespace, idOf(namespace, key)), key);
        ok(!idOf(namespace, key).includes("\0") || namespace.includes("\0"), "no id has a NUL in it");
        const other = idOf(name, key);
        equal(other === idOf(namespace, key), name === namespace);
        ok(other.startsWith(idOf(name, "")), "the namespace can be told from the id");
      },
    );
    fc.assert(property, { numRuns: cases(2000) });
    const short = fc.array(fc.constantFrom("a", "#", "%", "23"), { maxLength: 4 }).map((pieces) => pieces.join(""));
    const pair = fc.tuple(short, short);
    const apart = fc.property(pair, pair, (one, other) => {
      equal(idOf(...one) === idOf(...other), one.join("\n") === other.join("\n"));
      if (one[0] !== other[0]) equal(keyOf(one[0], idOf(...other)), idOf(...other), "it is of another namespace");
    });
    fc.assert(apart, { numRuns: cases(3000) });
    equal(namespaceOf(["users", "ada"]), "users/ada");
    equal(namespaceOf(["100%", "a/b", "%2F"]), "100%/a%2Fb/%252F");
    equal(idOf("users/ada", "prefs"), "users/ada#prefs");
  });

  test("what is remembered directly is seen, changed and removed under its id", async () => {
    const memory = await opened();
    const store = langgraphStore(memory);
    const said = { namespace: "users/ada", content: "Ada drinks tea", metadata: { kind: "habit", n: 7 } };
    const fact = await memory.remember({ ...said, tier: "semantic" });
    const value = { content: "Ada drinks tea", kind: "habit", n: 7 };
    const item = {
      namespace: ["users", "ada"],
      key: fact.id,
      value,
      createdAt: new Date(fact.createdAt),
      updatedAt: new Date(fact.updatedAt),
    };
    equal(await store.get(["users", "ada"], fact.id), item);
    equal(await store.get(["users"], fact.id), null);
    equal(await store.get(["users", "ada"], fact.id.slice(0, 12)), null, "by the whole id alone");
    for (const filter of [{ kind: "habit" }, { content: "Ada drinks tea" }, { n: { $gt: 6 } }]) {
      equal(
        (await store.search(["users"], { filter })).map(({ key }) => key),
        [fact.id],
      );
    }
    equal(await store.search(["users"], { filter: { content: { $ne: "Ada drinks tea" } } }), []);
    await store.put(["users", "ada"], fact.id, { n: 8 });
    equal((await store.get(["users", "ada"], fact.id))?.value, { n: 8 });
    equal(
      (await memory.list({ namespace: "users/ada" })).map(({ id, content }) => [id, content]),
      [[fact.id, '{"n":8}']],
    );
    await store.delete(["users", "ada"], fact.id);
    equal(await memory.get("users/ada", fact.id), undefined);
  });

  test("what is put is recalled, filtered, edited and forgotten directly", async () => {
    const memory = await opened();
    const store = langgraphStore(memory, { fields: ["text"] });
    const value = { text: "Ada drinks tea", kind: "habit", deep: { list: [null, 1] }, none: null };
    await store.put(["users", "ada"], "drink", value);
    const { results } = await memory.recall({
      namespace: "users/ada",
      query: "who drinks tea",
      metadata: { kind: "habit" },
    });
    equal(
      results.map((result) => [result.memory.id, result.memory.content]),
      [["users/ada#drink", "Ada drinks tea"]],
    );
    await memory.update("users/ada", "users/ada#drink", { metadata: { kind: "past" } });
    const now = { ...value, kind: "past" } as Partial<typeof value>;
    delete now.none; // an update takes null for a removal
    equal((await store.get(["users", "ada"], "drink"))?.value, now);
    await memory.update("users/ada", "users/ada#drink", { content: "Ada drinks coffee" });
    equal((await store.get(["users", "ada"], "drink"))?.value, { ...now, content: "Ada drinks coffee" });
    await store.put(["users", "ada"], "drink", value);
    equal((await store.get(["users", "ada"], "drink"))?.value, value, "what is put anew is all there is");
    await store.put(["users", "ada"], "other", { text: "Ada has a cat", subject: "ada" });
    await memory.supersede("users/ada", "users/ada#drink", "users/ada#other");
    equal(await store.get(["users", "ada"], "drink"), null, "it is over");
    equal(
      (await store.search([])).map(({ key }) => key),
      ["other"],
    );
    await store.put(["users", "ada"], "drink", value);
    equal((await store.search([])).map(({ key }) => key).sort(), ["drink", "other"]);
    equal(await memory.forget({ subject: "ada" }), 1);
    equal(
      (await store.search([])).map(({ key }) => key),
      ["drink"],
    );
  });

  test("of a key and an id that are the same, the key is meant", async () => {
    let now = 1_000_000;
    const memory = await opened({ clock: () => now++ });
    const store = langgraphStore(memory, { fields: ["text"] });
    await store.put(["a"], "k", { text: "by key" });
    equal(await store.get(["a"], "a#k"), null, "what has a key is not meant by its id");
    await memory.remember({ namespace: "a", id: "k", content: "by id", tier: "semantic" });
    const texts = async (): Promise<unknown[]> =>
      (await store.search(["a"])).map(({ value }) => value.text ?? value.content);
    equal([(await store.get(["a"], "k"))?.value, await texts()], [{ text: "by key" }, ["by key", "by id"]]);
    await store.put(["a"], "k", { text: "again" });
    equal(await texts(), ["again", "by id"]);
    await store.delete(["a"], "k");
    equal([(await store.get(["a"], "k"))?.value, await texts()], [{ content: "by id" }, ["by id"]]);
    await store.delete(["a"], "k");
    equal(await texts(), []);
    await store.put(["b"], "k", { n: 1 });
    await memory.reassign("b", ["b#k"], "a");
    equal((await store.get(["a"], "b#k"))?.value, { n: 1 }, "what was moved has its whole id for a key");
    ok((await rejection(() => store.put(["b"], "k", {}))) instanceof ConflictError, "it is not taken away from there");
  });

  test("a namespace that a program wrote is a path, whatever it looks like", async () => {
    const memory = await opened();
    const store = langgraphStore(memory);
    const names = ["a//b", "/a", "a/", "100%", "a%2Fb", "a%252Fb", "user.name/x", "mail:ada"];
    for (const namespace of names)
      await memory.remember({ namespace, id: namespace, content: "tea", tier: "semantic" });
    for (let i = names.length; i < 12; i++)
      await memory.remember({ namespace: `${i}`, content: "tea", tier: "semantic" });
    equal([(await store.search([])).length, (await store.search([], { limit: 100 })).length], [10, 12]);
    const items = await store.search([], { limit: names.length });
    equal(
      items.map(({ namespace }) => namespace),
      names.map(pathOf),
    );
    for (const { namespace, key } of items) equal((await store.get(namespace, key))?.key, key);
    equal((await store.listNamespaces()).length, 12);
    for (const { namespace, key } of await store.search([], { limit: 100 })) await store.delete(namespace, key);
    equal(await memory.namespaces(), []);
  });

  test("one batch is one call of the embedder", async () => {
    const embedder = countingEmbedder();
    const calls: number[] = [];
    const embed = (texts: readonly string[]): Float32Array[] => {
      calls.push(texts.length);
      return embedder.embed(texts);
    };
    const store = langgraphStore(await opened({ embedder: { ...embedder, embed } }), { fields: ["text", "title"] });
    await store.batch([
      { namespace: ["a"], key: "1", value: { text: "one", title: "first" } },
      { namespace: ["b"], key: "2", value: { text: "two" } },
      { namespace: ["b"], key: "3", value: { text: "three" }, index: false },
      { namespace: ["b"], key: "4", value: { other: "four" } },
      { namespace: ["b"], key: "5", value: { text: " ", title: "\u200b\u0007" } },
      { namespace: ["b"], key: "6", value: {}, index: ["$"] },
      { namespace: ["b"], key: "7", value: { text: " " } },
    ]);
    equal([calls, embedder.embedded.slice(0, 2)], [[4], ["one\nfirst", "two"]]);
  });

  test("items live as long as they are told to, longer where they are found by their meaning", async () => {
    let now = 1_000_000;
    const memory = await opened({ clock: () => now });
    const store = langgraphStore(memory, { fields: ["text"], ttl: 1000 });
    for (const key of ["tea", "rain"]) await store.put(["a"], key, { text: key });
    const alive = async (): Promise<string[]> => (await store.search(["a"])).map(({ key }) => key);
    now += 600;
    await store.search(["a"], { query: "tea", limit: 1 });
    await memory.flush();
    now += 400;
    equal([await alive(), await store.get(["a"], "rain")], [["tea"], null]);
    await store.put(["a"], "rain", { text: "rain" });
    equal((await store.get(["a"], "rain"))?.createdAt.getTime(), now, "one that is over begins anew");
    now += 600;
    equal(await alive(), ["rain"]);
  });

  test("by relevance, words and worth count", async () => {
    const memory = await opened();
    const byMeaning = langgraphStore(memory, { fields: ["text"] });
    const byRelevance = langgraphStore(memory, { fields: ["text"], ranking: "relevance" });
    await byMeaning.batch([
      { namespace: ["a"], key: "near", value: { text: "tea in the morning at home" } },
      { namespace: ["a"], key: "word", value: { text: "zanzibar" }, index: false },
      { namespace: ["a"], key: "far", value: { text: "a b c d e f g h i j" } },
    ]);
    const query = "tea zanzibar";
    const [first, , last] = await byRelevance.search(["a"], { query });
    equal([first!.key, last!.key, last!.score], ["word", "far", undefined]);
    equal(
      (await byMeaning.search(["a"], { query })).map(({ key }) => key),
      ["near", "far", "word"],
    );
  });

  test("secrets are taken out of values, unless the memory keeps them", async () => {
    const secret = `sk-proj-${"a1B2c3D4".repeat(6)}`;
    for (const redact of [undefined, false] as const) {
      const store = langgraphStore(await opened(redact === false ? { redact } : {}));
      await store.put(["a"], "k", { deep: [`the key is ${secret}`] });
      const kept = JSON.stringify((await store.get(["a"], "k"))?.value);
      equal(kept.includes(secret), redact === false, kept);
    }
  });

  test("what cannot be meant is refused before anything is done", async () => {
    const memory = await opened();
    const store = langgraphStore(memory);
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    const good = { namespace: ["a"], key: "k", value: {} };
    const bad: object[] = [
      { value: [] },
      { value: "text" },
      { value: undefined },
      { value: circle },
      { value: { text: "x".repeat(2 ** 16) } },
      { key: 7 },
      { key: "k".repeat(512) },
      { namespace: "a" },
      { namespace: ["x".repeat(300)] },
    ];
    for (const one of bad) await fails(() => store.batch([good, { ...good, key: "l", ...one }] as never), "argument");
    equal(await memory.namespaces(), []);
    await store.batch([good]);
    const condition = { matchType: "middle" as never, path: [] };
    await fails(() => store.batch([{ matchConditions: [condition], limit: 1, offset: 0 }]), "argument");
    await fails(() => langgraphStore({} as never), "argument");
    await fails(() => langgraphStore(memory, { fields: "text" as never }), "argument");
    await fails(() => langgraphStore(memory, { fields: [7] as never }), "argument");
    await fails(() => langgraphStore(memory, { ranking: "magic" as never }), "argument");
  });

  test("it is told to start and to stop, and leaves the memory to whom it belongs", async () => {
    const memory = await opened();
    const store = langgraphStore(memory);
    store.start();
    await store.put(["a"], "k", { n: 1 });
    store.stop();
    equal((await store.get(["a"], "k"))?.value, { n: 1 });
    await memory.close();
    await fails(() => store.get(["a"], "k"), "closed");
  });
};
