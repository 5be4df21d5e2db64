import type { Awaitable } from "../store/store.ts";
import type { Doubtful } from "./near-hit.ts";

/** What the cache does around the writes and lookups of what is computed. */
export interface Host<V> {
  isClosing(): boolean;
  write<T>(writing: Awaitable<T>): Awaitable<T>;
  flushLater(): void;
  /** In the background. */
  judge(query: string, doubtful: Doubtful<V>): void;
}
