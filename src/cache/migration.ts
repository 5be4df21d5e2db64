import { MnemeError } from "../error.ts";
import { type Steps, step } from "../store/steps.ts";
import type { Store } from "../store/store.ts";

/** Where a store that is filled from another keeps how far that has come; `FINISHED` once it is all there. */
export const MIGRATION = "migration";
export const FINISHED = "finished";

/** A store that was filled in part only would miss what the rest would have answered, and be taken for whole. */
export function* refuseUnfinished(store: Store): Steps<void> {
  const state = yield* step(store.getMeta(MIGRATION));
  if (state === undefined || state === FINISHED) return;
  throw new MnemeError(
    "unfinished",
    `The ${store.name} store is the destination of a reembed that has not ended.`,
    "Run it again, to its end, with the same source; or use another store.",
  );
}
