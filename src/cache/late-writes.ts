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
  #touches: { ids: number[]; at: number; expiresAt?: number }[] = [];
  /** When entries whose life was renewed will be over. */
  #renewed = new Map<number, number>();
  #expired = new Map<number, string>();
  #expiredAt = 0;
  #count = 0;

  get full(): boolean {
    return this.#count >= FULL;
  }

  /** Used; with `expiresAt` its life begins anew. */
  touch(id: number, at: number, expiresAt?: number): void {
    const last = this.#touches.at(-1);
    // Every use counts: an id twice in the same millisecond needs a change of its own.
    if (last?.at === at && last.expiresAt === expiresAt && !last.ids.includes(id)) last.ids.push(id);
    else this.#touches.push({ ids: [id], at, ...(expiresAt !== undefined && { expiresAt }) });
    if (expiresAt !== undefined) this.#renewed.set(id, expiresAt);
    this.#count++;
  }

  /** Whether a use that is still to be written keeps it alive. */
  keeps(id: number, now: number): boolean {
    return (this.#renewed.get(id) ?? Number.NEGATIVE_INFINITY) > now;
  }

  expire(id: number, namespace: string, now: number): void {
    this.#expired.set(id, namespace);
    this.#expiredAt = Math.max(this.#expiredAt, now);
    this.#count++;
  }

  /** The changes to commit, emptying this. */
  take(): Taken {
    const expired = this.#expired;
    const changes: Change[] = this.#touches.map(({ ids, ...use }) => ({ touch: ids, ...use }));
    // Only if still expired by then: another writer may have renewed the entry.
    if (expired.size > 0) changes.push({ remove: [...expired.keys()], when: { expiredAt: this.#expiredAt } });
    this.#touches = [];
    this.#renewed = new Map();
    this.#expired = new Map();
    this.#expiredAt = 0;
    this.#count = 0;
    return { changes, expired };
  }

  /** Takes back what could not be committed, unless it would be too much: a store may be gone for good. */
  giveBack({ changes, expired }: Taken): void {
    const touches = changes.flatMap((change) => {
      if (!("touch" in change)) return [];
      const { touch, at, expiresAt } = change;
      return [{ ids: [...touch], at, ...(expiresAt != null && { expiresAt }) }];
    });
    const count = touches.reduce((sum, { ids }) => sum + ids.length, expired.size);
    if (this.#count + count > OVERFULL) return;
    this.#touches = [...touches, ...this.#touches]; // they came first, and the last use of an entry is what counts
    for (const { ids, expiresAt } of this.#touches) {
      if (expiresAt !== undefined) for (const id of ids) this.#renewed.set(id, expiresAt);
    }
    for (const change of changes) {
      if ("remove" in change && change.when) this.#expiredAt = Math.max(this.#expiredAt, change.when.expiredAt);
    }
    for (const [id, namespace] of expired) this.#expired.set(id, namespace);
    this.#count += count;
  }
}
