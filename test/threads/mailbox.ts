import type { Told } from "./worker.ts";

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
