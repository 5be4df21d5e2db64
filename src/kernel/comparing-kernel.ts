import { RowKernel } from "./row-kernel.ts";

/** A kernel that also compares two vectors that are not rows of it. */
export class ComparingKernel extends RowKernel {
  /** Of two vectors, as a search computes it. */
  similarity(left: ArrayLike<number>, right: ArrayLike<number>): number {
    const copy = this.normalise(left);
    const query = this.load(right);
    const wide = query + this.exports.rowBytes(); // the row to work on lies behind the query
    this.views().fill(0, wide >>> 2, (wide + this.exports.rowBytes()) >>> 2);
    this.views().set(copy, wide >>> 2);
    return this.exports.dot(query, wide);
  }
}
