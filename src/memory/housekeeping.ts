import { Cutter } from "./cutter.ts";
import type { Engine } from "./engine.ts";
import { hasDue, repair } from "./repair.ts";

/** What an open memory does without being asked: embeds what it owes, cuts what is long, and maintains itself now and then. */
export class Housekeeping {
  readonly #engine: Engine;
  readonly #cutter: Cutter;
  readonly #timer: ReturnType<typeof setInterval> | undefined;
  #isRepairing = false;

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#cutter = new Cutter(engine);
    engine.onCommitted = () => this.#cutter.consider();
    this.#cutter.consider();
    engine.onPending = () => this.#repairLater();
    engine.onEmbedded = () => hasDue(engine) && this.#repairLater();
    const { maintainEvery } = engine.settings;
    if (maintainEvery === undefined) return;
    this.#timer = setInterval(
      () => engine.later("maintain", async () => (await import("./upkeep.ts")).maintain(engine)),
      maintainEvery,
    );
    // A program that has nothing else to do may end.
    (this.#timer as { unref?: () => void }).unref?.();
  }

  /** Nothing new is begun by the timer, and cutting ends; what else is under way goes on. */
  stop(): void {
    clearInterval(this.#timer);
    this.#cutter.stop();
  }

  #repairLater(): void {
    if (this.#isRepairing) return;
    this.#isRepairing = true;
    this.#engine.later("repair", async () => {
      try {
        await this.#engine.timed("repair", () => repair(this.#engine, {}));
      } finally {
        this.#isRepairing = false;
      }
    });
  }
}
