import type { Store } from "../store/store.ts";
import { META } from "./meta.ts";
import { Tally } from "./tally.ts";

export interface Counts {
  hitsExact: number;
  hitsSemantic: number;
  misses: number;
  /** Calls of `wrap` that shared a computation already under way. */
  joined: number;
  puts: number;
  /** Entries and responses that `validate` or `minConfidence` refused. */
  rejections: number;
  /** Candidates that a guard refused. */
  guarded: number;
  /** What would have been hits, in mode "shadow"; and of all that was compared with what was computed instead, how many agreed and how many did not. */
  shadowHits: number;
  agreed: number;
  disagreed: number;
  /** What users said of hits. */
  accepted: number;
  rejected: number;
  evictions: number;
  expirations: number;
  /** Calls of `wrap` that computed, and the milliseconds that took. */
  computed: number;
  computedMs: number;
}

const NONE: Counts = {
  hitsExact: 0,
  hitsSemantic: 0,
  misses: 0,
  joined: 0,
  puts: 0,
  rejections: 0,
  guarded: 0,
  shadowHits: 0,
  agreed: 0,
  disagreed: 0,
  accepted: 0,
  rejected: 0,
  evictions: 0,
  expirations: 0,
  computed: 0,
  computedMs: 0,
};

/** Counts by namespace. */
export type Counters = Tally<keyof Counts>;

export function countersOf(store: Store): Counters {
  return new Tally(store, META.counters, NONE);
}

/** Of one namespace, or of all together. */
export function total(counts: ReadonlyMap<string, Readonly<Counts>>, namespace?: string): Counts {
  if (namespace !== undefined) return { ...(counts.get(namespace) ?? NONE) };
  const all = { ...NONE };
  for (const one of counts.values()) for (const name of Object.keys(NONE) as (keyof Counts)[]) all[name] += one[name];
  return all;
}
