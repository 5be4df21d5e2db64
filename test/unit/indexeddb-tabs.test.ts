import { indexedDBStore } from "../../adapters/stores/indexeddb.ts";
import { MnemeError, SemanticCache, type Store } from "../../src/index.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import { IDENTITY, newEntry, putOne } from "../conformance/store-under-test.ts";
import type { Suite } from "../harness.ts";
import { OTHER, PARAPHRASE, QUESTION, WORDS } from "./cache-fixtures.ts";
import { drop, newName, until } from "./indexeddb-fixtures.ts";

const LINE = "mneme-test-tabs";
const ROUNDS = 40;

/** What one tab can ask of the other. */
const COMMANDS = {
  async hello(): Promise<string> {
    return "here";
  },
  /** The versions its commits made. */
  async overwrite(name: string): Promise<number[]> {
    return withStore(name, overwrite);
  },
  async increment(name: string): Promise<void> {
    await withStore(name, increment);
  },
  async put(name: string, query: string, response: string): Promise<number> {
    return withCache(name, (cache) => cache.put(query, response));
  },
  async delete(name: string, query: string): Promise<boolean> {
    return withCache(name, (cache) => cache.delete(query));
  },
  drop,
};
type Commands = typeof COMMANDS;

/** The second tab: does what the first one asks for. */
export function serveTab(): void {
  const line = new BroadcastChannel(LINE);
  line.onmessage = async ({ data }) => {
    const { call, command, args } = data as { call?: number; command: keyof Commands; args: never[] };
    if (call === undefined) return;
    try {
      const answer = await (COMMANDS[command] as (...args: never[]) => Promise<unknown>)(...args);
      line.postMessage({ answered: call, answer });
    } catch (error) {
      line.postMessage({ answered: call, failure: String(error) });
    }
  };
}

/** Two tabs of one browser, on one database. This one asks, `serveTab` runs in the other. */
export const tabTests: Suite = (test) => {
  test("two tabs that write one key make one row, and no version is lost", async () => {
    const name = newName();
    const store = await openStore(name);
    const [here, there] = await Promise.all([overwrite(store), ask("overwrite", name)]);
    for (const versions of [here, there]) {
      equal(versions.length, ROUNDS);
      ok(
        versions.every((version, i) => i === 0 || version > versions[i - 1]!),
        `they rise: ${versions}`,
      );
    }
    const all = [...here, ...there].sort((a, b) => a - b);
    equal(
      all,
      Array.from({ length: 2 * ROUNDS }, (_, i) => i + 1),
    );
    equal([await store.count(), await store.version()], [1, 2 * ROUNDS]);
    equal((await store.get("n", "k"))?.revision, 2 * ROUNDS);
    await store.close();
    await drop(name);
  });

  test("no update is lost between two tabs that count", async () => {
    const name = newName();
    const store = await openStore(name);
    await Promise.all([increment(store), ask("increment", name)]);
    equal((await store.get("n", "k"))?.value, String(2 * ROUNDS));
    await store.close();
    await drop(name);
  });

  test("a tab hears of every commit in the other, and the feed tells what it was", async () => {
    const name = newName();
    const store = await openStore(name);
    const heard: number[] = [];
    store.watch!((version) => heard.push(version));
    const there = await ask("overwrite", name);
    await until(() => heard.length === ROUNDS);
    equal(heard, there);
    const feed = await store.changesSince(0);
    equal(
      feed?.puts.map(({ value }) => value),
      [String(ROUNDS - 1)],
    );
    await store.close();
    await drop(name);
  });

  test("what one tab puts or deletes, the other's cache finds or forgets, by its meaning and without reopening", async () => {
    const name = newName();
    const cache = await SemanticCache.open({ embedder: WORDS, path: name });
    equal(await cache.get(PARAPHRASE), undefined);
    const id = await ask("put", name, QUESTION, "from the other tab");
    await until(() => cache.get(PARAPHRASE));
    const hit = await cache.get(PARAPHRASE);
    equal([hit?.layer, hit?.id, hit?.response], ["semantic", id, "from the other tab"]);
    await Promise.all([
      ...Array.from({ length: 10 }, (_, i) => cache.put(`${i} here`, "here")),
      ...Array.from({ length: 10 }, (_, i) => ask("put", name, `${i} there`, "there")),
    ]);
    equal((await cache.stats()).entries, 21);
    await until(() => cache.get("7 there again", { threshold: 0.75 }));
    equal(await ask("delete", name, QUESTION), true);
    await until(async () => (await cache.get(PARAPHRASE)) === undefined);
    await cache.close();
    await drop(name);
  });

  test("F12 in mode stale-tolerant the next lookup sees what the other tab did", async () => {
    const name = newName();
    const store = indexedDBStore(name);
    // Not told by the other tab: the store's version tells.
    const deaf = new Proxy(store, {
      get(on, member: keyof Store) {
        if (member === "watch") return undefined;
        const value: unknown = on[member];
        return typeof value === "function" ? value.bind(on) : value;
      },
    });
    const cache = await SemanticCache.open({ embedder: WORDS, store: deaf, mode: "stale-tolerant" });
    for (let round = 0; round < 5; round++) {
      await ask("put", name, QUESTION, `${round}`);
      const hit = await cache.get(PARAPHRASE);
      equal([hit?.layer, hit?.response], ["semantic", `${round}`]);
      if (round % 2) continue;
      await ask("delete", name, QUESTION);
      equal(await cache.get(PARAPHRASE), undefined);
    }
    await cache.close();
    await drop(name);
  });

  test("a database deleted in the other tab is a clear error here, and memory serves when it is allowed", async () => {
    const name = newName();
    const plain = await openStore(name);
    const fallback = indexedDBStore(name, { fallback: "memory" });
    await fallback.open(IDENTITY);
    await putOne(plain);
    await ask("drop", name); // not kept waiting: both let go
    const error = await fails(() => plain.count(), "store");
    ok(error.message.includes("was deleted, by another tab"), error.message);
    equal([await fallback.count(), fallback.name], [0, "memory"]);
    await putOne(fallback);
    equal(await fallback.count(), 1);
    await plain.close();
    await fallback.close();
  });

  test("a cache in one tab goes on while the other deletes its database", async () => {
    const name = newName();
    const cache = await SemanticCache.open({ embedder: WORDS, store: indexedDBStore(name, { fallback: "memory" }) });
    await cache.put(QUESTION, "old");
    await ask("drop", name);
    await cache.put(OTHER, "new");
    equal([(await cache.get(QUESTION))?.response, (await cache.get(OTHER))?.response], [undefined, "new"]);
    await cache.close();
  });
};

