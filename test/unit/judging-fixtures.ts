import type { Entry, Hit, SemanticCache, Store } from "../../src/index.ts";
import { ok } from "../conformance/assert.ts";
import { intercepted, PARAPHRASE, unclosed } from "./cache-fixtures.ts";

/** As it comes back from a browser. */
export function travelled<V>(hit: Hit<V> | undefined): Hit<V> {
  ok(hit !== undefined, "there is a hit");
  return JSON.parse(JSON.stringify(hit)) as Hit<V>;
}

/** The hit for a paraphrase is rejected. */
export async function rejects(cache: SemanticCache, query = PARAPHRASE): Promise<void> {
  await cache.feedback(travelled(await cache.get(query, { touch: false })), "reject");
}

/** The same store without one of its optional methods. */
export function without(store: Store, method: "swapMeta"): Store {
  return new Proxy(store, {
    get: (target, name: keyof Store) => {
      const member: unknown = name === method ? undefined : target[name];
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}

/** The same store, which notes the calls of each method. */
export function noted(store: Store): { store: Store; calls: string[] } {
  const calls: string[] = [];
  const seen = intercepted(unclosed(store), (method, call) => {
    calls.push(method);
    return call();
  });
  return { store: seen, calls };
}

/** Fails at the call of this number, before or after it was done; 0: none. */
export function failingAt(store: Store): { store: Store; arm: (call: number, when: "before" | "after") => void } {
  let [left, late] = [0, false];
  const failing = intercepted(unclosed(store), (_, call) => {
    const isIt = left > 0 && --left === 0;
    if (isIt && !late) throw new Error("the store is down");
    const answer = call();
    if (isIt) throw new Error("the answer was lost");
    return answer;
  });
  return {
    store: failing,
    arm: (call, when) => {
      left = call;
      late = when === "after";
    },
  };
}

/** Every call takes some turns of the event loop, another number each time. `seed` repeats a run. */
export function scattered(store: Store, seed: number): Store {
  let state = seed | 1;
  const random = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % 5;
  };
  const wait = async (): Promise<void> => {
    for (let turn = random(); turn > 0; turn--) await Promise.resolve();
  };
  return intercepted(unclosed(store), async (_, call) => {
    await wait();
    const answer = await call();
    await wait();
    return answer;
  });
}

/** Something is done right before the n-th call of a method, once. */
export function meanwhile(store: Store): {
  store: Store;
  before: (method: string, act: () => unknown, n?: number) => void;
} {
  const acts = new Map<string, { act: () => unknown; n: number }>();
  const disturbed = intercepted(unclosed(store), (method, call) => {
    const pending = acts.get(method);
    if (pending === undefined || --pending.n > 0) return call();
    acts.delete(method);
    const acted = pending.act();
    return acted instanceof Promise ? acted.then(call) : call();
  });
  return { store: disturbed, before: (method, act, n = 1) => void acts.set(method, { act, n }) };
}

/** All that an entry is but for its tags and revision. */
export function bodyOf(entry: Entry | undefined): unknown {
  if (entry === undefined) return undefined;
  const { tags: _, revision: __, ...body } = entry;
  return body;
}

export async function entriesOf(store: Store): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const entry of store.scan()) entries.push(entry);
  return entries;
}
