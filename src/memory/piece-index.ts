import type { VectorIndex } from "../vectors/vector-index.ts";
import type { Piece } from "./piece.ts";

/** Of a memory the piece that is most like the query. */
export interface NearPiece {
  seq: number;
  piece: number;
  similarity: number;
}

/** Numbers of memories stay below; above lie those of pieces, first pieces first. */
const SEQS = 2 ** 40;

/**
 * The vectors of pieces, apart from those of whole memories: whoever decides by likeness what becomes of a memory compares
 * whole ones, and must not meet a piece of another.
 */
export class PieceIndex {
  readonly #vectors: VectorIndex;
  /** By the number of the memory, how many it has. */
  readonly #counts = new Map<number, number>();

  constructor(vectors: VectorIndex) {
    this.#vectors = vectors;
  }

  add(seq: number, shelf: string, pieces: readonly Piece[]): void {
    this.remove(seq);
    if (pieces.length === 0) return;
    this.#counts.set(seq, pieces.length); // first, so that those before one that is refused can be removed
    for (const [i, { vector }] of pieces.entries()) this.#vectors.add(idOf(seq, i), shelfOf(shelf), vector);
  }

  remove(seq: number): void {
    for (let i = this.#counts.get(seq) ?? 0; i-- > 0; ) this.#vectors.remove(idOf(seq, i));
    this.#counts.delete(seq);
  }

  /** Of so many memories the nearest piece each, best first. */
  nearest(
    shelf: string,
    vector: Float32Array,
    most: number,
    among: ReadonlySet<number> | ((seq: number) => boolean),
  ): NearPiece[] {
    if (this.#counts.size === 0) return [];
    const filter = typeof among === "function" ? (id: number) => among(id % SEQS) : this.#idsOf(among);
    // One memory may have many pieces near the query.
    for (let asked = most; ; asked *= 4) {
      const found = this.#vectors.search(shelfOf(shelf), vector, asked, -1, filter);
      const nearest = new Map<number, NearPiece>();
      for (const { id, similarity } of found) {
        const seq = id % SEQS;
        if (!nearest.has(seq)) nearest.set(seq, { seq, piece: Math.floor(id / SEQS) - 1, similarity });
      }
      if (nearest.size >= most || found.length < asked) return [...nearest.values()].slice(0, most);
    }
  }

  #idsOf(seqs: ReadonlySet<number>): Set<number> {
    const ids = new Set<number>();
    for (const seq of seqs) for (let i = this.#counts.get(seq) ?? 0; i-- > 0; ) ids.add(idOf(seq, i));
    return ids;
  }
}

function idOf(seq: number, piece: number): number {
  return seq + SEQS * (piece + 1);
}

/** No namespace of a memory has a NUL in it, and former states lie behind one. */
function shelfOf(shelf: string): string {
  return `\0\0${shelf}`;
}
