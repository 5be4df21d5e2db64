import { RowKernel } from "../kernel/row-kernel.ts";
import { checkOptions, type ExactIndexOptions } from "./exact-options.ts";

/** Compares stored rows with one another, by the arithmetic that an index compares a query with its rows. */
export class PairKernel extends RowKernel {
  readonly #vacant: number[] = [];
  #tail = 0;
  /** Whose numbers lie in the query's place. */
  #loaded = 0;

  constructor(dimensions: number, dtype: ExactIndexOptions["dtype"]) {
    super(dimensions, undefined, checkOptions({ dtype }).width);
  }

  /** Brings a vector to length 1 and stores it; returns its slot. */
  add(vector: ArrayLike<number>): number {
    if (this.#vacant.length === 0) {
      this.#tail = this.growChain(this.#tail);
      this.#vacant.push(...this.slots(this.#tail));
    }
    this.load(vector);
    this.#loaded = 0;
    const slot = this.#vacant.pop()!;
    this.write(slot);
    return slot;
  }

  /** The dot product of what two slots hold, to the bit that of a search. */
  similarity(left: number, right: number): number {
    if (left !== this.#loaded) this.loadRow(this.vector(left));
    this.#loaded = left;
    return this.exports.dot(this.exports.query(), this.floats(right));
  }
}
