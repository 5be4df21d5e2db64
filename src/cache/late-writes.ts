import type { Change } from "../store/store.ts";

/** So many are gathered before they are written of their own accord. */
const FULL = 256;

/** Beyond this, what could not be written is let go: the order of last uses is not worth any memory. */
const OVERFULL = 4 * FULL;

export interface Taken {
  changes: Change[];
  /** The namespace of each id in the last change, when entries expired. */
  expired: ReadonlyMap<number, string>;
}

/** What reading brings about but must not wait for: uses of entries, and the removal of expired ones that were met. */
export class LateWrites {
  #touches: { ids: number[]; at: number }[] = [];
  #expired = new Map<number, string>();
  #expiredAt = 0;
  #count = 0;

  get full(): boolean {
    return this.#count >= FULL;
  }

  touch(id: number, at: number): void {
    const last = this.#touches.at(-1);
    // Every use counts: an id twice in the same millisecond needs a change of its own.
    if (last?.at === at && !last.ids.includes(id)) last.ids.push(id);
    else this.#touches.push({ ids: [id], at });
    this.#count++;
  }

  expire(id: number, namespace: string, now: number): void {
    this.#expired.set(id, namespace);
    this.#expiredAt = Math.max(this.#expiredAt, now);
    this.#count++;
  }

  /** The changes to commit, emptying this. */
  take(): Taken {
    const expired = this.#expired;
    const changes: Change[] = this.#touches.map(({ ids, at }) => ({ touch: ids, at }));
    // Only if still expired by then: another writer may have renewed the entry.
    if (expired.size > 0) changes.push({ remove: [...expired.keys()], when: { expiredAt: this.#expiredAt } });
    this.#touches = [];
    this.#expired = new Map();
    this.#expiredAt = 0;
    this.#count = 0;
    return { changes, expired };
  }

  /** Takes back what could not be committed, unless it would be too much: a store may be gone for good. */
  giveBack({ changes, expired }: Taken): void {
    const touches = changes.flatMap((change) => ("touch" in change ? [{ ids: [...change.touch], at: change.at }] : []));
    const count = touches.reduce((sum, { ids }) => sum + ids.length, expired.size);
    if (this.#count + count > OVERFULL) return;
    this.#touches = [...touches, ...this.#touches]; // they came first, and the last use of an entry is what counts
    for (const change of changes) {
      if ("remove" in change && change.when) this.#expiredAt = Math.max(this.#expiredAt, change.when.expiredAt);
    }
    for (const [id, namespace] of expired) this.#expired.set(id, namespace);
    this.#count += count;
  }
}
