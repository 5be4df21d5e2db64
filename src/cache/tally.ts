import { type Steps, step } from "../store/steps.ts";
import type { Store } from "../store/store.ts";

type Row<K extends string> = Record<K, number>;
type Rows<K extends string> = ReadonlyMap<string, Readonly<Row<K>>>;

/**
 * Numbers of the same kinds, for each of many. They are kept in the store from flush to flush; what is new is added to what
 * stands there, as other processes count too.
 */
export class Tally<K extends string> {
  readonly #store: Store;
  readonly #key: string;
  readonly #none: Readonly<Row<K>>;
  /** What the store had when it was read last. */
  #kept: Rows<K> = new Map();
  /** What is being added to it. */
  #leaving = new Map<string, Row<K>>();
  #fresh = new Map<string, Row<K>>();
  /** Those whose numbers begin anew; undefined: all. */
  #resets = new Set<string | undefined>();
  #saves = 0;
  #saving = false;

  /** `key` is where the store keeps them. */
  constructor(store: Store, key: string, none: Readonly<Row<K>>) {
    this.#store = store;
    this.#key = key;
    this.#none = none;
  }

  add(of: string, name: K, n = 1): void {
    this.#rowOf(this.#fresh, of)[name] += n;
  }

  /** Those of all; those of other processes as far as these have flushed. */
  *read(): Steps<Rows<K>> {
    const saves = this.#saves;
    const kept = this.#withoutReset(this.#parse(yield* step(this.#store.getMeta(this.#key))));
    if (saves === this.#saves && !this.#saving) this.#kept = kept; // else it is older than what we have
    return this.#sum(this.#kept, this.#leaving, this.#fresh);
  }

  reset(of?: string): void {
    this.#resets.add(of);
    this.#kept = this.#withoutReset(this.#kept);
    for (const rows of [this.#leaving, this.#fresh]) {
      if (of === undefined) rows.clear();
      else rows.delete(of);
    }
  }

  *save(): Steps<void> {
    if (this.#saving || (this.#fresh.size === 0 && this.#resets.size === 0)) return;
    this.#saving = true;
    this.#saves++;
    const resets = this.#resets;
    try {
      const kept = this.#withoutReset(this.#parse(yield* step(this.#store.getMeta(this.#key))));
      this.#resets = new Set();
      this.#leaving = this.#fresh;
      this.#fresh = new Map();
      const rows = this.#sum(kept, this.#leaving);
      yield* step(this.#store.setMeta(this.#key, JSON.stringify([...rows])));
      this.#kept = this.#withoutReset(rows);
    } catch (error) {
      this.#fresh = this.#sum(this.#leaving, this.#fresh);
      for (const of of resets) this.#resets.add(of);
      throw error;
    } finally {
      this.#leaving = new Map();
      this.#saving = false;
    }
  }

  #withoutReset(rows: Rows<K>): Rows<K> {
    if (this.#resets.has(undefined)) return new Map();
    return new Map([...rows].filter(([of]) => !this.#resets.has(of)));
  }

  #sum(...parts: readonly Rows<K>[]): Map<string, Row<K>> {
    const together = new Map<string, Row<K>>();
    for (const part of parts) {
      for (const [of, row] of part) {
        const own = this.#rowOf(together, of);
        for (const name in own) own[name] += row[name];
      }
    }
    return together;
  }

  #rowOf(rows: Map<string, Row<K>>, of: string): Row<K> {
    let own = rows.get(of);
    if (own === undefined) {
      own = { ...this.#none };
      rows.set(of, own);
    }
    return own;
  }

  /** Counts are worth no error: what cannot be read counts as none. */
  #parse(text: string | undefined): Rows<K> {
    const rows = new Map<string, Row<K>>();
    try {
      for (const [of, kept] of JSON.parse(text ?? "[]") as [string, Partial<Row<K>>][]) {
        const own = this.#rowOf(rows, of);
        for (const name in own) own[name] = Number(kept[name]) || 0;
      }
    } catch {}
    return rows;
  }
}
