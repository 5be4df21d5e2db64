import fc from "fast-check";
import { put, remove } from "../../src/cache/admission.ts";
import { Engine } from "../../src/cache/engine.ts";
import { checkSettings } from "../../src/cache/options.ts";
import { catchUp } from "../../src/cache/refresh.ts";
import { Watch } from "../../src/cache/watch.ts";
import { type CacheEvent, drive, memoryStore, SemanticCache, type Store } from "../../src/index.ts";
import { equal, ok } from "../conformance/assert.ts";
import { newEntry } from "../conformance/store-under-test.ts";
import { cases } from "../depth.ts";
import type { Suite } from "../harness.ts";
import { intercepted, OTHER, PARAPHRASE, QUESTION, WORDS } from "./cache-fixtures.ts";

/** How a view's calls reach the store: as they are, delayed, failing. */
type Way = (method: string, call: () => unknown) => unknown;

/** One store seen by several writers, each of which hears of the others' changes as tabs of a browser do. */
class Shared {
  readonly store = memoryStore();
  readonly calls: string[] = [];
  readonly #listeners = new Map<object, Set<(version: number) => void>>();
  /** How a notice reaches its listener. */
  deliver: (tell: () => void) => void = (tell) => tell();

  constructor() {
    this.store.open({ fingerprint: WORDS.fingerprint, dimensions: WORDS.dimensions });
  }

  view(way: Way = (_, call) => call()): Store {
    const writer = {};
    const listeners = new Set<(version: number) => void>();
    this.#listeners.set(writer, listeners);
    const store = intercepted(this.store, async (method, call) => {
      if (method === "close") return;
      this.calls.push(method);
      return way(method, () => {
        const before = this.store.version();
        const result = call();
        const after = this.store.version();
        if (after !== before) this.#tell(writer, after);
        return result;
      });
    });
    const watch = (listener: (version: number) => void): (() => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    };
    return new Proxy(store, { get: (target, member: keyof Store) => (member === "watch" ? watch : target[member]) });
  }

  count(method: string): number {
    return this.calls.filter((call) => call === method).length;
  }

