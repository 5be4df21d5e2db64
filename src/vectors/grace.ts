import type { Kernel } from "../kernel/kernel.ts";

/** What other threads may still be reading is used again only when none of them can be. Alone, at once. */
export class Grace {
  readonly #kernel: Kernel;
  readonly #waiting: { since: number; reuse: () => void }[] = [];
  #version = 1;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** Makes visible what was written, and reuses what no search sees any more. */
  publish(): void {
    const { threads } = this.#kernel;
    if (threads === undefined) return;
    this.#version = threads.publish();
    if (this.#waiting.length === 0) return;
    const oldest = threads.oldestSeen();
    let done = 0;
    while (done < this.#waiting.length && this.#waiting[done]!.since <= oldest) this.#waiting[done++]!.reuse();
    this.#waiting.splice(0, done);
  }

  /** When no search is left that began before the next `publish`. */
  afterwards(reuse: () => void): void {
    if (this.#kernel.threads === undefined) reuse();
    else this.#waiting.push({ since: this.#version + 1, reuse });
  }
}
