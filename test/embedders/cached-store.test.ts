import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cachedEmbedder } from "../../adapters/embedders/cached.ts";
import { bunSqlite, sqliteStore } from "../../adapters/stores/sqlite-index.ts";
import { type Embedder, memoryStore, type Store } from "../../src/index.ts";
import { equal, fails, ok, rejection } from "../conformance/assert.ts";
import { testEmbedder } from "../conformance/embedder.ts";
import type { Suite } from "../harness.ts";

const words = testEmbedder({ dimensions: 8 });

function counting(): { embedder: Embedder; calls: (readonly string[])[] } {
  const calls: (readonly string[])[] = [];
  const embed = async (texts: readonly string[]): Promise<Float32Array[]> => {
    calls.push(texts);
    return words.embed(texts);
  };
  return { embedder: { ...words, embed }, calls };
}

/** The runtime's own SQLite. */
async function openFile(path: string): Promise<Store> {
  if (!("Bun" in globalThis)) return sqliteStore(path);
  const { Database } = await import("bun:sqlite" as string);
  return sqliteStore(bunSqlite(new Database(path)));
}

/** A store some of whose methods do something else. */
function with_(methods: Partial<Store>): Store {
  const store = memoryStore();
  return new Proxy(store as Store, {
    get: (_, name: keyof Store) => methods[name] ?? (store[name] as () => unknown)?.bind?.(store) ?? store[name],
  });
}

const down = async (): Promise<never> => {
  throw new Error("the store is down");
};
const silent = (): Promise<never> => new Promise(() => {});

