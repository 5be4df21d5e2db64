import fc from "fast-check";
import {
  type Change,
  type CheckpointEntry,
  memoryStore,
  SemanticCache,
  SemanticCacheSync,
  type Store,
} from "../../src/index.ts";
import { equal, fails, ok, rejection } from "../conformance/assert.ts";
import { IDENTITY } from "../conformance/store-under-test.ts";
import { cases } from "../depth.ts";
import type { Suite } from "../harness.ts";
import { anyText } from "./any-text.ts";
import {
  countingEmbedder,
  intercepted,
  OTHER,
  observed,
  PARAPHRASE,
  promised,
  QUESTION,
  WORDS,
} from "./cache-fixtures.ts";
import { bytesOf, contents, dumpOf, entry, filled, restored, SMALL, streamOf } from "./checkpoint-fixtures.ts";

const text = fc.oneof(anyText(), fc.constantFrom("", "\ud800", "\u0000", "\ufeffa", "ß\n", '"\\'));
const time = fc.integer({ min: 0, max: 2 ** 42 });
const anEntry: fc.Arbitrary<CheckpointEntry> = fc
  .record({
    namespace: text,
    key: text,
    text,
    value: fc.json(),
    vector: fc.option(
      fc.double({ min: 0, max: 7, noNaN: true }).map((angle) => Float32Array.of(Math.cos(angle), Math.sin(angle))),
    ),
    metadata: fc.dictionary(fc.oneof(text, fc.constant("__proto__")), fc.jsonValue()) as fc.Arbitrary<object>,
    tags: fc.array(text, { maxLength: 3 }),
    createdAt: time,
    used: fc.option(fc.integer({ min: 0, max: 1000 })),
    expiresAt: fc.option(fc.oneof(time, fc.constant(1e300))),
    hits: fc.nat(),
  })
  .map(({ used, hits, metadata, ...fields }) => ({
    ...fields,
    metadata: JSON.parse(JSON.stringify(metadata)),
    accessedAt: fields.createdAt + (used ?? 0),
    hits: used === null ? 0 : hits,
  }));
const someEntries = fc.uniqueArray(anEntry, {
  maxLength: 8,
  selector: ({ namespace, key }) => JSON.stringify([namespace, key]),
});

