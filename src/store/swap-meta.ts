import { MnemeError } from "../error.ts";
import { type Steps, step } from "./steps.ts";
import type { Store } from "./store.ts";

/** Of so many writers at once every one has its turn: each time one of them succeeds. */
const ATTEMPTS = 100;

/** Sets a meta value that is still as it was. A store that cannot do so atomically is one of one process: there it suffices to look. */
function* swapMeta(store: Store, key: string, before: string | undefined, after: string): Steps<boolean> {
  if (store.swapMeta !== undefined) return yield* step(store.swapMeta(key, before, after));
  if ((yield* step(store.getMeta(key))) !== before) return false;
  yield* step(store.setMeta(key, after));
  return true;
}

/** Writes what is to become of a meta value, whoever else is writing. Undefined: nothing is, and nothing is written. */
export function* amendMeta(
  store: Store,
  key: string,
  change: (before: string | undefined) => Steps<string | undefined> | string | undefined,
): Steps<string | undefined> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = yield* step(store.getMeta(key));
    const changed = change(before);
    const after = typeof changed === "object" ? yield* changed : changed;
    if (after === undefined) return undefined;
    const isDone = yield* swapMeta(store, key, before, after);
    if (isDone) return after;
  }
  const problem = `"${key}" of the ${store.name} store was changed by others ${ATTEMPTS} times while it was to be.`;
  throw new MnemeError("conflict", problem, "Nothing of this was written: do it again.");
}
