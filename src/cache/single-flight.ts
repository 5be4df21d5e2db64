interface Flight<T> {
  readonly result: Promise<T>;
  readonly controller: AbortController;
  waiting: number;
}

/** Calls of the same name in flight share one computation. A call that is aborted leaves; the last one ends it. */
export class SingleFlight {
  readonly #flights = new Map<string, Flight<unknown>>();

  /** `name` stands for everything that decides the result, its type included. */
  run<T>(
    name: string,
    compute: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal | undefined,
  ): { result: Promise<T>; joined: boolean } {
    const flying = this.#flights.get(name) as Flight<T> | undefined;
    const flight = flying ?? this.#start(name, compute);
    return { result: this.#wait(name, flight, signal), joined: flying !== undefined };
  }

  #start<T>(name: string, compute: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const controller = new AbortController();
    // Landed before its result is told, so that a caller who sees the result and asks again starts anew.
    const result = compute(controller.signal).finally(() => this.#land(name, flight));
    const flight: Flight<T> = { result, controller, waiting: 0 };
    result.catch(() => {}); // every waiter may have left; those who stay get the failure themselves
    this.#flights.set(name, flight);
    return flight;
  }

  async #wait<T>(name: string, flight: Flight<T>, signal: AbortSignal | undefined): Promise<T> {
    flight.waiting++;
    if (signal === undefined) return flight.result;
    let leave: () => void = () => {};
    const aborted = new Promise<never>((_, reject) => {
      leave = () => {
        reject(signal.reason);
        if (--flight.waiting > 0) return;
        this.#land(name, flight); // nobody may join a computation that is being ended
        flight.controller.abort(signal.reason);
      };
      signal.addEventListener("abort", leave, { once: true });
    });
    try {
      return await Promise.race([flight.result, aborted]);
    } finally {
      signal.removeEventListener("abort", leave);
    }
  }

  #land(name: string, flight: Flight<unknown>): void {
    if (this.#flights.get(name) === flight) this.#flights.delete(name);
  }
}
