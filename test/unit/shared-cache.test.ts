import { plainIndex } from "../../examples/custom-index.ts";
import {
  type CacheEvent,
  type CacheOptions,
  type IndexOption,
  memoryStore,
  SemanticCache,
  SemanticCacheSync,
  type Store,
} from "../../src/index.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import type { Platform } from "../platform.ts";
import { inEachFace, intercepted, OTHER, observed, PARAPHRASE, QUESTION, unclosed, WORDS } from "./cache-fixtures.ts";

/** The caches of several threads, all in this one: what each does is then known to the letter. test/threads has them apart. */
export const sharedCacheTests =
  ({ kernel, noSharing }: Platform): Suite =>
  (test) => {
    test("entries that are in no other thread's reach are not shared", async () => {
      await fails(() => SemanticCache.open({ embedder: WORDS, mode: "shared" }), "argument");
      await fails(() => SemanticCacheSync.open({ embedder: WORDS, mode: "shared" }), "argument");
    });

    inEachFace(test, (inFace) => {
      inFace("an index is shared only by a cache that is opened to", async (open) => {
        for (const options of [{}, { dtype: "float32" }, { threads: 2 }] as const) {
          const error = await fails(async () => (await open(options)).share(), "unsupported");
          ok(error.message.includes('mode: "shared"'), error.message);
        }
      });

      inFace("what threads cannot share is refused before anything is stamped", async (open) => {
        const store = memoryStore();
        for (const options of [
          { mode: "threads" as "shared" },
          { mode: null as unknown as "shared" },
          { mode: "shared", resident: "codes" },
          { mode: "shared", index: plainIndex },
          { mode: "shared", index: { auto: plainIndex } as IndexOption },
          { mode: JSON.parse('{ "memory": {}, "state": 1, "ticket": 1, "dimensions": 256, "width": 4 }') },
        ] as const) {
          await fails(() => open({ ...options, store: unclosed(store) }), "argument");
        }
        store.open({ fingerprint: "other", dimensions: 3 }); // it was not stamped
      });

      if (kernel["simd-shared"] !== "simd-shared" || noSharing) {
        inFace("where threads cannot share memory it works alone, and says what to do", async (open) => {
          const cache = await open({ mode: "shared", store: memoryStore() });
          await cache.put(QUESTION, "answer");
          equal((await cache.get(PARAPHRASE))?.response, "answer");
          const error = await fails(() => cache.share(), "unsupported");
          ok(error.remedy.includes("Cross-Origin-Embedder-Policy"), error.message);
        });
        return;
      }

      inFace("a reader finds only entries of an equal scope, however many of others are nearer", async (open) => {
        const { writer, openReader } = await family(open);
        const reader = await openReader();
        for (let i = 0; i < 30; i++) await writer.put(`${QUESTION} ${i}`, `${i}`, { scope: i % 2 });
        await writer.put(`${QUESTION} or`, "mine", { scope: "mine" });
        const asked = { scope: "mine", threshold: 0.5 };
        equal((await reader.get(PARAPHRASE, asked))?.response, "mine");
        equal(
          (await reader.nearest(PARAPHRASE, 3, asked)).map((hit) => hit.response),
          ["mine"],
        );
        equal(
          (await reader.getMany([PARAPHRASE, OTHER], asked)).map((hit) => hit?.response),
          ["mine", undefined],
        );
        equal(await reader.get(PARAPHRASE, { threshold: 0.5 }), undefined);
        await reader.close();
        await writer.close();
      });

      inFace(
        "a reader finds what the writer puts, removes and clears, and reads no entry to begin with",
        async (open) => {
          const { writer, openReader, store } = await family(open);
          await writer.put(QUESTION, "before");
          let reads = 0;
          const counted = intercepted(store, (_, call) => call());
          const scanned = new Proxy(counted, {
            get: (target, name) => {
              if (name === "scan" || name === "changesSince") reads++;
              return Reflect.get(target, name);
            },
          });
          const reader = await openReader({ store: scanned });
          equal(reads, 0);
          equal((await reader.get(PARAPHRASE))?.response, "before");
          await writer.put(QUESTION, "after");
          const hit = await reader.get(PARAPHRASE);
          equal([hit?.response, hit?.layer], ["after", "semantic"]);
          equal(hit?.similarity, (await writer.get(PARAPHRASE))?.similarity);
          equal((await reader.get(QUESTION))?.layer, "exact");
          equal(await reader.get(OTHER), undefined);
          equal(await reader.get(PARAPHRASE, { namespace: "elsewhere" }), undefined);
          await writer.put(QUESTION, "elsewhere", { namespace: "elsewhere" });
          equal((await reader.get(PARAPHRASE, { namespace: "elsewhere" }))?.response, "elsewhere");
          const many = await reader.getMany([PARAPHRASE, OTHER, QUESTION]);
          equal(
            many.map((one) => one?.response),
            ["after", undefined, "after"],
          );
          await writer.delete(QUESTION);
          equal(await reader.get(PARAPHRASE), undefined);
          await writer.clear("elsewhere");
          equal(await reader.get(PARAPHRASE, { namespace: "elsewhere" }), undefined);
          await reader.put(OTHER, "2.40"); // after others did: whose writer follows the store need not do it too
          await new Promise((resolve) => setTimeout(resolve, 5));
          equal([(await reader.stats()).kernel, reads], ["simd-shared", 0]);
        },
      );

      inFace("what a reader writes is in the store, and in the index once the writer has followed", async (open) => {
        const { writer, openReader } = await family(open);
        const reader = await openReader();
        await reader.put(QUESTION, "answer");
        equal(await reader.get(PARAPHRASE), undefined);
        equal((await writer.get(PARAPHRASE))?.response, "answer"); // which looks whether the store has changed
        equal((await reader.get(PARAPHRASE))?.response, "answer");
        await writer.put(OTHER, "2.40");
        ok(await reader.delete(QUESTION), "it was there");
        equal([await reader.get(PARAPHRASE), await writer.get(PARAPHRASE)], [undefined, undefined]);
        equal(await reader.clear(), 1);
        equal(await writer.get(OTHER), undefined);
      });

      inFace("an entry that is not what the index says is not served with the index's similarity", async (open) => {
        const { writer, openReader, store } = await family(open);
        const id = await writer.put(QUESTION, "answer");
        await writer.put(`${QUESTION} please`, "further");
        // The connection of this reader sees the nearest entry as it is after the index was written: with another vector.
        const other = WORDS.embed([OTHER])[0]!;
        const length = Math.hypot(...other);
        const later = intercepted(store, async (method, call) => {
          const entries = await call();
          if (method === "getMany") {
            for (const entry of entries as ({ id: number; vector: Float32Array } | undefined)[]) {
              if (entry?.id === id) entry.vector = other.map((x) => x / length);
            }
          }
          return entries;
        });
        if (!(await isAsync(open))) return;
        const reader = await openReader({ store: later });
        equal((await writer.get(PARAPHRASE, { threshold: 0.7 }))?.response, "answer");
        equal((await reader.get(PARAPHRASE, { threshold: 0.7 }))?.response, "further");
      });

      inFace("an entry found by its rounded vector is served for its own", async (open) => {
        const { writer, openReader } = await family(open, { dtype: "int8" });
        await writer.put(QUESTION, "answer");
        const reader = await openReader();
        const [hit, rounded] = [await reader.get(PARAPHRASE), await writer.get(PARAPHRASE)];
        ok(hit!.similarity !== rounded!.similarity, "the index rounds");
        const [a, b] = WORDS.embed([QUESTION, PARAPHRASE]).map((vector) => Array.from(vector, Number));
        const cosine = a!.reduce((sum, x, i) => sum + x * b![i]!, 0) / Math.hypot(...a!) / Math.hypot(...b!);
        ok(Math.abs(hit!.similarity - cosine) < 1e-6, `${hit!.similarity} is not ${cosine}`);
        // Near enough as it is rounded, and as it is not: or the reader does not serve it.
        const between = (hit!.similarity + rounded!.similarity) / 2;
        equal(await reader.get(PARAPHRASE, { threshold: between }), undefined);
      });

      inFace("a reader whose writer has closed, or has taken its place back, misses and says why", async (open) => {
        const { writer, openReader, unshare } = await family(open);
        await writer.put(QUESTION, "answer");
        const events: CacheEvent[] = [];
        const readers: SemanticCache[] = [];
        for (let i = 0; i < 2; i++) readers.push(await openReader({ onEvent: (event) => events.push(event) }));
        const strict = await openReader({ strict: true });
        const check = async (reader: SemanticCache): Promise<void> => {
          events.length = 0;
          equal(await reader.get(PARAPHRASE), undefined);
          const [error, miss] = events;
          ok(error?.type === "error" && (error.error as { code: string }).code === "closed", JSON.stringify(events));
          equal(miss?.type, "miss");
          equal((await reader.get(QUESTION))?.response, "answer"); // of the exact layer
        };
        equal((await readers[0]!.get(PARAPHRASE))?.response, "answer");
        ok(unshare(0), "it was there");
        ok(!unshare(0), "it is no more");
        await check(readers[0]!);
        equal((await readers[1]!.get(PARAPHRASE))?.response, "answer");
        await writer.close();
        await check(readers[1]!);
        await fails(() => strict.get(PARAPHRASE), "closed");
        await fails(() => writer.share(), "closed");
        for (const reader of [...readers, strict]) await reader.close();
      });

      inFace("a handle is for one cache, of the same embedder, that decides nothing", async (open) => {
        const { writer, openReader, store } = await family(open);
        const mode = writer.share();
        await fails(() => open({ store, mode, dtype: "int8" }), "argument");
        await fails(() => open({ store, mode, index: plainIndex }), "argument");
        await fails(() => open({ store, mode, embedder: { ...WORDS, dimensions: 255 } }), "dimension");
        const reader = await open({ store, mode });
        await fails(() => open({ store, mode }), "conflict");
        await fails(() => reader.share(), "unsupported");
        for (const cache of [writer, reader]) {
          await fails(() => cache.compact(), "unsupported");
          await fails(() => cache.requantise("int8"), "unsupported");
          equal((await cache.health()).mode, "shared");
        }
        await reader.close();
        ok(!writer.unshare(mode), "it has left");
        const expelled = writer.share();
        ok(writer.unshare(expelled), "it was given out");
        await fails(() => open({ store, mode: expelled }), "conflict");
        // One that cannot open its store leaves its place.
        const failing = writer.share();
        await fails(() => open({ store, mode: failing, embedder: { ...WORDS, fingerprint: "other" } }), "fingerprint");
        ok(!writer.unshare(failing), "it has left");
        for (let i = 0; i < 40; i++) await (await openReader()).close();
      });

      inFace("expired entries are not served to readers, and leave the store with their next write", async (open) => {
        const { clock, pass } = observed();
        const { writer, openReader, store } = await family(open, { clock });
        for (let i = 0; i < 6; i++)
          await writer.put(`${QUESTION}${" again".repeat(i)}`, `${i}`, { ttl: i < 5 ? 10 : null });
        const reader = await openReader({ clock, threshold: 0.2 });
        pass(10);
        equal((await reader.get(PARAPHRASE))?.response, "5");
        await reader.flush();
        equal(await store.count(), 1);
      });
    });
  };

type Open = (options?: Partial<CacheOptions>) => Promise<SemanticCache>;

interface Family {
  writer: SemanticCache;
  openReader: Open;
  /** Takes the place of the nth reader back. */
  unshare: (reader: number) => boolean;
  store: Store;
}

/** A cache that shares its index, and what opens others to search it: all of one store. */
async function family(open: Open, options: Partial<CacheOptions> = {}): Promise<Family> {
  const store = unclosed(memoryStore());
  const writer = await open({ ...options, store, mode: "shared" });
  const handles: ReturnType<SemanticCache["share"]>[] = [];
  return {
    writer,
    store,
    openReader: async (options) => {
      const handle = writer.share();
      handles.push(handle);
      return open({ store, ...options, mode: handle });
    },
    unshare: (reader) => writer.unshare(handles[reader]!),
  };
}

async function isAsync(open: Open): Promise<boolean> {
  const cache = await open();
  return "getMany" in cache && (cache.get(QUESTION) as unknown) instanceof Promise;
}
