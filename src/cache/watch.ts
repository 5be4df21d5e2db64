import { drive } from "../store/steps.ts";
import type { Awaitable } from "../store/store.ts";
import type { Engine } from "./engine.ts";
import { catchUp, refresh } from "./refresh.ts";

/** The index follows other writers, one refresh at a time: where the store tells of them, and where an own commit met them. */
export class Watch {
  readonly #engine: Engine;
  readonly #unwatch: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #again = false;
  #stopped = false;

  constructor(engine: Engine) {
    this.#engine = engine;
    if (!engine.keepsIndex) return;
    this.#unwatch = engine.store.watch?.((version) => {
      if (version !== engine.known) this.#follow();
    });
    engine.onBehind = () => this.#follow();
    // Others may have written while the index was filled.
    if (this.#unwatch !== undefined) this.#run(() => drive(catchUp(engine)));
  }

  /** No refresh runs afterwards. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unwatch?.();
    await this.#running;
  }

  /** What is told while a refresh runs may be news to it: one more follows, however often it was told. */
  #follow(): void {
    if (this.#stopped) return;
    if (this.#running === undefined) this.#run(() => drive(refresh(this.#engine)));
    else this.#again = true;
  }

  #run(work: () => Awaitable<void>): void {
    this.#running = (async () => {
      try {
        await work();
      } catch (error) {
        // The version known is as it was: the next notice brings it all.
        if (!this.#stopped) this.#engine.emit({ type: "error", operation: "refresh", error });
      }
      this.#running = undefined;
      if (!this.#again) return;
      this.#again = false;
      this.#follow();
    })();
  }
}
