import { isPromise, type Steps, step } from "./steps.ts";
import type { Store } from "./store.ts";

/** Several meta values; in one round trip where the store can, else asked for together. */
export function* metasOf(store: Store, keys: readonly string[]): Steps<readonly (string | undefined)[]> {
  if (store.getMetas !== undefined) return yield* step(store.getMetas(keys));
  const asked = keys.map((key) => store.getMeta(key));
  return asked.some((value) => isPromise(value)) ? yield* step(Promise.all(asked)) : (asked as (string | undefined)[]);
}
