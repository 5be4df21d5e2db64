/**
 * Ids in the exact order (time, id), least recent first. Clocks mostly move forward, so a Map in insertion order is
 * almost sorted by itself: only a time earlier than the latest seen makes the next reading sort anew.
 */
export class Recency {
  #times = new Map<number, number>();
  #latest = Number.NEGATIVE_INFINITY;
  #sorted = true;

  get size(): number {
    return this.#times.size;
  }

  touch(id: number, time: number): void {
    this.#times.delete(id);
    this.#times.set(id, time);
    if (time < this.#latest) this.#sorted = false;
    else this.#latest = time;
  }

  delete(id: number): void {
    this.#times.delete(id);
  }

  oldest(n: number): number[] {
    if (!this.#sorted) this.#sort();
    const ids: number[] = [];
    let tied: number[] = []; // ids of one time, which stand in the order they were touched, not by id
    let tiedTime = Number.NaN;
    for (const [id, time] of this.#times) {
      if (time !== tiedTime) {
        append(ids, tied);
        if (ids.length >= n) return ids.slice(0, n);
        tied = [];
        tiedTime = time;
      }
      tied.push(id);
    }
    append(ids, tied);
    return ids.slice(0, Math.max(0, n));
  }

  #sort(): void {
    this.#times = new Map([...this.#times].sort(([idA, timeA], [idB, timeB]) => timeA - timeB || idA - idB));
    this.#sorted = true;
  }
}

/** One by one: a call takes only so many arguments, and any number of entries may be of one time. */
function append(ids: number[], tied: number[]): void {
  for (const id of tied.sort((a, b) => a - b)) ids.push(id);
}
