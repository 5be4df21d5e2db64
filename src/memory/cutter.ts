import type { Engine } from "./engine.ts";

/** What failed is not tried again for so long: most likely it fails again. */
const PAUSE = 60_000;

/** Sees to it that long memories are embedded piece by piece, in the background. */
export class Cutter {
  readonly #engine: Engine;
  readonly #closing = new AbortController();
  #isCutting = false;
  #pausedUntil = Number.NEGATIVE_INFINITY;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  consider(): void {
    const { settings, catalogue } = this.#engine;
    const hasWork = settings.chunks && settings.embedder !== undefined && catalogue.uncut.size > 0;
    if (!hasWork || this.#isCutting || performance.now() < this.#pausedUntil) return;
    this.#isCutting = true;
    this.#engine.later("cut", async () => {
      try {
        const { cut } = await import("./cut.ts");
        const { failed } = await this.#engine.timed("cut", () => cut(this.#engine, this.#closing.signal));
        if (failed > 0) this.#pausedUntil = performance.now() + PAUSE;
      } finally {
        this.#isCutting = false;
      }
    });
  }

  /** What is left is cut when the memory is opened again. */
  stop(): void {
    this.#closing.abort();
  }
}
