import { type Steps, step } from "../store/steps.ts";
import type { Store } from "../store/store.ts";
import { META } from "./meta.ts";

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

const NONE: Readonly<Counts> = {
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
const NAMES = Object.keys(NONE) as (keyof Counts)[];

/**
 * Counts by namespace. They are kept in the store from flush to flush; what is new is added to what stands there, as other
 * processes count too.
 */
export class Counters {
  readonly #store: Store;
  /** What the store had when it was read last. */
  #kept: ReadonlyMap<string, Counts> = new Map();
  /** What is being added to it. */
  #leaving = new Map<string, Counts>();
  #fresh = new Map<string, Counts>();
  /** Namespaces whose counts begin anew; undefined: all. */
  #resets = new Set<string | undefined>();
  #saves = 0;
  #saving = false;

  constructor(store: Store) {
    this.#store = store;
  }

  add(namespace: string, name: keyof Counts, n = 1): void {
    countsOf(this.#fresh, namespace)[name] += n;
  }

  /** Those of each namespace; those of other processes as far as these have flushed. */
  *read(): Steps<ReadonlyMap<string, Counts>> {
    const saves = this.#saves;
    const kept = this.#withoutReset(parse(yield* step(this.#store.getMeta(META.counters))));
    if (saves === this.#saves && !this.#saving) this.#kept = kept; // else it is older than what we have
    return sum(this.#kept, this.#leaving, this.#fresh);
  }

  reset(namespace?: string): void {
    this.#resets.add(namespace);
    this.#kept = this.#withoutReset(this.#kept);
    for (const counts of [this.#leaving, this.#fresh]) {
      if (namespace === undefined) counts.clear();
      else counts.delete(namespace);
    }
  }

  *save(): Steps<void> {
    if (this.#saving || (this.#fresh.size === 0 && this.#resets.size === 0)) return;
    this.#saving = true;
    this.#saves++;
    const resets = this.#resets;
    try {
      const kept = this.#withoutReset(parse(yield* step(this.#store.getMeta(META.counters))));
      this.#resets = new Set();
      this.#leaving = this.#fresh;
      this.#fresh = new Map();
      const counts = sum(kept, this.#leaving);
      yield* step(this.#store.setMeta(META.counters, JSON.stringify([...counts])));
      this.#kept = this.#withoutReset(counts);
    } catch (error) {
      this.#fresh = sum(this.#leaving, this.#fresh);
      for (const namespace of resets) this.#resets.add(namespace);
      throw error;
    } finally {
      this.#leaving = new Map();
      this.#saving = false;
    }
  }

  #withoutReset(counts: ReadonlyMap<string, Counts>): ReadonlyMap<string, Counts> {
    if (this.#resets.has(undefined)) return new Map();
    return new Map([...counts].filter(([namespace]) => !this.#resets.has(namespace)));
  }
}

/** Of one namespace, or of all together. */
export function total(counts: ReadonlyMap<string, Counts>, namespace?: string): Counts {
  const all = namespace === undefined ? [...counts.values()] : [counts.get(namespace) ?? NONE];
  const together = new Map<string, Counts>();
  for (const one of all) addTo(countsOf(together, ""), one);
  return countsOf(together, "");
}

function sum(...parts: readonly ReadonlyMap<string, Counts>[]): Map<string, Counts> {
  const together = new Map<string, Counts>();
  for (const part of parts) for (const [name, counts] of part) addTo(countsOf(together, name), counts);
  return together;
}

function addTo(counts: Counts, more: Counts): void {
  for (const name of NAMES) counts[name] += more[name];
}

function countsOf(counts: Map<string, Counts>, namespace: string): Counts {
  let own = counts.get(namespace);
  if (own === undefined) {
    own = { ...NONE };
    counts.set(namespace, own);
  }
  return own;
}

/** Counts are worth no error: what cannot be read counts as none. */
function parse(text: string | undefined): ReadonlyMap<string, Counts> {
  const counts = new Map<string, Counts>();
  try {
    for (const [namespace, kept] of JSON.parse(text ?? "[]") as [string, Partial<Counts>][]) {
      for (const name of NAMES) countsOf(counts, namespace)[name] = Number(kept[name]) || 0;
    }
  } catch {}
  return counts;
}
