import { Worker } from "node:worker_threads";
import type { TestThread, Told } from "./worker.ts";

/** Threads of Node, Deno and Bun. */
export function spawnInProcess(): TestThread {
  const worker = new Worker(new URL("./thread-entry.js", import.meta.url));
  const mailbox = new Mailbox();
  worker.on("message", (told: Told) => mailbox.put(told));
  worker.on("error", (error) => mailbox.put({ problem: String(error) }));
  return {
    post: (job) => worker.postMessage(job),
    next: () => mailbox.take(),
    end: () => worker.terminate(),
  };
}

/** Holds what a thread tells until it is asked for. */
export class Mailbox {
  readonly #told: Told[] = [];
  #wanted: ((told: Told) => void) | undefined;

  put(told: Told): void {
    if (this.#wanted === undefined) this.#told.push(told);
    else this.#wanted(told);
    this.#wanted = undefined;
  }

  take(): Promise<Told> {
    const told = this.#told.shift();
    if (told !== undefined) return Promise.resolve(told);
    return new Promise((resolve) => {
      this.#wanted = resolve;
    });
  }
}
