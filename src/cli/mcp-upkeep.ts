import type { AgentMemory } from "mneme/memory";
import { reason } from "./failure.ts";
import { complain } from "./output.ts";

const HOUR = 3_600_000;

/** Removes what is expired and makes last what is recalled again and again: at once, and every hour. */
export class Upkeep {
  readonly #memory: AgentMemory;
  readonly #over = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(memory: AgentMemory) {
    this.#memory = memory;
  }

  begin(): void {
    this.#timer = setInterval(() => this.#run(), HOUR).unref();
    this.#run();
  }

  async end(): Promise<void> {
    clearInterval(this.#timer);
    this.#over.abort();
    await this.#running;
  }

  #run(): void {
    this.#running ??= this.#keepUp().finally(() => {
      this.#running = undefined;
    });
  }

  async #keepUp(): Promise<void> {
    const { signal } = this.#over;
    try {
      await this.#memory.sweep({ signal });
      await this.#memory.promote({ signal });
    } catch (error) {
      if (!signal.aborted) complain(`mneme: upkeep failed: ${reason(error)}`);
    }
  }
}