  get watching(): number {
    return [...this.#listeners.values()].reduce((sum, { size }) => sum + size, 0);
  }

  notify(version: number): void {
    for (const listeners of this.#listeners.values()) for (const listener of listeners) listener(version);
  }

  #tell(writer: object, version: number): void {
    for (const [other, listeners] of this.#listeners) {
      if (other === writer) continue;
      for (const listener of listeners) this.deliver(() => listener(version));
    }
  }
}

async function cacheOn(store: Store, onEvent: (event: CacheEvent) => void = () => {}): Promise<SemanticCache> {
  const cache = await SemanticCache.open({ embedder: WORDS, store, onEvent });
  await settled(); // what opening leaves to be done
  return cache;
}

/** Everything that only waits for promises has happened. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

function gate(): { passed: Promise<void>; open: () => void } {
  let open = (): void => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

/** A cache whose store others write to. */
export const refreshTests: Suite = (test) => {
  test("an entry put elsewhere is found by its meaning, without reopening", async () => {
    const shared = new Shared();
    const [a, b] = [await cacheOn(shared.view()), await cacheOn(shared.view())];
    const id = await a.put(QUESTION, "answer");
    await settled();
    const hit = await b.get(PARAPHRASE);
    equal([hit?.layer, hit?.id, hit?.response], ["semantic", id, "answer"]);
  });

  test("without a store that tells, it is not", async () => {
    const shared = new Shared();
    const unwatched = (): Store =>
      new Proxy(shared.view(), {
        get: (store, member: keyof Store) => (member === "watch" ? undefined : store[member]),
      });
    const [a, b] = [await cacheOn(unwatched()), await cacheOn(unwatched())];
    await a.put(QUESTION, "answer");
    await settled();
    equal(await b.get(PARAPHRASE), undefined);
    equal(shared.count("changesSince"), 0);
  });

  test("what is deleted or cleared elsewhere leaves the index", async () => {
    for (const how of ["delete", "clear"] as const) {
      const shared = new Shared();
      const [a, b] = [await cacheOn(shared.view()), await cacheOn(shared.view())];
      await a.put(QUESTION, "answer");
      await settled();
      await (how === "delete" ? a.delete(QUESTION) : a.clear());
      await settled();
      shared.calls.length = 0;
      equal(await b.get(PARAPHRASE), undefined);
      equal(shared.count("getMany"), 0, `${how}: no row is left to look at`);
    }
  });

  test("an entry overwritten elsewhere without a vector, or already expired, is no longer found by its meaning", async () => {
    for (const change of [{ vector: null }, { expiresAt: 1 }]) {
      const shared = new Shared();
      const b = await cacheOn(shared.view());
      const a = await cacheOn(shared.view());
      await a.put(QUESTION, "answer");
      await settled();
      const [entry] = shared.store.getMany([1]);
      await shared.view().commit([{ put: { ...entry!, ...change } }]);
      await settled();
      shared.calls.length = 0;
      await b.get(PARAPHRASE);
      equal(shared.count("getMany"), 0);
    }
  });

  test("own writes are not read again", async () => {
    const shared = new Shared();
    const cache = await cacheOn(shared.view());
    await cache.put(QUESTION, "answer");
    await cache.put(QUESTION, "another");
    await cache.put(OTHER, "answer");
    await cache.get(QUESTION);
    await cache.flush(); // a touch, which raises no version
    await Promise.all(["one", "two", "three"].map((text) => cache.put(text, text)));
    await cache.delete(OTHER);
    await cache.delete(OTHER);
    await settled();
    equal(shared.count("changesSince"), 0);
  });

  test("own writes show what a lost notice did not tell", async () => {
    const shared = new Shared();
    const [a, b] = [await cacheOn(shared.view()), await cacheOn(shared.view())];
    shared.deliver = () => {};
    await a.put(QUESTION, "answer");
    await b.put(OTHER, "answer");
    await settled();
    equal((await b.get(PARAPHRASE))?.layer, "semantic");
    await a.put("something else", "answer");
    await b.get(OTHER);
    await b.flush(); // only a touch, and yet it tells the version
    await settled();
    equal((await b.get("something else entirely", { threshold: 0.5 }))?.layer, "semantic");
  });

  test("what was put while the index was filled is found", async () => {
    const shared = new Shared();
    const b = await cacheOn(shared.view());
    let scanned = false;
    const view = shared.view();
    const late = new Proxy(view, {
      get: (store, member: keyof Store) =>
        member !== "scan"
          ? store[member]
          : async function* () {
              yield* shared.store.scan();
              if (!scanned) await b.put(QUESTION, "answer");
              scanned = true;
            },
    });
    const cache = await cacheOn(late);
    equal((await cache.get(PARAPHRASE))?.layer, "semantic");
  });

  test("notices while a refresh runs cause exactly one more", async () => {
    const shared = new Shared();
    const held = gate();
    let slow = true;
    const b = await cacheOn(
      shared.view(async (method, call) => {
        const result = call();
        if (method === "changesSince" && slow) await held.passed;
        return result;
      }),
    );
    const a = await cacheOn(shared.view());
    await a.put(QUESTION, "answer");
    for (const text of ["one", "two", "three"]) await a.put(text, text);
    await a.put(OTHER, "answer");
    await settled();
    equal(shared.count("changesSince"), 1);
    slow = false;
    held.open();
    await settled();
    equal(shared.count("changesSince"), 2);
    equal([(await b.get(PARAPHRASE))?.layer, (await b.get(`${OTHER} now`))?.layer], ["semantic", "semantic"]);
    shared.notify(shared.store.version());
    await settled();
    equal(shared.count("changesSince"), 2, "what is known already is no news");
  });

  test("a feed that was overtaken by own writes does not bring back what they removed", async () => {
    const shared = new Shared();
    const held = gate();
    let slow = true;
    const cache = await cacheOn(
      shared.view(async (method, call) => {
        const result = call();
        if (method === "changesSince" && slow) await held.passed;
        return result;
      }),
    );
    const writing = cache.put(QUESTION, "answer");
    shared.notify(1); // read with the put in it, before the put has been answered
    await writing;
    await settled();
    await cache.delete(QUESTION);
    slow = false;
    held.open();
    await settled();
    shared.calls.length = 0;
    equal(await cache.get(PARAPHRASE), undefined);
    equal(shared.count("getMany"), 0, "no row is left to look at");
  });

  test("an answer later than what was refreshed since does not bring back what others removed", async () => {
    const shared = new Shared();
    const [answer, scanned] = [gate(), gate()];
    let scanning = false;
    const view = shared.view(async (method, call) => {
      const result = call();
      if (method === "commit") await answer.passed;
      return method === "changesSince" && scanning ? undefined : result;
    });
    const slow = new Proxy(view, {
      get: (store, member: keyof Store) =>
        member !== "scan"
          ? store[member]
          : async function* () {
              if (scanning) await scanned.passed;
              yield* shared.store.scan();
            },
    });
    const b = await cacheOn(slow);
    const a = await cacheOn(shared.view());
    const writing = b.put(QUESTION, "answer");
    await a.delete(QUESTION);
    await settled(); // known by now, and gone from the index
    scanning = true;
    await a.put(OTHER, "answer");
    await settled();
    answer.open();
    await writing;
    scanning = false;
    scanned.open();
    await settled();
    shared.calls.length = 0;
    equal(await b.get(PARAPHRASE), undefined);
    equal(shared.count("getMany"), 0, "no row is left to look at");
  });

  test("a store that no longer knows what changed is scanned again", async () => {
    const shared = new Shared();
    const b = await cacheOn(shared.view((method, call) => (method === "changesSince" ? undefined : call())));
    const a = await cacheOn(shared.view());
    await a.put(QUESTION, "answer");
    await settled();
    equal((await b.get(PARAPHRASE))?.layer, "semantic");
    await a.delete(QUESTION);
    await a.put(OTHER, "answer");
    await settled();
    equal((await b.get(`${OTHER} now`))?.layer, "semantic");
    shared.calls.length = 0;
    equal(await b.get(PARAPHRASE), undefined);
    equal(shared.count("getMany"), 0, "the removed one left the index");
  });

  test("a failure is an event, and the next notice brings it all", async () => {
    const shared = new Shared();
    const events: CacheEvent[] = [];
    let down = true;
    const view = shared.view((method, call) => {
      if (method === "changesSince" && down) throw new Error("down");
      return call();
    });
    const b = await cacheOn(view, (event) => events.push(event));
    const a = await cacheOn(shared.view());
    await a.put(QUESTION, "answer");
    await settled();
    equal(
      events.map((event) => event.type === "error" && event.operation),
      ["refresh"],
    );
    equal(await b.get(PARAPHRASE), undefined);
    down = false;
    await a.put(OTHER, "answer");
    await settled();
    equal((await b.get(PARAPHRASE))?.layer, "semantic");
  });

  test("closing stops watching, and waits for a refresh under way", async () => {
    const shared = new Shared();
    const held = gate();
    const events: CacheEvent[] = [];
    const view = shared.view(async (method, call) => {
      if (method === "changesSince") {
        await held.passed;
        throw new Error("too late");
      }
      return call();
    });
    const b = await cacheOn(view, (event) => events.push(event));
    const a = await cacheOn(shared.view());
    equal(shared.watching, 2);
    await a.put(QUESTION, "answer");
    await a.put(OTHER, "answer"); // asks for one more refresh, which must not come
    await settled();
    let closed = false;
    const closing = b.close().then(() => {
      closed = true;
    });
    await settled();
    equal([closed, shared.watching], [false, 1]);
    held.open();
    await closing;
    await a.put("another", "answer");
    await settled();
    equal(shared.count("changesSince"), 1);
    equal(events, [], "what fails after closing is nobody's concern");
  });

  test("whatever overlaps, once all is quiet each index is what the store is", async () => {
    const texts = ["reset password", "tram ticket", "cost of a tram", "account"];
    const operation = fc.record({
      who: fc.constantFrom(0, 1),
      what: fc.constantFrom("put", "put", "put", "delete", "clear", "flush", "forget"),
      text: fc.constantFrom(...texts),
    });
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.array(operation, { maxLength: 14 }), async (scheduler, operations) => {
        const shared = new Shared();
        let quiet = false;
        let forgetful = false;
        const turn = async (): Promise<void> => {
          if (!quiet) await scheduler.schedule(Promise.resolve());
        };
        const way: Way = async (method, call) => {
          await turn();
          const result = method === "changesSince" && forgetful ? undefined : call();
          await turn();
          return result;
        };
        shared.deliver = (tell) => void turn().then(tell);
        quiet = true;
        const settings = checkSettings({ embedder: WORDS });
        const engines = await Promise.all(
          [0, 1].map(() =>
            drive(
              Engine.open(settings, shared.view(way), {
                engine: () => import("../../src/cache/vector-engine.ts"),
                guards: () => import("#guards"),
                judging: () => import("../../src/cache/judging.ts"),
                budget: () => import("../../src/cache/error-budget.ts"),
              }),
            ),
          ),
        );
        const watches = engines.map((engine) => new Watch(engine));
        await settled();
        quiet = false;
        const running = operations.map(async ({ who, what, text }) => {
          await turn();
          const engine = engines[who]!;
          if (what === "put") await drive(put(engine, text, "answer", {}));
          else if (what === "delete") await drive(remove(engine, text, {}));
          else if (what === "clear") await drive(engine.clear());
          else if (what === "flush") await drive(engine.flush());
          else forgetful = !forgetful;
        });
        await scheduler.waitFor(Promise.all(running));
        quiet = true;
        while (scheduler.count() > 0) await scheduler.waitAll();
        await settled();
        for (const engine of engines) {
          await drive(catchUp(engine)); // a notice is a hint
          equal(engine.known, shared.store.version());
          equal(
            engine.index.ids().sort((x, y) => x - y),
            [...shared.store.scan()].map(({ id }) => id),
          );
        }
        await Promise.all(watches.map((watch) => watch.stop()));
      }),
      { numRuns: cases(200) },
    );
  });

  test("memory in another store's place has ids and versions of its own", () => {
    const store = memoryStore(1000);
    store.open({ fingerprint: "test", dimensions: 2 });
    const { applied, version } = store.commit([{ put: newEntry() }]);
    ok(applied[0]![0]! > 1000 && version > 1000, `id ${applied[0]![0]}, version ${version}`);
    equal(store.changesSince(7), undefined);
    equal(store.changesSince(1000)?.puts.length, 1);
  });
};
