import type { Awaitable, NewEntry, Store } from "../../src/index.ts";

/** A new, empty store, not opened yet. */
export interface StoreUnderTest {
  store: Store;
  /** Another store object on the same data, not opened yet; leave it out when the data goes with the store. */
  another?: () => Awaitable<Store>;
  /** Set it when only one can be used at a time: `another` is then opened after the first was closed. */
  alone?: boolean;
  /** Spoils the data, which no store has open: beyond reading; as a newer version would have written them. */
  spoil?: { corrupt?: () => Awaitable<void>; newer?: () => Awaitable<void> };
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

/** Goes on with a store opened anew on the same data; with the same one where the data goes with the store. */
export async function reopened(under: StoreUnderTest, goOn: (store: Store) => unknown): Promise<void> {
  if (under.another === undefined) {
    await goOn(under.store);
    return;
  }
  await under.store.close();
  const store = await under.another();
  try {
    await store.open(IDENTITY);
    await goOn(store);
  } finally {
    await store.close();
  }
}

/** Goes on with two stores open on the same data; where there cannot be two, with one in both places. */
export async function together(under: StoreUnderTest, goOn: (a: Store, b: Store) => unknown): Promise<void> {
  if (under.another === undefined || under.alone) {
    await goOn(under.store, under.store);
    return;
  }
  const other = await under.another();
  try {
    await other.open(IDENTITY);
    await goOn(under.store, other);
  } finally {
    await other.close();
  }
}

export async function collect<T>(items: AsyncIterable<T> | Iterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
