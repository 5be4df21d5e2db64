/** Vectors by their texts. Those in it are shared, and never written. */
export type Vectors = Map<string, Float32Array>;

/** One call of the embedder, which several callers may wait for. */
export class Flight {
  readonly texts: readonly string[];
  readonly result: Promise<Vectors>;
  readonly #controller: AbortController;
  #waiting = 0;

  constructor(texts: readonly string[], controller: AbortController, result: Promise<Vectors>) {
    this.texts = texts;
    this.#controller = controller;
    this.result = result;
    this.result.catch(() => {}); // every waiter may have left; those who stay get the failure themselves
  }

  /** Nobody waits any more, and it was told to stop. */
  get isAbandoned(): boolean {
    return this.#controller.signal.aborted;
  }

  /** Who is aborted leaves at once, and the last one ends the call. */
  async wait(signal: AbortSignal | undefined): Promise<Vectors> {
    this.#waiting++;
    let leave: (() => void) | undefined;
    try {
      if (signal === undefined) return await this.result;
      signal.throwIfAborted();
      const left = new Promise<never>((_, reject) => {
        leave = () => reject(signal.reason);
        signal.addEventListener("abort", leave, { once: true });
      });
      return await Promise.race([this.result, left]);
    } finally {
      this.#waiting--;
      if (leave !== undefined) signal!.removeEventListener("abort", leave);
      if (signal?.aborted && this.#waiting === 0) this.#controller.abort(signal.reason);
    }
  }
}
