import type { ChangeFeed, Entry, Store } from "../../src/index.ts";
import { collect } from "../conformance/store-under-test.ts";
import { WORDS } from "./cache-fixtures.ts";

/** What a cache with the embedder of words opens its store with. */
export const WORDS_IDENTITY = { fingerprint: WORDS.fingerprint, dimensions: WORDS.dimensions };

let made = 0;
const place = "document" in globalThis ? "page" : "worker";

export function newName(): string {
  return `mneme-test-${place}-${Date.now()}-${made++}`;
}

/** Deletes a database. */
export function drop(name: string): Promise<void> {
  return answered(indexedDB.deleteDatabase(name)).then(() => {});
}

/** Which of a name's databases there are. */
export async function namesLike(name: string): Promise<(string | undefined)[]> {
  return (await indexedDB.databases()).map((database) => database.name).filter((other) => other?.startsWith(name));
}

export function answered<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** All of a store that anyone can see. */
export async function contents(store: Store): Promise<{
  entries: Entry[];
  feed: ChangeFeed | undefined;
  version: number;
  oldest: number[];
  check: unknown;
}> {
  return {
    entries: await collect(store.scan()),
    feed: await store.changesSince(0),
    version: await store.version(),
    oldest: await store.oldest(1000),
    check: await store.check(),
  };
}

/** Waits until it holds; the test's own time limit ends the waiting. */
export async function until(holds: () => unknown): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
}
