import { SemanticCache, type SharedMemory } from "../../src/index.ts";
import { fails, ok } from "../conformance/assert.ts";
import type { Suite } from "../harness.ts";
import { seeded } from "../unit/vectors.ts";
import type { CacheFindings } from "./cache-reader.ts";
import { CacheHistory, CLUSTERS, ENTRIES, NAMESPACES, partsOf, textOf, trialEmbedder } from "./cache-trial.ts";
import type { Spawn, TestThread } from "./worker.ts";

const READERS = 2;
/** Entries of nobody's interest: with as many the index passes rows over. */
const FILLERS = 2200;

/** Where a trial's entries live: a new place each time, and how it is removed. */
export type NewPath = () => { path: string; remove: () => unknown };

/** Caches in threads of their own search the index of one that writes; each reads the store by a connection of its own. */
export const cacheReadersTests =
  (spawn: Spawn, newPath: NewPath, seconds: number, kills: number, note: (text: string) => void): Suite =>
  (test) => {
    test(`for ${seconds} s every answer of a cache was there, and was the best`, async () => {
      const { path, remove } = newPath();
      const all: CacheFindings = { gets: 0, exact: 0, semantic: 0, meanwhile: 0, wrong: [] };
      const threads: TestThread[] = [];
      try {
        await fill(path);
        const writer = await SemanticCache.open<number>({
          guards: false,
          embedder: trialEmbedder(),
          path,
          mode: "shared",
        });
        const words = new Int32Array(new SharedArrayBuffer(4 * CacheHistory.words));
        const history = new CacheHistory(words);
        const start = async (seed: number): Promise<{ thread: TestThread; mode: SharedMemory }> => {
          const thread = spawn();
          const mode = writer.share();
          thread.post({ do: "read a cache", trial: { mode, path, history: words, seed } });
          const told = await thread.next();
          ok("ready" in told, `the reader began: ${JSON.stringify(told)}`);
          return { thread, mode };
        };
        for (let i = 0; i < READERS; i++) threads.push((await start(i)).thread);

        const random = seeded(3);
        const pick = (n: number): number => Math.min(n - 1, Math.floor(((random() + 1) / 2) * n));
        let changes = 0;
        const write = async (ms: number): Promise<void> => {
          for (const began = performance.now(); performance.now() - began < ms; changes++) {
            await change(writer, history, pick);
            if (changes % 32 === 0) await new Promise((resolve) => setTimeout(resolve));
          }
        };
        for (let i = 0; i < kills; i++) {
          await write((1000 * seconds) / (2 * kills));
          const { thread, mode } = await start(100 + i);
          await write((1000 * seconds) / (2 * kills)); // it is ended whatever it is doing
          await thread.end();
          ok(writer.unshare(mode), "its place is taken back");
        }
        history.end();
        await writer.close();
        for (const thread of threads) {
          const told = await thread.next();
          ok("cache" in told, JSON.stringify(told));
          const { gets, exact, semantic, meanwhile, wrong } = told.cache;
          ok(wrong.length === 0, wrong.join("\n"));
          all.gets += gets;
          all.exact += exact;
          all.semantic += semantic;
          all.meanwhile += meanwhile;
        }
        note(
          `${all.gets} gets of caches checked, ${all.exact} exact and ${all.semantic} semantic hits, ${all.meanwhile} while ` +
            `something near was changed, during ${changes} changes; ${kills} readers were ended`,
        );
        ok(all.semantic > 10 * seconds && all.exact > 10 * seconds && all.meanwhile > 0, "too few to mean anything");
        await fails(() => writer.share(), "closed");
      } finally {
        await Promise.all(threads.map((thread) => thread.end()));
        await remove();
      }
    });
  };

async function change(
  writer: SemanticCache<number>,
  history: CacheHistory,
  pick: (n: number) => number,
): Promise<void> {
  const entry = pick(ENTRIES);
  const { namespace, cluster, wording } = partsOf(entry);
  const name = NAMESPACES[namespace]!;
  const kind = pick(1000);
  if (kind < 3 && namespace > 0) {
    const first = entry - (entry % (ENTRIES / NAMESPACES.length));
    const there = Array.from({ length: ENTRIES / NAMESPACES.length }, (_, i) => first + i).filter(
      (entry) => history.done(entry) % 2 === 1,
    );
    for (const one of there) history.begin(one, false);
    const removed = await writer.clear(name);
    ok(removed === there.length, `${removed} of ${there.length} went`);
    for (const one of there) history.finish(one);
  } else if (kind < 700) {
    const number = history.begin(entry, true);
    await writer.put(textOf(cluster, wording), number, { namespace: name });
    history.finish(entry);
  } else {
    const was = history.done(entry) % 2 === 1;
    if (was) history.begin(entry, false);
    ok((await writer.delete(textOf(cluster, wording), { namespace: name })) === was, "it was there or not");
    if (was) history.finish(entry);
  }
}

async function fill(path: string): Promise<void> {
  const cache = await SemanticCache.open<number>({ guards: false, embedder: trialEmbedder(), path });
  await Promise.all(
    Array.from({ length: FILLERS }, (_, i) => cache.put(textOf(CLUSTERS + 1 + i, 0), i, { namespace: "" })),
  );
  await cache.close();
}
