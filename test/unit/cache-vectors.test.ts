import { plainIndex } from "../../examples/custom-index.ts";
import { type Change, memoryStore, type SemanticCache } from "../../src/index.ts";
import { equal, fails, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import type { Platform } from "../platform.ts";
import {
  countingEmbedder,
  inEachFace,
  intercepted,
  OTHER,
  observed,
  PARAPHRASE,
  QUESTION,
  unclosed,
  WORDS,
} from "./cache-fixtures.ts";

/** More than the index learns from. */
const MANY = 2500;

/** What the options about vectors do, seen from a cache. */
export const cacheVectorsTests =
  ({ kernel, again }: Platform): Suite =>
  (test) => {
    inEachFace(test, (inFace) => {
      /** What takes long, and depends on the engine alone. */
      const inFull: typeof inFace = again ? () => {} : inFace;

      inFace("vectors kept in less memory, or not at all, answer as ever", async (open) => {
        const store = filledStore();
        const sizes: number[] = [];
        for (const options of [
          {},
          { dtype: "float16" },
          { dtype: "int8" },
          { resident: "codes" },
          { threads: 2 },
        ] as const) {
          const cache = await open({ ...options, store: unclosed(store) });
          for (let round = 0; round < 2; round++) {
            const hit = await cache.get("topic 1234 about things number 1234 today");
            equal([hit?.response, hit?.layer], ["1234", "semantic"], JSON.stringify(options));
            await new Promise((resolve) => setTimeout(resolve, 20));
          }
          equal(await cache.get("nothing like any of it whatsoever friend"), undefined);
          await cache.put(QUESTION, "answer");
          equal((await cache.get(PARAPHRASE))?.response, "answer");
          await cache.delete(QUESTION);
          equal(await cache.get(PARAPHRASE), undefined);
          sizes.push((await cache.stats()).indexBytes);
          await cache.close();
        }
        ok(sizes[2]! < sizes[0]! && sizes[1]! < sizes[0]!, `${sizes}`);
      });

      inFull("what the index has learnt is kept in the store, and taken up when it is opened again", async (open) => {
        if (kernel.simd === "scalar") return equal((await (await open()).stats()).kernel, "scalar");
        const store = filledStore();
        const cache = await open({ store: unclosed(store), dtype: "float32", resident: "codes" });
        await learnt(cache, store);
        await cache.close();
        ok((store.getMeta("index") as string).length > 1000, "it is kept");
        const again = await open({ store: unclosed(store), resident: "codes" });
        equal((await again.get("topic 77 about things number 77 today"))?.response, "77");
        await again.close();
        for (const garbage of ["", "x", "12:", "2048:!!!!", `2048:${"A".repeat(40_000)}`]) {
          store.setMeta("index", garbage);
          const robust = await open({ store: unclosed(store), resident: "codes" });
          equal((await robust.get("topic 99 about things number 99 today"))?.response, "99");
          await robust.close();
        }
      });

      inFull("an index of codes is kept beside the entries: opened again, no entry is read for it", async (open) => {
        if (kernel.simd === "scalar") return;
        const store = filledStore();
        const cache = await open({ store: unclosed(store), resident: "codes" });
        await learnt(cache, store);
        await cache.close();
        ok(store.getMeta("index:kept") !== undefined, "it is kept");
        const seen = (call: string, answer: string) => async (cache: SemanticCache) =>
          equal((await cache.get(`topic ${call} about things number ${call} today`))?.response, answer, call);

        // What changed since is asked for; a reader of now finds it, and misses what has gone.
        const writer = await open({ store: unclosed(store) });
        await writer.put("how tall is the tower of the old town hall", "70 m");
        const gone = store.oldest(1)[0]!;
        store.commit([{ remove: [gone] }]);
        await writer.close();
        const calls: string[] = [];
        const counting = intercepted(unclosed(store), (method, call) => {
          calls.push(method);
          return call();
        });
        const unread = Object.assign(Object.create(counting) as typeof counting, {
          scan: (): never => {
            throw new Error("every entry was read");
          },
        });
        const { events, onEvent } = observed();
        const again = await open({ store: unread, resident: "codes", onEvent });
        ok(calls.length <= 8, `few round trips: ${calls}`);
        for (const n of ["77", "1234", "2499"]) await seen(n, n)(again);
        equal((await again.get("how tall is the tower of the old town hall please"))?.response, "70 m");
        equal((await again.stats()).entries, MANY);
        equal(
          events.filter(({ type }) => type === "error"),
          [],
        );
        await again.close();

        // Other pieces than were written, or some of another writing: then every entry is read, and it is as ever.
        const whole = store.getMeta("index:kept")!;
        const { place } = JSON.parse(whole) as { place: number };
        const piece = store.getMeta(`index:kept:${place}:0`)!;
        for (const [key, value] of [
          ["index:kept", "{}"],
          ["index:kept", whole.replace(/"version":\d+/, '"version":99999999')],
          ["index:kept", whole.replace(/"bytes":\d+/, '"bytes":100')],
          [`index:kept:${place}:0`, ""],
          [`index:kept:${place}:0`, piece.replace(/^\S+/, "another")],
          [`index:kept:${place}:0`, `${piece.slice(0, 3000)}${piece[3000] === "A" ? "B" : "A"}${piece.slice(3001)}`],
        ] as const) {
          const before = store.getMeta(key)!;
          store.setMeta(key, value);
          const robust = await open({ store: unclosed(store), resident: "codes" });
          await seen("99", "99")(robust);
          equal(
            (await robust.get("how tall is the tower of the old town hall please"))?.response,
            "70 m",
            value.slice(0, 99),
          );
          store.setMeta(key, before);
        }
      });

      inFace("what an option cannot be is refused before a store is opened", async (open) => {
        const store = intercepted(
          memoryStore(),
          (method, call) => ok(method !== "open", "the store was opened") ?? call(),
        );
        const wrong = [
          { dtype: "float64" },
          { resident: "disk" },
          { threads: 0 },
          { threads: 1.5 },
          { dtype: "int8", resident: "codes" },
        ];
        for (const options of wrong) await fails(() => open({ ...(options as object), store }), "argument");
      });

      inFace("getMany answers what get would, and embeds at once", async (open) => {
        const embedder = countingEmbedder();
        let calls = 0;
        const counted = { ...embedder, embed };
        function embed(texts: readonly string[]): Float32Array[] {
          calls++;
          return embedder.embed(texts);
        }
        const { events, onEvent } = observed();
        const cache = await open({ embedder: counted, onEvent });
        await cache.put(QUESTION, "answer");
        await cache.put(OTHER, "2.40");
        calls = 0;
        const hits = await cache.getMany([PARAPHRASE, "unheard of things", QUESTION, `${OTHER} please`, QUESTION]);
        equal(
          hits.map((hit) => hit && [hit.response, hit.layer]),
          [["answer", "semantic"], undefined, ["answer", "exact"], ["2.40", "semantic"], ["answer", "exact"]],
        );
        equal(calls, 1, "one call embeds all that were not known word for word");
        equal(events.filter(({ type }) => type === "hit" || type === "miss").length, 5);
        const { hitsExact, hitsSemantic, misses } = await cache.stats();
        equal([hitsExact, hitsSemantic, misses], [2, 2, 1]);
        equal(await cache.getMany([]), []);
        equal(await cache.getMany([QUESTION, PARAPHRASE], { bypass: true }), [undefined, undefined]);
        for (const bad of [QUESTION, undefined, [7], [QUESTION, null]]) {
          await fails(() => cache.getMany(bad as string[]), "argument");
        }
        await cache.close();
      });

      inFace("getMany asks the store for all at once, and each hit has objects of its own", async (open) => {
        const store = memoryStore();
        const calls: string[] = [];
        let waiting = 0;
        let most = 0;
        const noted = intercepted(store, (method, call) => {
          calls.push(method);
          const answer = call();
          if (method !== "get" || !calls.includes("slowly")) return answer;
          most = Math.max(most, ++waiting);
          return new Promise((resolve) => setTimeout(resolve, 1)).then(() => {
            waiting--;
            return answer;
          });
        });
        const cache = await open({ store: unclosed(noted) });
        const texts = Array.from({ length: 6 }, (_, i) => `${i} things number ${i} of topic ${i} with detail ${i} now`);
        for (const text of texts) await cache.put(text, text, { metadata: { list: [] } });
        calls.length = 0;
        const asked = [...texts.map((text) => text.replace("now", "today")), texts[0]!.replace("now", "then")];
        const hits = await cache.getMany(asked);
        equal(
          hits.map((hit) => [hit?.response, hit?.layer]),
          [...texts, texts[0]].map((text) => [text, "semantic"]),
        );
        equal(
          calls.filter((method) => method === "getMany").length,
          2,
          `one for all, and one for what was asked twice: ${calls}`,
        );
        (hits[0]!.metadata.list as unknown as string[]).push("mine");
        equal(hits[6]!.metadata, { list: [] });
        const last: unknown = cache.get(QUESTION);
        if (!(last instanceof Promise)) return;
        await last;
        calls.push("slowly");
        await cache.getMany(texts);
        equal(most, texts.length);
      });

      inFace("getMany answers what get would when no rows are kept in memory", async (open) => {
        const store = filledStore();
        const cache = await open({ store: unclosed(store), resident: "codes" });
        if (kernel.simd !== "scalar") await learnt(cache, store);
        const { events, onEvent } = observed();
        const both = await open({ store: unclosed(store), resident: "codes", onEvent });
        const queries = [3, 1234, 2499].map((i) => `topic ${i} about things number ${i} today`);
        const hits = await both.getMany([...queries, "nothing like any of it whatsoever friend"]);
        equal(
          hits.map((hit) => hit?.response),
          ["3", "1234", "2499", undefined],
        );
        equal(
          events.map(({ type }) => type),
          ["hit", "hit", "hit", "miss"],
        );
        await cache.close();
        await both.close();
      });

      inFace("an index that cannot search for many at once is asked one by one, and its error told", async (open) => {
        const { events, onEvent } = observed();
        const problem = new Error("not today");
        const index = (sizes: { dimensions: number }) =>
          Object.assign(plainIndex(sizes), {
            searchMany: () => {
              throw problem;
            },
          });
        const cache = await open({ index, onEvent });
        await cache.put(QUESTION, "answer");
        await cache.put(OTHER, "2.40");
        const hits = await cache.getMany([PARAPHRASE, `${OTHER} please`]);
        equal(
          hits.map((hit) => hit?.response),
          ["answer", "2.40"],
        );
        equal(
          events.filter(({ type }) => type === "error"),
          [{ type: "error", operation: "get", error: problem }],
        );
        await cache.close();
      });

      inFull("what the index has learnt is offered again when the store would not take it", async (open) => {
        if (kernel.simd === "scalar") return equal((await (await open()).stats()).kernel, "scalar");
        const store = filledStore();
        let refused = 0;
        const refusing = intercepted(unclosed(store), (method, call) => {
          if (method === "setMeta" && refused++ === 1) throw new Error("not now");
          return call();
        });
        const cache = await open({ store: refusing });
        await learnt(cache, store);
        ok(refused > 2, "it was offered twice");
        await cache.close();
      });
    });
  };

/** Waits until the store has what the cache's index learnt. */
async function learnt(cache: SemanticCache, store: ReturnType<typeof memoryStore>): Promise<void> {
  for (let wait = 0; store.getMeta("index") === undefined && wait < 500; wait++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    await cache.flush();
  }
  ok(store.getMeta("index") !== undefined, "it was kept");
}

function filledStore(): ReturnType<typeof memoryStore> {
  const store = memoryStore();
  store.open(WORDS);
  many ??= manyPuts();
  store.commit(many);
  return store;
}

/** What filled stores have in common: it is embedded once. */
let many: Change[] | undefined;

function manyPuts(): Change[] {
  const texts = Array.from({ length: MANY }, (_, i) => `topic ${i} about things number ${i} now`);
  const vectors = WORDS.embed(texts);
  return texts.map((text, i) => {
    const length = Math.hypot(...vectors[i]!);
    const vector = vectors[i]!.map((x) => x / length);
    const fields = { metadata: {}, tags: [], createdAt: 0, expiresAt: null };
    return { put: { namespace: "default", key: `key ${i}`, text, value: JSON.stringify(`${i}`), vector, ...fields } };
  });
}
