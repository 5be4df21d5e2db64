import { type Steps, step } from "../store/steps.ts";
import type { Engine } from "./engine.ts";

/**
 * Keeps within the limits: of each namespace, and of the whole. Those used least recently go, all in one commit. One
 * eviction runs at a time, so that two do not make the same room twice.
 */
export class Eviction {
  readonly #engine: Engine;
  /** What was just put is not what goes, even if the clock was set back. */
  #put = new Map<number, string>();
  #running = false;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** After these were put. Where it fails there are too many entries until the next put. */
  *after(put: readonly (readonly [id: number, namespace: string])[]): Steps<void> {
    const { maxEntries, quotas } = this.#engine.policy;
    for (const [id, namespace] of put) if (maxEntries !== null || quotas.has(namespace)) this.#put.set(id, namespace);
    if (this.#running) return;
    this.#running = true;
    try {
      while (this.#put.size > 0) {
        const put = this.#put;
        this.#put = new Map();
        yield* this.#makeRoom(put);
      }
    } catch (error) {
      this.#engine.emit({ type: "error", operation: "evict", error });
    } finally {
      this.#running = false;
    }
  }

  *#makeRoom(put: ReadonlyMap<number, string>): Steps<void> {
    const { policy, population } = this.#engine;
    const leaving = new Set<number>();
    for (const namespace of new Set(put.values())) {
      const quota = policy.quotas.get(namespace);
      if (quota !== undefined) {
        const excess = (yield* population.count(namespace)) - quota;
        yield* this.#choose(excess, put, leaving, namespace);
      }
    }
    if (policy.maxEntries !== null) {
      const excess = (yield* population.count()) - leaving.size - policy.maxEntries;
      yield* this.#choose(excess, put, leaving);
    }
    if (leaving.size > 0) yield* this.#remove([...leaving]);
  }

  *#choose(n: number, put: ReadonlyMap<number, string>, leaving: Set<number>, namespace?: string): Steps<void> {
    if (n <= 0) return;
    const oldest = yield* step(this.#engine.store.oldest(n + leaving.size + put.size, namespace));
    const chosen = oldest.filter((id) => !leaving.has(id) && !put.has(id)).slice(0, n);
    // A limit below the number that were put together: the earliest of those go too.
    const earliest = [...put]
      .filter(([id, name]) => !leaving.has(id) && (namespace === undefined || name === namespace))
      .map(([id]) => id)
      .slice(0, n - chosen.length);
    for (const id of [...chosen, ...earliest]) leaving.add(id);
  }

  *#remove(ids: readonly number[]): Steps<void> {
    const entries = yield* step(this.#engine.store.getMany(ids));
    const namespaceOf = new Map(entries.flatMap((entry) => (entry === undefined ? [] : [[entry.id, entry.namespace]])));
    const { applied } = yield* this.#engine.commit([{ remove: ids }]);
    const counts = new Map<string, number>();
    for (const id of applied[0]!) {
      this.#engine.projection.remove(id);
      const namespace = namespaceOf.get(id);
      if (namespace !== undefined) counts.set(namespace, (counts.get(namespace) ?? 0) + 1);
    }
    for (const [namespace, count] of counts) {
      this.#engine.population.removed(namespace, count);
      this.#engine.counters.add(namespace, "evictions", count);
      this.#engine.emit({ type: "eviction", namespace, count });
    }
  }
}
