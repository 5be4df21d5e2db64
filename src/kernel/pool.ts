import { startThread } from "#kernel-thread";
import type { ThreadExports } from "./exports.ts";
import type { Thread, ThreadTask } from "./thread-task.ts";

/** Turns a helper stays awake after a search, some 50 µs: the next one often comes soon, and waking takes as long. */
const AWAKE = 4096;

/** Threads that help with the searches of one kernel. Where there are none, and until they have begun, it searches alone. */
export class Pool {
  readonly #kernel: ThreadExports;
  readonly #threads: Thread[];

  constructor(kernel: ThreadExports, helpers: number, task: Pick<ThreadTask, "memory" | "dimensions" | "width">) {
    this.#kernel = kernel;
    const pool = kernel.openPool(helpers) >>> 0;
    const starts = Array.from({ length: pool === 0 ? 0 : helpers }, (_, index) =>
      startThread({ ...task, pool, index, helpers, turns: AWAKE }),
    );
    this.#threads = starts.filter((thread) => thread !== undefined);
  }

  get size(): number {
    return this.#threads.length;
  }

  close(): void {
    if (this.#threads.length === 0) return;
    this.#kernel.closePool();
    for (const thread of this.#threads.splice(0)) thread.stop();
  }
}