async function ask<C extends keyof Commands>(
  command: C,
  ...args: Parameters<Commands[C]>
): Promise<Awaited<ReturnType<Commands[C]>>> {
  await greeted();
  return say(command, args) as Promise<Awaited<ReturnType<Commands[C]>>>;
}

let calls = 0;
function say(command: keyof Commands, args: readonly unknown[]): Promise<unknown> {
  const call = ++calls;
  const line = new BroadcastChannel(LINE);
  return new Promise((resolve, reject) => {
    line.onmessage = ({ data }) => {
      if (data.answered !== call) return;
      line.close();
      if ("failure" in data) reject(new Error(`in the other tab: ${data.failure}`));
      else resolve(data.answer);
    };
    line.postMessage({ call, command, args });
  });
}

/** The tabs load at their own pace: asked again until there is an answer. */
let greeting: Promise<void> | undefined;
function greeted(): Promise<void> {
  greeting ??= (async () => {
    let here = false;
    await until(() => {
      void say("hello", []).then(() => {
        here = true;
      });
      return here;
    });
  })();
  return greeting;
}

async function overwrite(store: Store): Promise<number[]> {
  const versions: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const { version } = await store.commit([{ put: newEntry({ value: String(i) }) }]);
    versions.push(version);
  }
  return versions;
}

/** Reads, adds one, and writes only if nobody wrote in between. */
async function increment(store: Store): Promise<void> {
  for (let done = 0; done < ROUNDS; ) {
    const entry = await store.get("n", "k");
    const put = newEntry({ value: String(Number(entry?.value ?? 0) + 1) });
    try {
      await store.commit([{ put, when: entry === undefined ? "absent" : { revision: entry.revision } }]);
      done++;
    } catch (error) {
      if (!(error instanceof MnemeError && error.code === "conflict")) throw error;
    }
  }
}

async function openStore(name: string): Promise<Store> {
  const store = indexedDBStore(name);
  await store.open(IDENTITY);
  return store;
}

async function withStore<T>(name: string, work: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore(name);
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

async function withCache<T>(name: string, work: (cache: SemanticCache) => Promise<T>): Promise<T> {
  const cache = await SemanticCache.open({ embedder: WORDS, path: name });
  try {
    return await work(cache);
  } finally {
    await cache.close();
  }
}
