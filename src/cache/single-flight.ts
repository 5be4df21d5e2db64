import { unlessAborted } from "../abort.ts";

/** A computation several callers wait for. */
export interface Flight {
  /** Aborted when every caller has left. */
  readonly signal: AbortSignal;
  /** Aborted too when what it computes was forgotten meanwhile, and so must not be stored. */
  readonly keeping: AbortSignal;
}

interface FlightOf<T> extends Flight {
  readonly controller: AbortController;
  readonly keeper: AbortController;
  waiting: number;
  result: Promise<T>;
}

/** Calls of the same name in flight share one computation. A call that is aborted leaves; the last one ends it. */
export class SingleFlight {
  readonly #flights = new Map<string, FlightOf<unknown>>();

  /** `name` stands for everything that decides the result, its type included. */
  run<T>(
    name: string,
    compute: (flight: Flight) => Promise<T>,
    signal: AbortSignal | undefined,
  ): { result: Promise<T>; joined: boolean } {
    const flying = this.#flights.get(name) as FlightOf<T> | undefined;
    const flight = flying ?? this.#start(name, compute);
    return { result: this.#wait(name, flight, signal), joined: flying !== undefined };
  }

  /** Nobody joins these any more, and they are told: what they compute was asked for before it was forgotten. */
  abandon(concerned: (name: string) => boolean): void {
    for (const [name, flight] of this.#flights) {
      if (!concerned(name)) continue;
      this.#flights.delete(name);
      flight.keeper.abort();
    }
  }

  #start<T>(name: string, compute: (flight: Flight) => Promise<T>): FlightOf<T> {
    const controller = new AbortController();
    const keeper = new AbortController();
    const signals = { signal: controller.signal, keeping: keeper.signal };
    const flight = { controller, keeper, ...signals, waiting: 0 } as FlightOf<T>;
    // Landed before its result is told, so that a caller who sees the result and asks again starts anew.
    flight.result = compute(flight).finally(() => this.#land(name, flight));
    flight.result.catch(() => {}); // every waiter may have left; those who stay get the failure themselves
    this.#flights.set(name, flight);
    return flight;
  }

  async #wait<T>(name: string, flight: FlightOf<T>, signal: AbortSignal | undefined): Promise<T> {
    flight.waiting++;
    try {
      return await unlessAborted(flight.result, signal);
    } finally {
      flight.waiting--;
      if (signal?.aborted && flight.waiting === 0) {
        this.#land(name, flight); // nobody may join a computation that is being ended
        flight.controller.abort(signal.reason);
        flight.keeper.abort(signal.reason);
      }
    }
  }

  #land(name: string, flight: FlightOf<unknown>): void {
    if (this.#flights.get(name) === flight) this.#flights.delete(name);
  }
}
