import { cosine } from "./vectors.ts";

/** Entries of one place are never found from another. */
export interface Place {
  namespace: string;
  scope?: string | undefined;
}

/** One entry, as a plain list would have it. */
export interface Stored extends Place {
  id: number;
  text: string;
  response: string;
  usedAt: number;
  /** How long it lives from its put, or its last use where that slides. */
  ttl: number | null;
  expiresAt: number;
}

export interface Limits {
  maxEntries: number | null;
  quotas: ReadonlyMap<string, number>;
  slidingTtl: boolean;
}

/** What a lookup may answer: one of these, which are as near as each other; or nothing, where that is allowed. */
export interface Allowed {
  layer: "exact" | "semantic";
  entries: Stored[];
  orNothing: boolean;
}

/** A cache in the plainest words: every question against every entry in float64, every eviction by sorting all. */
export class CacheModel {
  readonly #limits: Limits;
  readonly #vectorOf: (text: string) => ArrayLike<number>;
  #entries: Stored[] = [];

  constructor(limits: Limits, vectorOf: (text: string) => ArrayLike<number>) {
    this.#limits = limits;
    this.#vectorOf = vectorOf;
  }

  get all(): readonly Stored[] {
    return this.#entries;
  }

  /** Expired entries may be there or not; nothing is promised. */
  alive(now: number, place?: Place): Stored[] {
    return this.#entries.filter((one) => one.expiresAt > now && (place === undefined || isIn(one, place)));
  }

  /** Puts several at once; `ids` are what the cache answered. */
  put(puts: readonly Omit<Stored, "id" | "usedAt" | "expiresAt">[], ids: readonly number[], now: number): void {
    for (const [i, put] of puts.entries()) {
      this.delete(put, put.text);
      const expiresAt = put.ttl === null ? Number.POSITIVE_INFINITY : now + put.ttl;
      this.#entries.push({ ...put, id: ids[i]!, usedAt: now, expiresAt });
    }
    const kept = [...new Set(ids)];
    for (const namespace of new Set(puts.map((put) => put.namespace))) {
      const quota = this.#limits.quotas.get(namespace);
      if (quota !== undefined) this.#shrink(quota, kept, (one) => one.namespace === namespace);
    }
    if (this.#limits.maxEntries !== null) this.#shrink(this.#limits.maxEntries, kept, () => true);
  }

  find(place: Place, text: string): Stored | undefined {
    return this.#entries.find((one) => isIn(one, place) && one.text === text);
  }

  lookup(place: Place, text: string, threshold: number, now: number, rounding: number): Allowed {
    const alive = this.alive(now, place);
    const exact = alive.find((one) => one.text === text);
    if (exact !== undefined) return { layer: "exact", entries: [exact], orNothing: false };
    const asked = this.#vectorOf(text);
    const scored = alive.map((one) => ({ one, score: cosine(this.#vectorOf(one.text), asked) }));
    const best = Math.max(-2, ...scored.map(({ score }) => score));
    const near = scored.filter(({ score }) => score >= best - 2 * rounding && score >= threshold - rounding);
    return { layer: "semantic", entries: near.map(({ one }) => one), orNothing: best < threshold + rounding };
  }

  use(id: number, now: number): void {
    const used = this.#entries.find((one) => one.id === id)!;
    used.usedAt = now;
    if (this.#limits.slidingTtl && used.ttl !== null) used.expiresAt = now + used.ttl;
  }

  delete(place: Place, text: string): Stored | undefined {
    const gone = this.find(place, text);
    this.#entries = this.#entries.filter((one) => one !== gone);
    return gone;
  }

  clear(namespace?: string): void {
    this.#entries = this.#entries.filter((one) => namespace !== undefined && one.namespace !== namespace);
  }

  vacuum(now: number): void {
    this.#entries = this.#entries.filter((one) => one.expiresAt > now);
  }

  /** Those just put go last, the earliest of them first. */
  #shrink(most: number, put: readonly number[], concerned: (one: Stored) => boolean): void {
    const place = (one: Stored): number => put.indexOf(one.id);
    const order = this.#entries
      .filter(concerned)
      .sort((a, b) => (place(a) < 0 && place(b) < 0 ? a.usedAt - b.usedAt || a.id - b.id : place(a) - place(b)));
    const leaving = new Set(order.slice(0, Math.max(0, order.length - most)));
    this.#entries = this.#entries.filter((one) => !leaving.has(one));
  }
}

function isIn(one: Stored, { namespace, scope }: Place): boolean {
  return one.namespace === namespace && one.scope === scope;
}
