import type { Awaitable } from "../store/store.ts";
import type { LoadGuards } from "./guarding.ts";
import type { LoadEngine } from "./open-index.ts";

/** How parts are fetched that not every cache needs: by promise when first needed, or there from the start. */
export interface Loaders {
  engine: LoadEngine;
  guards: LoadGuards;
  judging: () => Awaitable<typeof import("./judging.ts")>;
  budget: () => Awaitable<typeof import("./error-budget.ts")>;
}
