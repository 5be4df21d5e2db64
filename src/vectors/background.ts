/** Multiplications in a slice: some 3 ms. Counted, not timed: in some runtimes the clock stands still while code runs. */
const SLICE = 24e6;

/** Work done in slices between everything else, one piece after another. Each piece yields the size of what it just did. */
export class Background {
  #work: Generator<number, unknown> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  get busy(): boolean {
    return this.#work !== undefined;
  }

  start(work: Generator<number, unknown>): void {
    this.stop();
    this.#work = work;
    this.#later();
  }

  /** Does so much of it now. */
  advance(size: number): void {
    this.#slice(size);
    if (!this.busy) this.stop();
  }

  /** Does all that is left, now. */
  finish(): void {
    while (this.#work !== undefined) this.#slice(Number.POSITIVE_INFINITY);
    this.stop();
  }

  stop(): void {
    this.#work = undefined;
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #later(): void {
    try {
      this.#timer = setTimeout(() => {
        try {
          this.#slice(SLICE);
        } catch {
          this.#work = undefined; // memory ran out: nobody asked for this work, and searching goes on without it
        }
        if (this.#work !== undefined) this.#later();
      });
      (this.#timer as { unref?: () => void }).unref?.(); // a program that has ended need not wait for it
    } catch {
      this.#work = undefined; // Workers have no timers outside a request: searching goes on as before
    }
  }

  #slice(size: number): void {
    const work = this.#work;
    for (let done = 0; done < size && this.#work === work; ) {
      const step = work!.next();
      if (step.done) {
        if (this.#work === work) this.#work = undefined;
        return;
      }
      done += step.value;
    }
  }
}

/** Lets everything else have its turn. Fails where there are no timers: in Workers, outside a request. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    const timer: { unref?: () => void } = setTimeout(resolve) as object;
    timer.unref?.();
  });
}
