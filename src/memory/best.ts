import type { Ranked } from "./fusion.ts";

/** The best few of many that come one by one; of equal ones, those of the lowest ids. */
export class Best {
  readonly #most: number;
  /** Up to twice as many, so that they are sorted now and then instead of with each that comes. */
  readonly #kept: Ranked[] = [];
  /** The last of those that are in for now: who is behind it will never be. */
  #last: Ranked | undefined;

  /** Who has less will not be one of them. */
  least: number = Number.NEGATIVE_INFINITY;

  constructor(most: number) {
    this.#most = most;
  }

  /** Whether it could be one of them, by those that came before. */
  admits(id: number, score: number): boolean {
    const last = this.#last;
    return last === undefined || score > last.score || (score === last.score && id < last.id);
  }

  add(id: number, score: number): void {
    this.#kept.push({ id, score });
    if (this.#kept.length < 2 * this.#most) return;
    this.#last = this.ranked().at(-1)!;
    this.least = this.#last.score;
  }

  ranked(): Ranked[] {
    this.#kept.sort((a, b) => b.score - a.score || a.id - b.id);
    this.#kept.splice(this.#most);
    return this.#kept;
  }
}
