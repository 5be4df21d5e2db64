/** Chunks as they come: what `produce` gives, and what readers get. */
export type Source<C> = AsyncIterable<C> | ReadableStream<C> | Iterable<C>;

/** So many chunks at the most wait for a reader where they are not recorded. */
const WINDOW = 64;

/** How far somebody has read. */
export interface Reader {
  next: number;
}

/** What became of a source that ended cleanly: all of it, unless that was too much. */
export type Recorded<C> = { chunks: readonly C[] | undefined } | undefined;

/**
 * One source, many readers. What comes is kept, so that whoever joins reads from the start, and reading at one's own pace or
 * leaving holds nothing up. Beyond `most` bytes nothing is recorded any more: then the source waits for its readers.
 */
export class Recording<C> {
  readonly #most: number;
  readonly #sizeOf: (chunk: C) => number;
  #chunks: C[] = [];
  /** How many chunks were let go, before those there are. */
  #gone = 0;
  #bytes = 0;
  #end: { error?: unknown } | undefined;
  readonly #readers = new Set<Reader>();
  readonly #over = new AbortController();
  #wake: (() => void)[] = [];

  constructor(most: number, sizeOf: (chunk: C) => number) {
    this.#most = most;
    this.#sizeOf = sizeOf;
  }

  /** Aborted at the end. Callers keep their signals for long: they are listened to no longer than that. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** Whether it can still be read from its start. */
  get isWhole(): boolean {
    return this.#gone === 0;
  }

  /** Reads the source to its end, or until `signal`. An error is that of its readers too; a clean end they see when `finish` tells. */
  async record(source: Source<C>, signal: AbortSignal): Promise<Recorded<C>> {
    const iterator = iteratorOf(source);
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    aborted.catch(() => {});
    try {
      for (;;) {
        signal.throwIfAborted();
        const { done, value } = await Promise.race([iterator.next(), aborted]);
        if (done) break;
        this.#take(value);
        while (this.#isOver && this.#readers.size > 0 && this.#waiting > WINDOW)
          await Promise.race([this.#change(), aborted]);
        if (this.#isOver && this.#readers.size === 0) {
          void Promise.resolve(iterator.return?.()).catch(() => {}); // nobody reads it, and it is not kept
          return undefined;
        }
      }
    } catch (error) {
      void Promise.resolve(iterator.return?.()).catch(() => {});
      this.finish({ error });
      return undefined;
    }
    return { chunks: this.#isOver ? undefined : this.#chunks };
  }

  /** Nothing more comes: with an error, that is what its readers get. */
  finish(end: { error?: unknown } = {}): void {
    this.#end ??= end;
    this.#over.abort();
    this.#notify();
  }

  /** Has a place at the start: until it has read on, or left, nothing that it has not read is let go. */
  reader(signal: AbortSignal | undefined): Reader {
    const reader = { next: this.#gone };
    this.#readers.add(reader);
    signal?.addEventListener("abort", () => this.#leave(reader), { once: true, signal: this.over });
    return reader;
  }

  /** From the reader's place on. */
  async *read(reader: Reader, signal: AbortSignal | undefined): AsyncGenerator<C, void> {
    let leave: (() => void) | undefined;
    const aborted =
      signal &&
      new Promise<void>((resolve) => {
        leave = resolve;
        signal.addEventListener("abort", leave, { once: true });
      });
    try {
      for (;;) {
        signal?.throwIfAborted();
        if (reader.next < this.#gone + this.#chunks.length) {
          const chunk = this.#chunks[reader.next - this.#gone]!;
          reader.next++;
          this.#letGo();
          yield chunk;
        } else if (this.#end !== undefined) {
          if ("error" in this.#end) throw this.#end.error;
          return;
        } else {
          await (aborted ? Promise.race([this.#change(), aborted]) : this.#change());
        }
      }
    } finally {
      if (leave !== undefined) signal?.removeEventListener("abort", leave);
      this.#leave(reader);
    }
  }

  #leave(reader: Reader): void {
    this.#readers.delete(reader);
    this.#letGo();
    this.#notify();
  }

  get #isOver(): boolean {
    return this.#bytes > this.#most;
  }

  /** Chunks that the slowest reader has not read. */
  get #waiting(): number {
    const slowest = Math.min(...[...this.#readers].map(({ next }) => next));
    return this.#gone + this.#chunks.length - slowest;
  }

  #take(chunk: C): void {
    this.#chunks.push(chunk);
    if (!this.#isOver) this.#bytes += this.#sizeOf(chunk);
    this.#letGo();
    this.#notify();
  }

  /** What is not recorded and everybody has read. */
  #letGo(): void {
    if (!this.#isOver) return;
    const slowest = Math.min(...[...this.#readers].map(({ next }) => next), this.#gone + this.#chunks.length);
    if (slowest > this.#gone) {
      this.#chunks.splice(0, slowest - this.#gone);
      this.#gone = slowest;
      this.#notify();
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake.push(resolve);
    });
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = [];
    for (const one of wake) one();
  }
}

function iteratorOf<C>(source: Source<C>): AsyncIterator<C> | Iterator<C> {
  if (Symbol.iterator in source) return source[Symbol.iterator]();
  // Streams of WebKit cannot be iterated.
  if (!("getReader" in source)) return source[Symbol.asyncIterator]();
  const reader = source.getReader();
  return {
    next: () => reader.read() as Promise<IteratorResult<C>>,
    return: async () => {
      await reader.cancel();
      return { done: true, value: undefined };
    },
  };
}
