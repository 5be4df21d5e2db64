import { type Steps, step } from "./steps.ts";
import type { Store } from "./store.ts";

/** Sets a meta value that is still as it was. A store that cannot do so atomically is one of one process: there it suffices to look. */
export function* swapMeta(store: Store, key: string, before: string | undefined, after: string): Steps<boolean> {
  if (store.swapMeta !== undefined) return yield* step(store.swapMeta(key, before, after));
  if ((yield* step(store.getMeta(key))) !== before) return false;
  yield* step(store.setMeta(key, after));
  return true;
}
