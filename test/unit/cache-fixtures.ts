import {
  type CacheEvent,
  type CacheOptions,
  memoryStore,
  SemanticCache,
  SemanticCacheSync,
  type Store,
  type SyncCacheOptions,
  type SyncEmbedder,
} from "../../src/index.ts";
import { testEmbedder } from "../conformance/embedder.ts";
import type { Test } from "../harness.ts";

/** Words with enough dimensions that unrelated ones are nearly orthogonal. */
export const WORDS: SyncEmbedder = testEmbedder({ dimensions: 256 });

/** A question, one that shares most of its words (cosine about 0.9), and one that shares few. */
export const QUESTION = "how do I reset the password of my account today";
export const PARAPHRASE = "how do I reset the password of my account now";
export const OTHER = "what does a tram ticket to the airport cost";

/** In a Worker, too, what was computed is stored when `wrap` returns. */
export const WAITING = { waitUntil: false } as const;

/** Both faces answer alike when their answers are awaited, so one battery serves both. */
export const FACES: Record<string, (options: CacheOptions) => Promise<SemanticCache>> = {
  "async, async store": (options) =>
    SemanticCache.open({ ...WAITING, ...options, store: promised(options.store ?? memoryStore()) }),
  "async, sync store": (options) => SemanticCache.open({ ...WAITING, ...options }),
  sync: async (options) => SemanticCacheSync.open(options as SyncCacheOptions) as unknown as SemanticCache,
};

type Open = (options?: Partial<CacheOptions>) => Promise<SemanticCache>;

/** The same tests for every face, each told how to open a cache. */
export function inEachFace(
  test: Test,
  define: (test: (name: string, run: (open: Open) => unknown) => void) => void,
): void {
  for (const [face, open] of Object.entries(FACES)) {
    define((name, run) => test(`${face}: ${name}`, () => run((options) => open({ embedder: WORDS, ...options }))));
  }
}

/** A clock that moves when told to, and a record of events. */
export function observed(): {
  clock: () => number;
  pass: (ms: number) => void;
  events: CacheEvent[];
  onEvent: (event: CacheEvent) => void;
} {
  let now = 1_000_000;
  const events: CacheEvent[] = [];
  return {
    clock: () => now,
    pass: (ms) => {
      now += ms;
    },
    events,
    onEvent: (event) => events.push(event),
  };
}

/** Counts the texts it embeds. */
export function countingEmbedder(): SyncEmbedder & { embedded: string[] } {
  const embedded: string[] = [];
  return {
    ...WORDS,
    embedded,
    embed: (texts) => {
      embedded.push(...texts);
      return WORDS.embed(texts);
    },
  };
}

/** The same store, each answer a promise that takes a turn of the event loop. */
export function promised(store: Store): Store {
  return intercepted(store, async (_, call) => {
    await Promise.resolve();
    return call();
  });
}

/** The same store, with `around` in the way of every call but `scan`, which has its own way to answer. */
export function intercepted(store: Store, around: (method: string, call: () => unknown) => unknown): Store {
  return new Proxy(store, {
    get(target, method: keyof Store) {
      const member: unknown = target[method];
      if (typeof member !== "function") return member;
      const call = member.bind(target) as (...args: unknown[]) => unknown;
      return method === "scan" ? call : (...args: unknown[]) => around(method, () => call(...args));
    },
  });
}

/** A store that outlives the caches opened on it. */
export function unclosed(store: Store): Store {
  return intercepted(store, (method, call) => (method === "close" ? undefined : call()));
}

export async function opened(options: Partial<CacheOptions> = {}): Promise<SemanticCache> {
  return SemanticCache.open({ embedder: WORDS, ...WAITING, ...options });
}

/** Lets what is under way go on. */
export function turn(ms = 0): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