/** A checkpoint of any store goes into any store. */
export const checkpointTests: Suite = (test) => {
  test("everything of an entry travels but its id and revision, and the order of last uses with it", async () => {
    await fc.assert(
      fc.asyncProperty(someEntries, async (entries) => {
        const store = await filled(entries);
        const other = await restored(await dumpOf(store));
        equal(await contents(other), await contents(store));
        const order = async (of: Store): Promise<unknown[]> =>
          (await of.getMany(await of.oldest(100))).map((found) => [found!.namespace, found!.key]);
        equal(await order(other), await order(store));
      }),
      { numRuns: cases(20) },
    );
  });

  for (const [face, store] of Object.entries({ async: () => promised(memoryStore()), sync: () => memoryStore() })) {
    test(`a restored cache answers as the dumped one did, ${face} store`, async () => {
      const { clock, pass } = observed();
      const cache = await SemanticCache.open<object>({ embedder: WORDS, store: store(), clock });
      await cache.put(QUESTION, { answer: [1] }, { namespace: "a", ttl: 5000, metadata: { by: "x" } });
      await cache.put(OTHER, { answer: 2 });
      pass(1000);
      await cache.get(OTHER); // a use that waits to be written
      const embedder = countingEmbedder();
      const bytes = await bytesOf(cache.dump());
      const again = await SemanticCache.restore<object>(streamOf(bytes), { embedder, store: store(), clock });
      equal((await again.get(PARAPHRASE, { namespace: "a" }))?.response, { answer: [1] });
      const hit = await again.get(QUESTION, { namespace: "a" });
      equal([hit?.layer, hit?.ageSeconds, hit?.metadata], ["exact", 1, { by: "x" } as object]);
      equal(embedder.embedded.length, 1, "nothing was embedded to restore");
      pass(5000);
      equal(await again.get(QUESTION, { namespace: "a" }), undefined, "it expires when it would have");
      equal((await again.get(OTHER))?.response, { answer: 2 });
      await again.close();
      await cache.close();
    });
  }

  test("without a store or a path it lives in memory; a synchronous cache is dumped too", async () => {
    const cache = SemanticCacheSync.open({ embedder: WORDS });
    cache.put(QUESTION, "yes");
    const again = await SemanticCache.restore(cache.dump(), { embedder: WORDS });
    equal((await again.get(QUESTION))?.response, "yes");
  });

  test("uses that wait to be written are in the dump", async () => {
    const { clock, pass } = observed();
    const store = memoryStore();
    const cache = await SemanticCache.open({ embedder: WORDS, store, clock });
    await cache.put(QUESTION, "yes");
    pass(77);
    await cache.get(QUESTION);
    const other = memoryStore();
    await SemanticCache.restore(cache.dump(), { embedder: WORDS, store: other });
    equal(
      [...other.scan()].map(({ accessedAt, hits }) => [accessedAt, hits]),
      [[1_000_077, 1]],
    );
  });

  test("what the index learnt, and the way of normalising, travel", async () => {
    const store = memoryStore();
    const cache = await SemanticCache.open({ embedder: SMALL, store, normalise: false });
    store.setMeta("index", "learnt");
    const bytes = await bytesOf(cache.dump());
    const error = await fails(() => restored(bytes, { normalise: true }), "fingerprint");
    ok(error.message.includes('"normalise" false, not true'), error.message);
    const other = await restored(bytes);
    equal(await other.getMeta("index"), "learnt");
    await fails(() => SemanticCache.open({ embedder: SMALL, store: other, normalise: true }), "fingerprint");
  });

  test("limits, thresholds and counts travel, and those given count", async () => {
    const options = { embedder: WORDS, threshold: 0.5, maxEntries: 2, quotas: { "a:b": 1 } };
    const cache = await SemanticCache.open(options);
    for (let i = 0; i < 3; i++) await cache.put(`question ${i}`, "yes");
    await cache.get("question 2");
    const bytes = await bytesOf(cache.dump());
    const again = await SemanticCache.restore(streamOf(bytes), { embedder: WORDS });
    equal([again.threshold, (await again.stats()).hitsExact, (await again.stats()).entries], [0.5, 1, 2]);
    await again.put("one more", "yes");
    equal((await again.stats()).entries, 2);
    const other = await SemanticCache.restore(streamOf(bytes), {
      embedder: WORDS,
      threshold: 0.7,
      limits: { queryBytes: 20, entries: 2 },
    });
    equal(other.threshold, 0.7);
    await fails(() => other.put("a question that is longer than that", "no"), "argument");
  });

  test("an entry that was put anew while it was dumped is there twice, and the last one stays", async () => {
    const store = await filled([entry({ key: "a", hits: 1, accessedAt: 3000 }), entry({ key: "b" })]);
    const renewing = meanwhile(store, () => {
      const { id } = (store as ReturnType<typeof memoryStore>).get("n", "a")!;
      (store as ReturnType<typeof memoryStore>).commit([
        { remove: [id] },
        { put: entry({ key: "a", value: '"new"' }) },
      ]);
    });
    const other = await restored(await dumpOf(renewing));
    equal(await other.count(), 2);
    const found = await other.get("n", "a");
    equal([found?.value, found?.hits, found?.accessedAt], ['"new"', 0, 1000]);
  });

  test("nothing is read before the stream is, and no more than it asks for", async () => {
    const many = Array.from({ length: 400 }, (_, i) =>
      entry({ key: `k${i}`, value: JSON.stringify(noise(10_000, i)) }),
    );
    let read = 0;
    const store = counted(await filled(many), () => read++);
    const cache = await SemanticCache.open({ embedder: SMALL, store });
    read = 0;
    const stream = cache.dump();
    await turns();
    equal(read, 0, "before");
    const reader = stream.getReader();
    while (read === 0) await reader.read(); // the first bytes are gzip's own
    await turns();
    const first = read;
    ok(first <= 110, `${first} of 400 entries of 10 KB were read for the first bytes`); // two members
    await turns();
    equal(read, first, "while nobody reads");
    await reader.cancel();
    await turns();
    equal(read, first, "cancelled");
  });

  test("cancelled, it ends the reading of the store", async () => {
    let ended = 0;
    const many = Array.from({ length: 400 }, (_, i) =>
      entry({ key: `k${i}`, value: JSON.stringify(noise(10_000, i)) }),
    );
    const store = counted(
      await filled(many),
      () => {},
      () => ended++,
    );
    const cache = await SemanticCache.open({ embedder: SMALL, store });
    ended = 0;
    const reader = cache.dump().getReader();
    for (let i = 0; i < 5; i++) await reader.read();
    equal(ended, 0);
    await reader.cancel("enough");
    await turns();
    equal(ended, 1);
    await cache.dump().cancel(); // before anything was read
  });

  test("a store that fails, a cache that is closed and a signal end the stream with why", async () => {
    const store = await filled([entry()]);
    const failing = new Error("the disk");
    const broken = intercepted(store, (method, call) => {
      if (method === "count" && opened) throw failing;
      return call();
    });
    let opened = false;
    const cache = await SemanticCache.open({ embedder: SMALL, store: broken });
    opened = true;
    equal(await rejection(() => bytesOf(cache.dump())), failing);

    const closing = await SemanticCache.open({ embedder: SMALL, store: await filled([entry()]) });
    const stream = closing.dump();
    await closing.close();
    await fails(() => bytesOf(stream), "closed");
    await fails(() => closing.dump(), "closed");

    const open = await SemanticCache.open({ embedder: SMALL, store: await filled([entry()]) });
    equal(await rejection(async () => bytesOf(open.dump({ signal: AbortSignal.abort("before") }))), "before");
    const controller = new AbortController();
    const reader = open.dump({ signal: controller.signal }).getReader();
    await reader.read();
    controller.abort("now");
    equal(await rejection(() => reader.read()), "now");
    await fails(() => open.dump({ signal: 1 as unknown as AbortSignal }), "argument");
  });

  test("what is there is only given up when that is said, and then all of it at once", async () => {
    const bytes = await dumpOf(await filled([entry({ key: "new" }), entry({ key: "old", value: "2" })]));
    const store = await filled([entry({ key: "old", value: "1" }), entry({ key: "older" })]);
    const before = await contents(store);
    const error = await fails(() => restored(bytes, { store }), "conflict");
    ok(error.message.includes("2 entries") && error.message.includes("replace: true"), error.message);
    equal(await contents(store), before);

    const commits: (readonly Change[])[] = [];
    const watched = new Proxy(store, {
      get: (target, name: keyof Store) => {
        const member: unknown = target[name];
        if (typeof member !== "function") return member;
        return (...args: [readonly Change[]]) => {
          if (name === "commit") commits.push(args[0]);
          return (member as (...args: unknown[]) => unknown).call(target, ...args);
        };
      },
    });
    await restored(bytes, { store: watched, replace: true });
    equal(
      (await contents(store)).map((found) => (found as CheckpointEntry).key),
      ["new", "old"],
    );
    equal(commits.length, 1, "one commit that removes and puts");
  });

  test("a cache that has the store open learns of the exchange", async () => {
    const store = memoryStore();
    const live = await SemanticCache.open({ embedder: WORDS, store });
    await live.put(QUESTION, "old");
    const other = await SemanticCache.open({ embedder: WORDS });
    await other.put(OTHER, "new");
    await SemanticCache.restore(other.dump(), { embedder: WORDS, store, replace: true });
    equal(await live.get(QUESTION), undefined);
    equal((await live.get(OTHER))?.response, "new");
  });

  test("F27 a store that fails in the middle is left as it was, whether empty or to be replaced", async () => {
    const many = Array.from({ length: 600 }, (_, i) => entry({ key: `k${i}`, accessedAt: 2000 + i, hits: 1 }));
    const bytes = await dumpOf(await filled(many));
    const old = [entry({ key: "old" })];
    for (const [before, nth] of [
      [[], 1],
      [[], 2],
      [old, 1],
    ] as [CheckpointEntry[], number][]) {
      const store = await filled(before);
      let commits = 0;
      const failing = intercepted(store, (method, call) => {
        if (method === "commit" && ++commits === nth) throw new Error("full");
        return call();
      });
      const error = await rejection(() => restored(bytes, { store: failing, replace: true }));
      equal((error as Error).message, "full");
      equal(await contents(store), before, `commit ${nth}`);
      await (await SemanticCache.open({ embedder: SMALL, store })).put("and", "it goes on");
    }
  });

  test("F27 a restore that was cut short is not taken for a cache, and can be done again", async () => {
    const many = Array.from({ length: 600 }, (_, i) => entry({ key: `k${i}` }));
    const bytes = await dumpOf(await filled(many));
    const store = await filled([]);
    let alive = true;
    const dying = intercepted(store, (method, call) => {
      if (method === "commit" && alive) alive = (store as ReturnType<typeof memoryStore>).count() === 0;
      if (!alive) throw new Error("killed");
      return call();
    });
    await rejection(() => restored(bytes, { store: dying }));
    ok((await store.count()) > 0, "it left something behind");
    const error = await fails(() => SemanticCache.open({ embedder: SMALL, store }), "unfinished");
    ok(error.message.includes("restore"), error.message);
    await fails(() => restored(bytes, { store }), "conflict");
    await restored(bytes, { store, replace: true });
    equal(await store.count(), 600);
    await SemanticCache.open({ embedder: SMALL, store });
  });

  test("where only what is kept beside entries cannot be written, the exchange stands and that is told", async () => {
    const bytes = await dumpOf(await filled([entry({ accessedAt: 2000, hits: 1 })]));
    const store = await filled([entry({ key: "old" })]);
    const failing = new Error("full");
    let metas = 0;
    const broken = intercepted(store, (method, call) => {
      if (method === "setMeta" && ++metas === 1) throw failing;
      return call();
    });
    const { events, onEvent } = observed();
    await restored(bytes, { store: broken, replace: true, onEvent });
    equal((await contents(store)).length, 1);
    equal(events, [{ type: "error", operation: "restore", error: failing }]);
  });

  test("another embedder, or other dimensions, are refused before the store is touched", async () => {
    const bytes = await dumpOf(await filled([entry()]));
    const untouched = intercepted(memoryStore(), (method) => {
      throw new Error(`${method} was called`);
    });
    const other = { ...SMALL, fingerprint: "other" };
    await fails(() => restored(bytes, { embedder: other, store: untouched }), "fingerprint");
    await fails(() => restored(bytes, { embedder: { ...SMALL, dimensions: 3 }, store: untouched }), "dimension");
    const foreign = memoryStore();
    foreign.open({ ...IDENTITY, fingerprint: "third" });
    await fails(() => restored(bytes, { store: foreign, replace: true }), "fingerprint");
    const asIs = memoryStore();
    await SemanticCache.open({ embedder: SMALL, store: asIs, normalise: false });
    await fails(() => restored(bytes, { store: asIs }), "fingerprint");
  });

  test("it is told how far it has come; a signal ends it, the source is let go, and nothing is left", async () => {
    const many = Array.from({ length: 600 }, (_, i) => entry({ key: `k${i}` }));
    const bytes = await dumpOf(await filled(many));
    const told: number[][] = [];
    await restored(bytes, {
      onProgress: ({ entries, total }) => {
        told.push([entries, total!]);
        throw new Error("watching must not break it");
      },
    });
    equal(told, [
      [256, 600],
      [512, 600],
      [600, 600],
    ]);

    const controller = new AbortController();
    const store = memoryStore();
    const onProgress = (): void => controller.abort("stop");
    equal(await rejection(() => restored(bytes, { store, onProgress, signal: controller.signal })), "stop");
    equal(store.count(), 0);
    equal(await rejection(() => restored(bytes, { signal: AbortSignal.abort("before") })), "before");

    let cancelled: unknown;
    const hanging = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(bytes.subarray(0, 100)),
      cancel: () => {
        cancelled = true;
      },
    });
    const { signal, abort } = abortable();
    const waiting = rejection(() => SemanticCache.restore(hanging, { embedder: SMALL, signal }));
    await turns();
    abort("enough");
    equal(await waiting, "enough");
    await turns();
    equal(cancelled, true);
  });

  test("a source that fails is told as it is; one that gives no bytes is an argument", async () => {
    const bytes = await dumpOf(await filled([entry()]));
    const failing = new Error("the network");
    const source = (give: unknown, error?: Error): ReadableStream<Uint8Array> =>
      new ReadableStream({
        pull(controller) {
          if (give === undefined) controller.error(error);
          else controller.enqueue(give as Uint8Array);
          give = undefined;
        },
      });
    equal(
      await rejection(() => SemanticCache.restore(source(bytes.slice(0, 60), failing), { embedder: SMALL })),
      failing,
    );
    await fails(() => SemanticCache.restore(source("text"), { embedder: SMALL }), "argument");
  });

  test("it takes no more from its source than the store takes", async () => {
    const many = Array.from({ length: 600 }, (_, i) =>
      entry({ key: `k${i}`, value: JSON.stringify(noise(10_000, i)) }),
    );
    const bytes = await dumpOf(await filled(many));
    let pulled = 0;
    let goOn = (): void => {};
    const source = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          controller.enqueue(bytes.subarray(pulled, pulled + 10_000));
          pulled += 10_000;
          if (pulled >= bytes.length) controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    const inner = memoryStore();
    let commits = 0;
    const slow = intercepted(promised(inner), async (method, call) => {
      if (method === "commit" && ++commits === 1)
        await new Promise<void>((resolve) => {
          goOn = resolve;
        });
      return call();
    });
    const restoring = SemanticCache.restore(source, { embedder: SMALL, store: slow });
    for (let i = 0; i < 1000 && commits === 0; i++) await turns();
    await turns();
    // One member of twelve, and what the streams hold between them.
    ok(pulled < 0.25 * bytes.length, `${pulled} of ${bytes.length} bytes were taken for the first commit`);
    const taken = pulled;
    await turns();
    equal(pulled, taken, "while the store is busy");
    goOn();
    await restoring;
    equal(inner.count(), 600);
  });

  test("bad arguments are refused before anything is read", async () => {
    const embedder = SMALL;
    const stream = (): ReadableStream<Uint8Array> =>
      new ReadableStream(
        {
          pull: () => {
            throw new Error("read");
          },
        },
        { highWaterMark: 0 },
      );
    const locked = stream();
    locked.getReader();
    for (const source of [undefined, new Uint8Array(3), locked]) {
      await fails(() => SemanticCache.restore(source as ReadableStream, { embedder }), "argument");
    }
    for (const bad of [
      { replace: 1 },
      { onProgress: 1 },
      { importer: {} },
      { limits: { bytes: -1 } },
      { limits: { entries: Number.NaN } },
      { path: "" },
      { path: "p", store: memoryStore() },
      { embedder: undefined },
    ]) {
      await fails(() => SemanticCache.restore(stream(), { embedder, ...bad } as never), "argument");
    }
  });

  for (const [name, use] of Object.entries({
    CompressionStream: (cache: SemanticCache) => bytesOf(cache.dump()),
    DecompressionStream: () => SemanticCache.restore(streamOf(new Uint8Array(10)), { embedder: SMALL }),
  })) {
    test(`a runtime without ${name} is told so`, async () => {
      const cache = await SemanticCache.open({ embedder: SMALL });
      const there = Object.getOwnPropertyDescriptor(globalThis, name);
      Object.defineProperty(globalThis, name, { value: undefined, configurable: true, writable: true });
      try {
        await fails(() => use(cache), "unsupported");
      } finally {
        if (there) Object.defineProperty(globalThis, name, there);
        else delete (globalThis as Record<string, unknown>)[name]; // it has it from elsewhere
      }
    });
  }
};

