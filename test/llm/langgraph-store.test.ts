import fc from "fast-check";
import { langgraphStore } from "../../adapters/llm/langgraph.ts";
import { AgentMemory } from "../../src/memory/index.ts";
import { equal, fails, ok, rejection } from "../conformance/assert.ts";
import { testEmbedder } from "../conformance/embedder.ts";
import { cases } from "../depth.ts";
import type { Suite } from "../harness.ts";
import { anyText } from "../unit/any-text.ts";
import type { Embeddings, Graphs, loadCheckpoint, NodeStore, OwnStore } from "./langchain-sdk.ts";

type Checkpoint = Awaited<ReturnType<typeof loadCheckpoint>>;

interface Item {
  namespace: string[];
  key: string;
  value: object;
  createdAt: Date;
  updatedAt: Date;
  score?: number;
}

type Operation =
  | { namespace: string[]; key: string }
  | { namespace: string[]; key: string; value: object | null; index?: false | string[] }
  | { namespacePrefix: string[]; filter?: object; query?: string; limit?: number; offset?: number }
  | { matchConditions?: object[]; maxDepth?: number; limit: number; offset: number };

const EMBEDDER = testEmbedder({ dimensions: 64 });

const EMBEDDINGS: Embeddings = {
  embedQuery: async (text) => [...EMBEDDER.embed([text])[0]!],
  embedDocuments: async (texts) => EMBEDDER.embed(texts).map((vector) => [...vector]),
};

const LABELS = ["a", "b", "A", "a/b", "/", "%2F", "%252F", "a#b", "#", "*", "😀", "x y", "langgraph", "__proto__"];
/** None with ":", which theirs takes for what stands between labels, also in a key. */
const KEYS = ["k", "K", "", " k", "#", "a#k", "k/%00", "\ud800", "__proto__", "constructor", "k".repeat(400)];
const WORDS = ["tea", "coffee", "rain", "Lisbon", "cat", "two"];

const label = fc.oneof(
  { arbitrary: fc.constantFrom(...LABELS), weight: 5 },
  { arbitrary: anyText({ minLength: 1, maxLength: 5 }).filter((text) => !/[.:\0]/.test(text)), weight: 1 },
);
const path = fc.oneof(
  { arbitrary: fc.constantFrom<string[]>(["a"], ["a", "b"], ["a", "b", "A"], ["b"], ["a/b"]), weight: 4 },
  { arbitrary: fc.array(label, { minLength: 1, maxLength: 3 }), weight: 1 },
);
const key = fc.oneof(
  { arbitrary: fc.constantFrom("k", "K", "l"), weight: 3 },
  { arbitrary: fc.constantFrom(...KEYS), weight: 1 },
);
const words = fc.array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 4 }).map((all) => all.join(" "));
const plain = fc.constantFrom<unknown>("x", "y", "10", "9", 1, 9, 10, -1, 0.5, true, false, null, "");
const value = fc
  .tuple(
    fc.dictionary(
      fc.oneof(fc.constantFrom("content", "__proto__", "toString"), anyText({ maxLength: 3 })),
      fc.jsonValue(),
      {
        maxKeys: 3,
      },
    ),
    fc.record({ t: words, u: words, f: plain, g: plain, o: fc.jsonValue() }, { requiredKeys: [] }),
  )
  .map((parts) => Object.fromEntries(parts.flatMap((part) => Object.entries(part))));
const sign = fc.constantFrom("$eq", "$ne", "$gt", "$gte", "$lt", "$lte");
const signs = fc.dictionary(sign, plain, { maxKeys: 2 });
const oneOf = fc.dictionary(fc.constantFrom("$in", "$nin"), fc.oneof(fc.array(plain, { maxLength: 3 }), plain), {
  maxKeys: 2,
});
const wanted = fc.oneof<fc.Arbitrary<unknown>[]>(plain, signs, oneOf, fc.constantFrom({ $huh: 1 }, ["x"], { a: 1 }));
const filter = fc.dictionary(fc.constantFrom("f", "g", "t", "content", "o", "none"), wanted, { maxKeys: 2 });