export const keptTests: Suite = (test) => {
  test("in a file vectors outlive the program, to the bit", async () => {
    const folder = await mkdtemp(join(tmpdir(), "mneme-embedder-"));
    try {
      const texts = ["a", "", "¿qué? 🦜", "x".repeat(20_000), "lone \ud800", "nul \0", "a b", "a  b"];
      const long: Embedder = {
        ...words,
        embed: (some) => words.embed(some).map((vector) => vector.map((number) => number * 1000)), // not of length 1
      };
      const store = await openFile(join(folder, "embeddings.db"));
      const first = await cachedEmbedder(long, { store }).embed(texts);
      await store.close();
      const again = await openFile(join(folder, "embeddings.db"));
      const calls: (readonly string[])[] = [];
      const embed: Embedder["embed"] = (some) => {
        calls.push(some);
        return long.embed(some);
      };
      const vectors = await cachedEmbedder({ ...long, embed }, { store: again }).embed([...texts, "new"]);
      equal(vectors, [...first, ...(await long.embed(["new"]))]);
      equal(
        calls.flat().filter((text) => !text.startsWith("lone")),
        ["new"],
        "only what is new",
      );
      await again.close();
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test("many texts, of which some are there", async () => {
    const store = memoryStore();
    const texts = Array.from({ length: 350 }, (_, i) => `text ${i}`);
    await cachedEmbedder(counting().embedder, { store }).embed(texts.filter((_, i) => i % 3 > 0));
    const { embedder, calls } = counting();
    equal(await cachedEmbedder(embedder, { store, maxEntries: 0 }).embed(texts), words.embed(texts));
    equal(calls, [texts.filter((_, i) => i % 3 === 0)], "one call");
    equal(store.count(), 350);
  });

  test("what is in memory is not looked up", async () => {
    let gets = 0;
    const store = with_({ get: () => void gets++ as undefined });
    const cached = cachedEmbedder(counting().embedder, { store });
    await cached.embed(["a", "b"]);
    equal(await cached.embed(["a", "b"]), words.embed(["a", "b"]));
    equal(gets, 2);
  });

  for (const [trouble, methods] of Object.entries<Partial<Store>>({
    "cannot be opened": { open: down },
    "throws at once": {
      open: () => {
        throw new Error("the store is down");
      },
    },
    "cannot be read": { get: down },
    "cannot be written": { commit: down },
    "does not open": { open: silent },
    "does not answer": { get: silent },
    "does not keep": { commit: silent },
  })) {
    test(`a store that ${trouble} costs the reuse, not the embedding`, async () => {
      const told: unknown[] = [];
      const onError = (error: unknown): never => {
        told.push(error);
        throw new Error("watching");
      };
      const { embedder } = counting();
      const cached = cachedEmbedder(embedder, { store: with_(methods), storeTimeout: 50, onError });
      equal(await cached.embed(["a", "b"]), words.embed(["a", "b"]));
      equal(await cached.embed(["a", "c"]), words.embed(["a", "c"]));
      ok(told.length > 0 && told.every((error) => error instanceof Error), "it is told of");
    });
  }

  test("a store that comes back is used again", async () => {
    const store = memoryStore();
    let isDown = true;
    const open: Store["open"] = (identity) => (isDown ? down() : store.open(identity));
    const flaky = new Proxy(store as Store, {
      get: (_, name: keyof Store) => (name === "open" ? open : (store[name] as () => unknown)?.bind?.(store)),
    });
    const cached = cachedEmbedder(counting().embedder, { store: flaky });
    await cached.embed(["a"]);
    isDown = false;
    await cached.embed(["b"]);
    equal(store.count(), 1);
  });

  test("a store that another embedder filled is not used, and it is told", async () => {
    const store = memoryStore();
    await cachedEmbedder(words, { store: store as Store }).embed(["a"]);
    const told: { code?: string }[] = [];
    const other = testEmbedder({ dimensions: 9 });
    const onError = (error: unknown): void => void told.push(error as { code?: string });
    equal(await cachedEmbedder(other as Embedder, { store, onError }).embed(["a"]), other.embed(["a"]));
    equal(
      told.map(({ code }) => code),
      ["fingerprint", "fingerprint"],
    );
  });

  test("what cannot be a vector of this text is not used", async () => {
    const good = memoryStore();
    await cachedEmbedder(words as Embedder, { store: good }).embed(["a"]);
    const [entry] = [...good.scan()];
    const spoilt = [
      { vector: null },
      { vector: new Float32Array(7) },
      { vector: new Float32Array(8).fill(Number.NaN) },
      { text: "another text of this key" },
    ];
    for (const change of spoilt) {
      const { embedder, calls } = counting();
      const store = with_({ get: () => ({ ...entry!, vector: new Float32Array(8).fill(1), ...change }) });
      equal(await cachedEmbedder(embedder, { store }).embed(["a"]), words.embed(["a"]), JSON.stringify(change));
      equal(calls.length, 1);
    }
  });

  test("the embedder's failures are its own, and nothing is kept of them", async () => {
    const store = memoryStore();
    const failing: Embedder = { ...words, embed: down };
    const error = (await rejection(() => cachedEmbedder(failing, { store }).embed(["a"]))) as Error;
    equal([error.message, store.count()], ["the store is down", 0]);
    await fails(() => cachedEmbedder({ ...words, embed: async () => [] }, { store }).embed(["a"]), "dimension");
    equal(store.count(), 0);
  });

  test("when all have left while the store is read, nothing is embedded", async () => {
    let answer: () => void = () => {};
    const get = (): Promise<undefined> => new Promise((resolve) => (answer = () => resolve(undefined)));
    const { embedder, calls } = counting();
    const stop = new AbortController();
    const call = cachedEmbedder(embedder, { store: with_({ get }) }).embed(["a"], { signal: stop.signal });
    setTimeout(() => stop.abort(new Error("left")), 1);
    equal(((await rejection(() => call)) as Error).message, "left");
    answer();
    await new Promise((resolve) => setTimeout(resolve, 5));
    equal(calls.length, 0);
  });

  test("bad arguments are refused", async () => {
    const store = memoryStore();
    for (const options of [{ namespace: "" }, { storeTimeout: 0 }, { onError: 1 }])
      await fails(() => cachedEmbedder(words as Embedder, { store, ...options } as never), "argument");
  });
};
