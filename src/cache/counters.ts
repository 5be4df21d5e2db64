import type { KernelLevel } from "../vectors/vector-index.ts";

export interface Counts {
  hitsExact: number;
  hitsSemantic: number;
  misses: number;
  /** Calls of `wrap` that shared a computation already under way. */
  joined: number;
  evictions: number;
  expirations: number;
}

export interface Stats extends Counts {
  /** Undefined for the whole cache. */
  namespace: string | undefined;
  entries: number;
  /** Which kind of index serves: an approximate one may miss an entry that is there. */
  index: "exact" | "approximate";
  /** Memory of the vector index, spare room included. */
  indexBytes: number;
  /** How vectors are compared in this runtime: "scalar" is the slow one. Undefined for an index that is not the library's. */
  kernel: KernelLevel | undefined;
}

const NONE: Readonly<Counts> = { hitsExact: 0, hitsSemantic: 0, misses: 0, joined: 0, evictions: 0, expirations: 0 };

/** Counts per namespace since the cache was opened. */
export class Counters {
  readonly #counts = new Map<string, Counts>();

  add(namespace: string, name: keyof Counts, n = 1): void {
    let counts = this.#counts.get(namespace);
    if (counts === undefined) {
      counts = { ...NONE };
      this.#counts.set(namespace, counts);
    }
    counts[name] += n;
  }

  of(namespace?: string): Counts {
    const sum = { ...NONE };
    for (const [name, counts] of this.#counts) {
      if (namespace !== undefined && name !== namespace) continue;
      for (const key of Object.keys(NONE) as (keyof Counts)[]) sum[key] += counts[key];
    }
    return sum;
  }

  reset(namespace?: string): void {
    if (namespace === undefined) this.#counts.clear();
    else this.#counts.delete(namespace);
  }
}
