import type { Candidate, Kernel, Neighbour } from "../kernel/kernel.ts";
import { before, told } from "./answer.ts";
import { type Filter, passes, type RowsWanted } from "./vector-index.ts";

/** Rows asked for at first; each time four times as many. */
const FIRST = 8;

/**
 * A search among rows that lie elsewhere. Of each it is known what its similarity is at most, so the most promising are asked
 * for first, and those that cannot be part of the answer any more never.
 */
export class RowSearch implements RowsWanted {
  found: readonly Neighbour[];
  readonly #kernel: Kernel;
  readonly #vector: Float32Array;
  readonly #k: number;
  readonly #threshold: number;
  readonly #candidates: readonly Candidate[];
  #next = 0;
  #batch = FIRST;

  constructor(
    kernel: Kernel,
    vector: Float32Array,
    { k, threshold, filter }: { k: number; threshold: number; filter: Filter | undefined },
    found: readonly Neighbour[],
    candidates: readonly Candidate[],
  ) {
    this.#kernel = kernel;
    this.#vector = vector;
    this.#k = Math.max(0, k);
    this.#threshold = Math.fround(threshold);
    this.found = found;
    const allowed = filter === undefined ? () => true : passes(filter);
    this.#candidates = candidates.filter(({ id }) => allowed(id)).sort((a, b) => b.atMost - a.atMost);
  }

  wanted(): number[] {
    const ids: number[] = [];
    for (; ids.length < this.#batch && this.#next < this.#candidates.length; this.#next++) {
      const { id, atMost } = this.#candidates[this.#next]!;
      if (atMost < this.#bar) break;
      ids.push(id);
    }
    this.#batch *= 4;
    return ids;
  }

  give(ids: readonly number[], rows: readonly (ArrayLike<number> | null | undefined)[]): void {
    for (const [i, id] of ids.entries()) {
      const row = rows[i];
      if (row === undefined || row === null) continue;
      const similarity = this.#kernel.similarity(row, this.#vector);
      if (!(similarity >= this.#bar)) continue;
      this.found = [...this.found, ...told([{ id, similarity }])].sort(before).slice(0, this.#k);
    }
  }

  get #bar(): number {
    if (this.#k === 0) return Number.POSITIVE_INFINITY;
    return Math.max(this.#threshold, this.found[this.#k - 1]?.similarity ?? -2);
  }
}
