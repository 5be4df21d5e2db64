import { drive } from "../store/steps.ts";
import { parseTtl } from "../ttl.ts";
import { checkPutOptions } from "./admission.ts";
import { checkQuery, checkThreshold, type WrapOptions } from "./call-options.ts";
import { compare } from "./comparing.ts";
import type { Engine } from "./engine.ts";
import { flightName } from "./flight-name.ts";
import type { Hit } from "./hit.ts";
import type { Host } from "./host.ts";
import { goesOn, keep, settle } from "./keeping.ts";
import { sizeProblem } from "./limits.ts";
import type { Doubtful } from "./near-hit.ts";
import { type Flight, SingleFlight } from "./single-flight.ts";
import type { Turn, Turns } from "./turns.ts";
import { copyOf } from "./value.ts";

/** Makes a response; `embedding` is the query's vector, where it was embedded to be looked up. */
export type Compute<V> = (signal: AbortSignal, embedding?: ArrayLike<number>) => V | Promise<V>;

export interface Wrapped<V> {
  response: V;
  /** What answered; undefined when the response was computed. */
  hit: Hit<V> | undefined;
}

/** The calls of `wrap`: identical ones in flight share a computation. */
export class Wraps<V> {
  readonly #engine: Engine;
  readonly #host: Host<V>;
  readonly #turns: Turns<V>;
  readonly #flights = new SingleFlight();
  #shadows = 0;

  constructor(engine: Engine, host: Host<V>, turns: Turns<V>) {
    this.#engine = engine;
    this.#host = host;
    this.#turns = turns;
  }

  async run(query: string, compute: Compute<V>, options: WrapOptions<V>): Promise<Wrapped<V>> {
    const engine = this.#engine;
    const { namespace } = checkPutOptions(engine, options); // before anything is paid for
    checkThreshold(options.threshold ?? engine.threshold);
    if (options.staleAfter !== undefined) parseTtl(options.staleAfter, "staleAfter");
    options.signal?.throwIfAborted();
    const tooLong = sizeProblem(checkQuery(query), engine.settings.limits, "queryBytes");
    if (tooLong !== undefined) {
      engine.forgive("get", tooLong);
      return { response: await compute(options.signal ?? new AbortController().signal), hit: undefined };
    }
    const isAlone = engine.settings.shadow && ++this.#shadows; // there every call computes for itself
    const { result, joined } = this.#flights.run(
      flightName(engine, query, options, options.staleAfter ?? null, isAlone),
      (flight) => this.#getOrCompute(query, compute, { ...options, signal: flight.signal }, flight),
      options.signal,
    );
    if (!joined) {
      goesOn(engine, options, result); // others may have joined when its own request is over
      return result;
    }
    const wrapped = ownCopy(await result);
    engine.counters.add(namespace, "joined"); // not before: what fails has spared nobody a call
    engine.savings.saved(wrapped.response, options);
    return wrapped;
  }

  /** What is being computed for these is not joined any more, nor stored. */
  abandon(concerned: (name: string) => boolean): void {
    this.#flights.abandon(concerned);
  }

  /** What is older than it should be is served, and computed anew meanwhile, once for all who ask. */
  #unlessStale(
    hit: Hit<V>,
    ageMs: number,
    query: string,
    compute: Compute<V>,
    { staleAfter, ...options }: WrapOptions<V>,
  ): Wrapped<V> {
    const { response } = hit;
    const age = staleAfter === undefined ? null : parseTtl(staleAfter, "staleAfter");
    if (age === null || ageMs < age || this.#host.isClosing()) return { response, hit };
    const renewing = this.#flights.run(
      flightName(this.#engine, query, options, "anew"),
      (flight) => this.#compute(query, compute, options, flight, {}),
      undefined,
    );
    if (!renewing.joined) {
      void this.#host.write(
        renewing.result.then(undefined, (error: unknown) => {
          this.#engine.emit({ type: "error", operation: "revalidate", error });
        }),
      );
    }
    return { response, hit: { ...hit, stale: true } };
  }

  async #getOrCompute(
    query: string,
    compute: Compute<V>,
    options: WrapOptions<V>,
    flight: Flight,
  ): Promise<Wrapped<V>> {
    const asked = await this.#turns.ask({ query, options, signal: flight.signal });
    if ("hit" in asked) return this.#unlessStale(asked.hit, asked.age ?? 0, query, compute, options);
    const { vector, turn, doubtful } = asked;
    return this.#compute(query, compute, { ...options, embedding: vector ?? options.embedding }, flight, {
      doubtful,
      turn,
    });
  }

  async #compute(
    query: string,
    compute: Compute<V>,
    options: WrapOptions<V>,
    flight: Flight,
    { doubtful, turn }: { doubtful?: Doubtful<V> | undefined; turn?: Turn },
  ): Promise<Wrapped<V>> {
    const start = performance.now();
    let response: V;
    try {
      response = await compute(flight.signal, options.embedding);
    } catch (error) {
      void turn?.end();
      throw error;
    }
    this.#engine.countComputed(response, options, performance.now() - start);
    if (doubtful !== undefined) void this.#host.write(drive(compare(this.#engine, response, doubtful)));
    // Closing waits for a renewal, but for no caller of `wrap`.
    const isLate = flight.keeping.aborted || (this.#host.isClosing() && turn !== undefined);
    const keeping = isLate ? undefined : keep(this.#engine, this.#host, { query, response, options }, flight);
    await settle(this.#engine, keeping ?? Promise.resolve(), options, turn);
    return { response, hit: undefined };
  }
}

/** Callers who joined get objects of their own: one may change them without another seeing it. */
function ownCopy<V>({ response, hit }: Wrapped<V>): Wrapped<V> {
  const own = copyOf(response);
  return { response: own, hit: hit && { ...hit, response: own, metadata: copyOf(hit.metadata) } };
}