/** Where a runtime has no gzip, that is what it says. */
export const noCheckpointTests: Suite = (test) => {
  test("dump and restore say that this runtime cannot", async () => {
    const cache = await SemanticCache.open({ embedder: SMALL });
    await fails(() => bytesOf(cache.dump()), "unsupported");
    await fails(() => SemanticCache.restore(streamOf(new Uint8Array(10)), { embedder: SMALL }), "unsupported");
  });
};

/** A text of so many letters that hardly shrinks. */
function noise(length: number, seed: number): string {
  const bytes = new Uint8Array(length);
  let state = seed + 1;
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[at] = 33 + ((state >>> 16) % 90);
  }
  return new TextDecoder().decode(bytes);
}

/** Long enough for whatever would run ahead to do so: streams of some engines work in other threads. */
async function turns(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setTimeout(resolve));
}

function abortable(): { signal: AbortSignal; abort: (reason: unknown) => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: (reason) => controller.abort(reason) };
}

/** The same store, which tells of each entry that is read by `scan`, and when that ends. */
function counted(store: Store, onRead: () => void, onEnd: () => void = () => {}): Store {
  return withScan(store, function* () {
    try {
      for (const found of (store as ReturnType<typeof memoryStore>).scan()) {
        onRead();
        yield found;
      }
    } finally {
      onEnd();
    }
  });
}

/** The same store, where something happens after the first entry was read. */
function meanwhile(store: Store, happen: () => void): Store {
  let happened = false;
  return withScan(store, function* (options) {
    for (const found of (store as ReturnType<typeof memoryStore>).scan(options)) {
      yield found;
      if (options?.fields === "vectors" || happened) continue;
      happened = true;
      happen();
    }
  });
}

function withScan(store: Store, scan: (options?: Parameters<Store["scan"]>[0]) => ReturnType<Store["scan"]>): Store {
  return new Proxy(store, {
    get: (target, name: keyof Store) => {
      if (name === "scan") return scan;
      const member: unknown = target[name];
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}