const operation = fc.oneof(
  { arbitrary: fc.record({ namespace: path, key }), weight: 2 },
  {
    arbitrary: fc.record(
      {
        namespace: path,
        key,
        value: fc.oneof({ arbitrary: value, weight: 4 }, { arbitrary: fc.constant(null), weight: 1 }),
        index: fc.constantFrom<false | string[]>(false, ["u"], []),
      },
      { requiredKeys: ["namespace", "key", "value"] },
    ),
    weight: 6,
  },
  {
    arbitrary: fc.record(
      {
        namespacePrefix: fc.oneof(fc.constant([]), path),
        filter,
        query: fc.oneof(words, fc.constant("")),
        limit: fc.nat(5),
        offset: fc.nat(4),
      },
      { requiredKeys: ["namespacePrefix"] },
    ),
    weight: 4,
  },
  {
    arbitrary: fc.record(
      {
        matchConditions: fc.array(
          fc.record({ matchType: fc.constantFrom("prefix", "suffix"), path: fc.array(label, { maxLength: 2 }) }),
          { maxLength: 2 },
        ),
        maxDepth: fc.integer({ min: 1, max: 3 }),
        limit: fc.nat(5),
        offset: fc.nat(3),
      },
      { requiredKeys: ["matchConditions", "limit", "offset"] },
    ),
    weight: 1,
  },
) as fc.Arbitrary<Operation>;

