import { drive } from "../store/steps.ts";
import type { Awaitable } from "../store/store.ts";
import { checkPutOptions, entryName, put } from "./admission.ts";
import { checkQuery, checkThreshold, type WrapOptions } from "./call-options.ts";
import { compare } from "./comparing.ts";
import type { Engine } from "./engine.ts";
import type { Hit } from "./hit.ts";
import { sizeProblem } from "./limits.ts";
import { lookInTime } from "./look-in-time.ts";
import type { Lookup } from "./lookup.ts";
import type { Doubtful } from "./near-hit.ts";
import { type Flight, SingleFlight } from "./single-flight.ts";
import { parseTtl } from "./ttl.ts";
import { copyOf } from "./value.ts";

export interface Wrapped<V> {
  response: V;
  /** What answered; undefined when the response was computed. */
  hit: Hit<V> | undefined;
}

/** What the cache does around the writes and lookups of its wraps. */
interface Host<V> {
  isClosing(): boolean;
  write<T>(writing: Awaitable<T>): Awaitable<T>;
  flushLater(): void;
  /** In the background. */
  judge(query: string, doubtful: Doubtful<V>): void;
}

/** The calls of `wrap`: identical ones in flight share a computation. */
export class Wraps<V> {
  readonly #engine: Engine;
  readonly #host: Host<V>;
  readonly #flights = new SingleFlight();
  #shadows = 0;

  constructor(engine: Engine, host: Host<V>) {
    this.#engine = engine;
    this.#host = host;
  }

  async run(
    query: string,
    compute: (signal: AbortSignal) => V | Promise<V>,
    options: WrapOptions,
  ): Promise<Wrapped<V>> {
    const engine = this.#engine;
    const { namespace } = checkPutOptions(engine, options); // before anything is paid for
    const threshold = checkThreshold(options.threshold ?? engine.threshold);
    if (options.staleAfter !== undefined) parseTtl(options.staleAfter, "staleAfter");
    options.signal?.throwIfAborted();
    const tooLong = sizeProblem(checkQuery(query), engine.settings.limits, "queryBytes");
    if (tooLong !== undefined) {
      engine.forgive("get", tooLong);
      return { response: await compute(options.signal ?? new AbortController().signal), hit: undefined };
    }
    const { key } = entryName(engine, query, options);
    const { result, joined } = this.#flights.run(
      JSON.stringify([
        namespace,
        key,
        threshold,
        options.bypass ?? false,
        options.tags ?? [],
        options.staleAfter ?? null,
        engine.settings.shadow && ++this.#shadows, // there every call computes for itself
      ]),
      (flight) => this.#getOrCompute(query, compute, { ...options, signal: flight.signal }, flight),
      options.signal,
    );
    if (!joined) return result;
    engine.counters.add(namespace, "joined");
    return ownCopy(await result);
  }

  /** What is being computed for this query, for all of a namespace, or at all, is not joined any more, nor stored. */
  abandon(namespace?: string, key?: string): void {
    this.#flights.abandon((name) => {
      const [itsNamespace, itsKey] = JSON.parse(name) as [string, string];
      return (namespace ?? itsNamespace) === itsNamespace && (key ?? itsKey) === itsKey;
    });
  }

  /** The same for what is to have any of these tags. */
  abandonTagged(tags: readonly string[]): void {
    this.#flights.abandon((name) => {
      const [, , , , itsTags] = JSON.parse(name) as [string, string, number, boolean, string[]];
      return itsTags.some((tag) => tags.includes(tag));
    });
  }

  async #keep(query: string, response: V, options: WrapOptions, { signal, keeping }: Flight): Promise<void> {
    try {
      await this.#host.write(drive(put(this.#engine, query, response, { ...options, signal: keeping })));
    } catch (error) {
      signal.throwIfAborted();
      if (!keeping.aborted) this.#engine.forgive("put", error);
    }
  }

  /** What is older than it should be is served, and computed anew meanwhile, once for all who ask. */
  #unlessStale(
    hit: Hit<V>,
    ageMs: number,
    query: string,
    compute: (signal: AbortSignal) => V | Promise<V>,
    { staleAfter, ...options }: WrapOptions,
  ): Wrapped<V> {
    const { response } = hit;
    const age = staleAfter === undefined ? null : parseTtl(staleAfter, "staleAfter");
    if (age === null || ageMs < age || this.#host.isClosing()) return { response, hit };
    const { namespace, key } = entryName(this.#engine, query, options);
    const renewing = this.#flights.run(
      JSON.stringify([namespace, key, "anew", true, options.tags ?? []]),
      (flight) => this.#compute(query, compute, options, flight, { isRenewal: true }),
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
    compute: (signal: AbortSignal) => V | Promise<V>,
    options: WrapOptions,
    flight: Flight,
  ): Promise<Wrapped<V>> {
    const { embedding: given, ...others } = options;
    const [{ hit, age = 0, vector, doubtful }] = (await lookInTime<V>(
      this.#engine,
      [query],
      others,
      given && [given],
    )) as [Lookup<V>];
    this.#host.flushLater();
    const isCompared = hit === undefined && this.#engine.settings.compare !== undefined;
    if (doubtful !== undefined && !isCompared) this.#host.judge(query, doubtful);
    if (hit !== undefined) return this.#unlessStale(hit, age, query, compute, options);
    return this.#compute(query, compute, { ...options, embedding: vector ?? given }, flight, { doubtful });
  }

  async #compute(
    query: string,
    compute: (signal: AbortSignal) => V | Promise<V>,
    options: WrapOptions,
    flight: Flight,
    { doubtful, isRenewal = false }: { doubtful?: Doubtful<V> | undefined; isRenewal?: boolean },
  ): Promise<Wrapped<V>> {
    const start = performance.now();
    const response = await compute(flight.signal);
    this.#engine.countComputed(options, performance.now() - start);
    if (doubtful !== undefined) void this.#host.write(drive(compare(this.#engine, response, doubtful)));
    // Closing waits for a renewal, but for no caller of `wrap`.
    if (flight.keeping.aborted || (this.#host.isClosing() && !isRenewal)) return { response, hit: undefined };
    const keeping = this.#keep(query, response, options, flight);
    const deadline = options.deadline ?? this.#engine.settings.deadline;
    await (deadline === undefined ? keeping : unlessLate(keeping, deadline));
    return { response, hit: undefined };
  }
}

/** Goes on without it after so many milliseconds. */
async function unlessLate(work: Promise<void>, ms: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      work.catch(() => {}); // it has been told already, and nobody waits
      resolve();
    }, ms);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Callers who joined get objects of their own: one may change them without another seeing it. */
function ownCopy<V>({ response, hit }: Wrapped<V>): Wrapped<V> {
  const own = copyOf(response);
  return { response: own, hit: hit && { ...hit, response: own, metadata: copyOf(hit.metadata) } };
}
