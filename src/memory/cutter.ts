import type { Engine } from "./engine.ts";

/** What failed is not tried again for so long: most likely it fails again. */
const PAUSE = 60_000;

/** Sees to it that long memories are embedded piece by piece, in the background. */
export class Cutter {
  readonly #engine: Engine;
  readonly #closing = new AbortController();
  #isCutting = false;
  /** Whether something was written since what is to be cut was last looked up. */
  #isAsked = false;
  #pausedUntil = Number.NEGATIVE_INFINITY;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  consider(): void {
    this.#isAsked = true;
    if (!this.#hasWork || this.#isCutting) return;
    this.#isCutting = true;
    this.#engine.later("cut", async () => {
      try {
        const { cut } = await import("./cut.ts");
        while (this.#isAsked && this.#hasWork) {
          this.#isAsked = false;
          const { failed } = await this.#engine.timed("cut", () => cut(this.#engine, this.#closing.signal));
          if (failed > 0) this.#pausedUntil = performance.now() + PAUSE;
        }
      } finally {
        this.#isCutting = false;
      }
    });
  }

  get #hasWork(): boolean {
    const { settings, catalogue } = this.#engine;
    const isOn = settings.chunks && settings.embedder !== undefined && !this.#closing.signal.aborted;
    return isOn && catalogue.uncut.size > 0 && performance.now() >= this.#pausedUntil;
  }

  /** What is left is cut when the memory is opened again. */
  stop(): void {
    this.#closing.abort();
  }
}
