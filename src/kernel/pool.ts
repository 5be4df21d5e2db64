import { startThread } from "#kernel-thread";
import type { ThreadExports } from "./exports.ts";
import type { Thread, ThreadTask } from "./thread-task.ts";

/** Turns a helper stays awake after a search, some 50 µs: the next one often comes soon, and waking takes as long. */
const AWAKE = 4096;
/** Turns that those who help are waited for awake, some 1 ms: more than they need for what they took. */
const TURNS = 2 ** 19;
/** Who is not done after so long, on however busy a machine, has ended in the middle. */
const PATIENCE_MS = 2000;
const NAP_MS = 1;

/** Threads that help with the searches of one kernel. Where there are none, and until they have begun, it searches alone. */
export class Pool {
  /** Where it lies in the kernel's memory. */
  readonly address: number;
  readonly threads: Thread[];
  readonly #kernel: ThreadExports;

  constructor(kernel: ThreadExports, helpers: number, task: Pick<ThreadTask, "memory" | "dimensions" | "width">) {
    this.#kernel = kernel;
    const pool = kernel.openPool(helpers) >>> 0;
    const starts = Array.from({ length: pool === 0 ? 0 : helpers }, (_, index) =>
      startThread({ ...task, pool, index, helpers, turns: AWAKE }),
    );
    this.address = pool;
    this.threads = starts.filter((thread) => thread !== undefined);
  }

  get size(): number {
    return this.threads.length;
  }

  /** Waits for those who joined the search. False when one of them will never be done. */
  isDone(): boolean {
    if (this.#kernel.awaitHelpers(TURNS)) return true;
    for (const start = performance.now(); performance.now() - start < PATIENCE_MS; ) {
      nap(); // there may be fewer processors than threads
      if (this.#kernel.awaitHelpers(TURNS)) return true;
    }
    return false;
  }

  close(): void {
    if (this.threads.length === 0) return;
    this.#kernel.closePool();
    for (const thread of this.threads.splice(0)) thread.stop();
  }
}

function nap(): void {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, NAP_MS);
  } catch {
    // A page's own thread must not sleep.
  }
}
