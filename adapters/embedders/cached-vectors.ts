/** Vectors in memory by their texts, so many; those used least recently make room. */
export class RecentVectors {
  readonly #most: number;
  /** The one used last is the last. */
  readonly #vectors = new Map<string, Float32Array>();

  constructor(most: number) {
    this.#most = most;
  }

  get(text: string): Float32Array | undefined {
    const vector = this.#vectors.get(text);
    if (vector !== undefined) this.#use(text, vector);
    return vector;
  }

  set(text: string, vector: Float32Array): void {
    this.#use(text, vector);
    if (this.#vectors.size <= this.#most) return;
    const [oldest] = this.#vectors.keys();
    this.#vectors.delete(oldest!);
  }

  #use(text: string, vector: Float32Array): void {
    this.#vectors.delete(text);
    this.#vectors.set(text, vector);
  }
}