export const langgraphStoreTests =
  ({ InMemoryStore }: Checkpoint, graphs: Graphs): Suite =>
  (test) => {
    test("it does what LangGraph's own store does, for any batches", async () => {
      const Mended = mended(InMemoryStore);
      await fc.assert(
        fc.asyncProperty(fc.array(fc.array(operation, { maxLength: 5 }), { maxLength: 12 }), async (batches) => {
          let now = 1_700_000_000_000;
          const memory = await opened({ clock: () => now });
          const ours = langgraphStore(memory, { fields: ["t"] });
          const theirs = new Mended({ index: { dims: 64, embeddings: EMBEDDINGS, fields: ["t"] } });
          const order = new Order();
          for (const batch of batches) {
            now += 1000;
            const expected = await at(now, () => theirs.batch(batch.map(whole)));
            const got = (await ours.batch(batch as never)) as unknown[];
            equal(got.length, batch.length);
            for (const [i, one] of batch.entries()) {
              if ("namespacePrefix" in one) sameFound(got[i] as Item[], order.sorted(expected[i] as Item[]), one);
              else equal(shown(got[i]), shown(expected[i]), JSON.stringify(one));
            }
            order.write(batch);
          }
          await memory.close();
        }),
        { numRuns: cases(300) },
      );
    });

    test("it filters as theirs does, whatever the values and the signs", async () => {
      const item = fc.record({ f: plain, g: plain }, { requiredKeys: [] });
      const filters = fc.array(fc.dictionary(fc.constantFrom("f", "g"), wanted, { minKeys: 1, maxKeys: 2 }), {
        minLength: 8,
        maxLength: 8,
      });
      await fc.assert(
        fc.asyncProperty(fc.array(item, { minLength: 6, maxLength: 6 }), filters, async (values, filters) => {
          const [theirs, ours] = await both(InMemoryStore);
          const puts = values.map((value, i) => ({ namespace: ["a"], key: `${i}`, value }));
          const searches = filters.map((filter) => ({ namespacePrefix: ["a"], filter }));
          for (const store of [theirs, ours]) await store.batch(puts);
          const [expected, got] = await Promise.all([theirs.batch(searches), ours.batch(searches)]);
          for (const [i, { filter }] of searches.entries()) {
            equal(keysOf(got[i]), keysOf(expected[i]), JSON.stringify([values, filter]));
          }
        }),
        { numRuns: cases(200) },
      );
    });

    test("it lists namespaces as theirs does", async () => {
      const short = fc.constantFrom("a", "b", "c");
      const condition = fc.record({
        matchType: fc.constantFrom("prefix", "suffix"),
        path: fc.array(fc.oneof(short, fc.constant("*")), { maxLength: 3 }),
      });
      const paths = fc.array(fc.oneof(fc.array(short, { minLength: 1, maxLength: 4 }), path), { maxLength: 8 });
      const lists = fc.array(fc.tuple(fc.array(condition, { maxLength: 2 }), fc.integer({ min: 1, max: 4 })), {
        maxLength: 8,
      });
      await fc.assert(
        fc.asyncProperty(paths, lists, async (paths, lists) => {
          const [theirs, ours] = await both(InMemoryStore);
          const puts = paths.map((namespace) => ({ namespace, key: "k", value: {} }));
          for (const store of [theirs, ours]) await store.batch(puts);
          for (const [matchConditions, maxDepth] of lists) {
            const list = { matchConditions, maxDepth, limit: 100, offset: 0 };
            equal(await ours.batch([list]), await theirs.batch([list]), JSON.stringify(list));
          }
        }),
        { numRuns: cases(200) },
      );
    });

    test("what theirs does otherwise than it says is right here", async () => {
      const [theirs, ours] = await both(InMemoryStore);
      const batch = async (operations: object[]): Promise<[unknown[], unknown[]]> => [
        await theirs.batch(operations),
        await ours.batch(operations),
      ];
      // a key with ":" is taken for one of a namespace below
      await batch([
        { namespace: ["a"], key: "b:k", value: { n: 1 } },
        { namespace: ["a", "b"], key: "k", value: { n: 2 } },
      ]);
      const [[lost], [found]] = await batch([{ namespace: ["a"], key: "b:k" }]);
      equal([lost, (found as Item).value], [null, { n: 1 }]);
      // what was read changes with what is written in the same batch
      const change = { namespace: ["a", "b"], key: "k", value: { n: 3 } };
      const [[theirItem], [ourItem]] = await batch([{ namespace: ["a", "b"], key: "k" }, change]);
      equal([(theirItem as Item).value, (ourItem as Item).value], [{ n: 3 }, { n: 2 }]);
      // what is not to be embedded any more is still found by what it said
      const item = { namespace: ["v"], key: "k", value: { t: "tea" } };
      await batch([item]);
      await batch([{ ...item, index: false }]);
      const [[theirs1], [ours1]] = await batch([{ namespacePrefix: ["v"], query: "tea" }]);
      equal([(theirs1 as Item[])[0]!.score! > 0.99, (ours1 as Item[])[0]!.score], [true, undefined]);
      // a namespace that has nothing is listed
      await batch([{ ...item, value: null }]);
      const [[theirs2], [ours2]] = await batch([{ matchConditions: [], limit: 9, offset: 0 }]);
      const lists = (paths: unknown): boolean => (paths as string[][]).some(([root]) => root === "v");
      equal([lists(theirs2), lists(ours2)], [true, false]);
      // what has no score is on every page
      const puts = ["1", "2", "3"].map((key) => ({ namespace: ["p"], key, value: { n: key } }));
      await batch(puts);
      const pages = [0, 2].map((offset) => ({ namespacePrefix: ["p"], query: "tea", limit: 2, offset }));
      const [theirs3, ours3] = await batch(pages);
      equal(
        [theirs3.map(keysOf), ours3.map(keysOf)],
        [
          [
            ["1", "2"],
            ["1", "2"],
          ],
          [["1", "2"], ["3"]],
        ],
      );
    });

    test("the same is embedded of a value, whatever the paths", async () => {
      const told: string[] = [];
      const embed = (texts: readonly string[]) => {
        told.push(...texts);
        return EMBEDDER.embed(texts);
      };
      const ours = langgraphStore(await opened({ embedder: { ...EMBEDDER, embed } }));
      const paths = [
        "t",
        "o.p",
        "l[0]",
        "l[-1].p",
        "l[*].p",
        "l[*]",
        "*",
        "o.*",
        "{t,o.p}",
        "{none, t}",
        "l[x]",
        "toString",
        "o.constructor",
        "$",
        "n",
        "none",
        "l[9]",
      ];
      const leaf = fc.oneof(words, fc.integer({ min: 0, max: 9 }), fc.boolean(), fc.constant(null));
      const some = fc.record(
        { t: leaf, n: leaf, o: fc.record({ p: leaf, q: leaf }), l: fc.array(fc.oneof(leaf, fc.record({ p: leaf }))) },
        { requiredKeys: [] },
      );
      await fc.assert(
        fc.asyncProperty(some, fc.constantFrom(...paths), async (value, path) => {
          const texts: string[] = [];
          const embedDocuments = (all: string[]) => {
            texts.push(...all);
            return EMBEDDINGS.embedDocuments(all);
          };
          const index = { dims: 64, embeddings: { ...EMBEDDINGS, embedDocuments }, fields: [] };
          const put = { namespace: ["n"], key: crypto.randomUUID(), value, index: [path] };
          await new InMemoryStore({ index }).batch([put]);
          told.length = 0;
          await ours.batch([put]);
          // The one text of ours has what theirs embeds one by one, JSON without white space; null is no text.
          const compact = texts
            .filter((text) => text !== "null")
            .map((text) => (/^[{[]/.test(text) ? JSON.stringify(JSON.parse(text)) : text));
          equal(told.flatMap((text) => text.split("\n")).sort(), [...new Set(compact)].sort(), path);
        }),
        { numRuns: cases(200) },
      );
    });

    test("what it refuses, they refuse too", async () => {
      const theirs = new InMemoryStore({ index: { dims: 64, embeddings: EMBEDDINGS, fields: ["t"] } }) as OwnStore &
        NodeStore;
      const memory = await opened();
      const ours = langgraphStore(memory);
      for (const path of [
        [],
        [""],
        ["a", ""],
        ["a.b"],
        ["a", "b:c"],
        ["\0"],
        ["langgraph"],
        ["langgraph", "a"],
        [7 as never],
      ]) {
        for (const store of [theirs, ours]) {
          const error = await rejection(() => store.put(path, "k", { t: "tea" }));
          ok(error instanceof Error, String(error));
        }
        await fails(() => ours.put(path, "k", {}), "argument");
      }
      const good = { namespace: ["a"], key: "k", value: { t: "tea" } };
      for (const store of [theirs, ours]) {
        await rejection(() => store.batch([good, { ...good, namespace: ["a.b"] }]));
        equal(await store.get(["a"], "k"), null as never, "nothing of the batch was done");
      }
      await memory.close();
    });

    test("nodes of a graph put, search, get and delete by config.store", async () => {
      const memory = await opened();
      const calls: unknown[] = [];
      const run = graphOf(graphs, langgraphStore(memory, { fields: ["text"] }), async ({ text }, { store }) => {
        const found = await store.search(["users", "ada"], { query: text, limit: 1 });
        if (text.startsWith("I ")) await store.put(["users", "ada"], text.split(" ").at(-1)!, { text });
        if (text === "forget") await store.delete(["users", "ada"], "tea");
        calls.push(await store.get(["users", "ada"], "tea"));
        return { text: found.map(({ value }) => (value as { text: string }).text).join() };
      });
      equal(await run("I drink tea"), "");
      equal(await run("I have a cat"), "I drink tea");
      equal(await run("who has a cat"), "I have a cat");
      const { results } = await memory.recall({ namespace: "users/ada", query: "drink tea", limit: 1 });
      equal(results[0]?.memory.content, "I drink tea", "the same memory is recalled directly");
      await memory.remember({ namespace: "users/ada", content: "I live in Lisbon", tier: "semantic" });
      equal(await run("who live in Lisbon"), "", "it is found: what it says stands at another name");
      equal(await run("forget"), "I drink tea");
      equal(
        calls.map((item) => (item as Item | null)?.value),
        [...Array(4).fill({ text: "I drink tea" }), undefined],
      );
    });

    test("what LangGraph's nodes cannot do with any store", async () => {
      const memory = await opened();
      const errors: unknown[] = [];
      const run = graphOf(graphs, langgraphStore(memory), async ({ text }, { store }) => {
        await store.put(["a"], "k", { text }, false);
        errors.push(await rejection(() => store.listNamespaces()));
        return { text };
      });
      await run("tea");
      const id = (await memory.list({ namespace: "a" }))[0]!.id;
      ok(
        (await memory.vector("a", id)) !== null,
        "LangGraph 1.4 drops what a node says of index: docs/langchain.md tells it",
      );
      ok(String(errors[0]).includes("batch"), String(errors[0]));
    });
  };

/** Theirs and ours, empty, that embed what stands at "t". */
async function both(InMemoryStore: Checkpoint["InMemoryStore"]): Promise<[OwnStore, Pick<OwnStore, "batch">]> {
  const theirs = new InMemoryStore({ index: { dims: 64, embeddings: EMBEDDINGS, fields: ["t"] } });
  const ours = langgraphStore(await opened(), { fields: ["t"] });
  return [theirs, ours as never];
}

function keysOf(items: unknown): string[] {
  return (items as Item[]).map(({ key }) => key);
}

/** LangGraph's own, without the mistakes that a test above pins. */
function mended(InMemoryStore: Checkpoint["InMemoryStore"]): Checkpoint["InMemoryStore"] {
  return class extends (InMemoryStore as unknown as new (options: object) => OwnStore) {
    override getOperation(operation: Item) {
      return structuredClone(super.getOperation(operation));
    }

    override extractTexts(operations: readonly Item[]) {
      for (const { namespace, key } of operations) this.vectors.get(namespace.join(":"))?.delete(key);
      return super.extractTexts(operations);
    }

    override putOperation(operation: Item) {
      super.putOperation(operation);
      const namespace = operation.namespace.join(":");
      if (this.data.get(namespace)?.size === 0) this.data.delete(namespace);
    }
  } as never;
}

/** When which item was first stored; theirs knows it within each namespace alone. */
class Order {
  readonly #numbers = new Map<string, number>();
  #next = 0;

  write(batch: readonly Operation[]): void {
    const last = new Map<string, boolean>();
    for (const one of batch) if ("value" in one) last.set(nameOf(one), one.value !== null);
    for (const [name, isPut] of last) {
      if (!isPut) this.#numbers.delete(name);
      else if (!this.#numbers.has(name)) this.#numbers.set(name, this.#next++);
    }
  }

  /** Best first, then those without a score as they were stored. */
  sorted(items: readonly Item[]): Item[] {
    const scored = items.filter(({ score }) => score !== undefined);
    const rest = items.filter(({ score }) => score === undefined);
    const numberOf = (item: Item): number => this.#numbers.get(nameOf(item))!;
    return [...scored, ...rest.sort((a, b) => numberOf(a) - numberOf(b))];
  }
}

const nameOf = ({ namespace, key }: { namespace: string[]; key: string }): string => JSON.stringify([namespace, key]);

/** Everything, as what is equally like the query may stand in any order. */
function whole(operation: Operation): object {
  return "namespacePrefix" in operation ? { ...operation, limit: 1000, offset: 0 } : operation;
}

const CLOSE = 1e-4;

function sameFound(got: Item[], all: Item[], operation: { limit?: number; offset?: number }): void {
  const { limit = 10, offset = 0 } = operation;
  const page = all.slice(offset, offset + limit);
  equal(got.length, page.length, JSON.stringify(operation));
  const byName = new Map(all.map((item) => [nameOf(item), item]));
  equal(new Set(got.map(nameOf)).size, got.length, "each once");
  for (const [i, item] of got.entries()) {
    const same = byName.get(nameOf(item))!;
    const { score: placed } = page[i]!;
    equal(shown({ ...item, score: 0 }), shown({ ...same, score: 0 }));
    if (placed === undefined) equal([nameOf(item), item.score], [nameOf(page[i]!), undefined]);
    else {
      ok(Math.abs(item.score! - same.score!) < CLOSE, `${item.score} is not ${same.score}`);
      ok(Math.abs(same.score! - placed) < CLOSE, `${nameOf(item)} is at the place of ${nameOf(page[i]!)}`);
    }
  }
}

/** With times as numbers, as two Dates are never told apart. */
function shown(answer: unknown): unknown {
  if (typeof answer !== "object" || answer === null || Array.isArray(answer)) return answer;
  const { createdAt, updatedAt, ...item } = answer as Item;
  ok(createdAt instanceof Date && updatedAt instanceof Date, "times are Dates");
  return { ...item, createdAt: createdAt.getTime(), updatedAt: updatedAt.getTime() };
}

/** Theirs has no clock but the runtime's. */
async function at<T>(now: number, run: () => Promise<T>): Promise<T> {
  const Real = Date;
  globalThis.Date = class extends Real {
    constructor(...args: []) {
      super(...((args.length === 0 ? [now] : args) as []));
    }
  } as DateConstructor;
  try {
    return await run();
  } finally {
    globalThis.Date = Real;
  }
}

function opened(options: object = {}): Promise<AgentMemory> {
  return AgentMemory.open({ embedder: EMBEDDER, redact: false, strict: true, ...options });
}

function graphOf(
  { START, END, Annotation, StateGraph }: Graphs,
  store: object,
  node: Parameters<InstanceType<Graphs["StateGraph"]>["addNode"]>[1],
) {
  const state = Annotation.Root({ text: Annotation() });
  const graph = new StateGraph(state)
    .addNode("node", node)
    .addEdge(START, "node")
    .addEdge("node", END)
    .compile({ store });
  return async (text: string): Promise<string> => (await graph.invoke({ text })).text;
}
