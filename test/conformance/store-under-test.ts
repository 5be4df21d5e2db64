import type { Awaitable, NewEntry, Store } from "../../src/index.ts";

/** A new, empty store, not opened yet. */
export interface StoreUnderTest {
  store: Store;
  /** Another store object on the same data, not opened yet; leave it out when the data goes with the store. */
  another?: () => Awaitable<Store>;
  /** Removes what the test left behind. */
  dispose?: () => Awaitable<void>;
}

/** Registers one promise, to be checked on a store of its own. */
export type Check = (name: string, run: (under: StoreUnderTest) => unknown) => void;

export const IDENTITY = { fingerprint: "test", dimensions: 2 };

/** An entry to put, with whatever the test is about. */
export function newEntry(fields: Partial<NewEntry> = {}): NewEntry {
  return {
    namespace: "n",
    key: "k",
    text: "text",
    value: '"value"',
    vector: Float32Array.of(0.6, 0.8),
    metadata: {},
    tags: [],
    createdAt: 1000,
    expiresAt: null,
    ...fields,
  };
}

/** Puts one entry in a commit of its own; returns its id. */
export async function putOne(store: Store, fields: Partial<NewEntry> = {}): Promise<number> {
  const { applied } = await store.commit([{ put: newEntry(fields) }]);
  return applied[0]![0]!;
}

export async function collect<T>(items: AsyncIterable<T> | Iterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
