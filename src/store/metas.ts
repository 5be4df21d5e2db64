import { type Steps, step } from "./steps.ts";
import type { Store } from "./store.ts";

/** Several meta values; in one round trip where the store can. */
export function* metasOf(store: Store, keys: readonly string[]): Steps<(string | undefined)[]> {
  if (store.getMetas !== undefined) return yield* step(store.getMetas(keys));
  const values: (string | undefined)[] = [];
  for (const key of keys) values.push(yield* step(store.getMeta(key)));
  return values;
}
