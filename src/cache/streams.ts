import { unlessAborted } from "../abort.ts";
import { MnemeError } from "../error.ts";
import { drive } from "../store/steps.ts";
import type { Awaitable } from "../store/store.ts";
import { checkPutOptions } from "./admission.ts";
import { checkQuery, namespaceOf } from "./call-options.ts";
import { compare } from "./comparing.ts";
import type { Engine } from "./engine.ts";
import { flightName } from "./flight-name.ts";
import type { Hit } from "./hit.ts";
import type { Host } from "./host.ts";
import { goesOn, keep, settle } from "./keeping.ts";
import { sizeProblem } from "./limits.ts";
import type { Doubtful } from "./near-hit.ts";
import { type Reader, Recording, type Source } from "./recording.ts";
import { type Beginning, replay, responseOf, type StreamOptions, sizeOf } from "./stream.ts";
import type { Turn, Turns } from "./turns.ts";
import { copyOf } from "./value.ts";

type Produce<C> = (signal: AbortSignal) => Awaitable<Source<C>>;

interface Call<C, V> {
  query: string;
  produce: Produce<C>;
  options: StreamOptions<C, V>;
}

/** What looking for it came to. */
interface Asked<V> {
  doubtful?: Doubtful<V> | undefined;
  turn?: Turn;
}

/** A stream that several callers read. */
interface Live<C, V> {
  readonly recording: Recording<C>;
  /** Aborted when every caller was. */
  readonly controller: AbortController;
  /** Aborted when it is not to be stored. */
  readonly keeper: AbortController;
  /** Callers who have not been aborted. Who left counts: it is recorded for them too. */
  wanted: number;
  /** Those of them who did not open it. */
  joined: number;
  /** What answers it: a stored response, or the recording. */
  opened: Promise<Hit<V> | undefined>;
}

// biome-ignore lint/suspicious/noExplicitAny: whoever joins has chunks of the same kind
type AnyLive<V> = Live<any, V>;

/** The calls of `stream`: identical ones in flight read one source, which is recorded meanwhile. */
export class Streams<V> {
  readonly #engine: Engine;
  readonly #host: Host<V>;
  readonly #turns: Turns<V>;
  readonly #live = new Map<string, AnyLive<V>>();
  #shadows = 0;

  constructor(engine: Engine, host: Host<V>, turns: Turns<V>) {
    this.#engine = engine;
    this.#host = host;
    this.#turns = turns;
  }

  async begin<C>(call: Call<C, V>): Promise<Beginning<C, V>> {
    const engine = this.#engine;
    const { query, options } = call;
    const { signal } = options;
    checkPutOptions(engine, options); // before anything is paid for
    const isAlone = engine.settings.shadow && ++this.#shadows; // there every call computes for itself
    const tooLong = sizeProblem(checkQuery(query), engine.settings.limits, "queryBytes");
    const name = tooLong === undefined ? flightName(engine, query, options, options.kind ?? "", isAlone) : undefined;
    signal?.throwIfAborted();
    if (tooLong !== undefined) engine.forgive("get", tooLong);
    const flying: Live<C, V> | undefined = name === undefined ? undefined : this.#live.get(name);
    const isJoined = flying?.recording.isWhole === true;
    const live = isJoined ? flying : this.#start(name, call);
    const joins = isJoined ? 1 : 0;
    live.joined += joins;
    this.#follow(name, live, signal, joins);
    let place: Reader | undefined = live.recording.reader(signal);
    const hit = await unlessAborted(live.opened, signal);
    if (hit === undefined) {
      const read = (): AsyncIterable<C> => {
        const reader = place ?? again(live.recording, signal);
        place = undefined;
        return live.recording.read(reader, signal);
      };
      return { hit, read };
    }
    if (!isJoined) return { hit, read: () => replay(hit, options) };
    engine.counters.add(namespaceOf(options), "joined");
    engine.savings.saved(hit.response, options);
    // Who joined gets objects of their own.
    const own = { ...hit, response: copyOf(hit.response), metadata: copyOf(hit.metadata) };
    return { hit: own, read: () => replay(own, options) };
  }

  /** What is under way for these is not joined any more, nor stored. */
  abandon(concerned: (name: string) => boolean): void {
    for (const [name, live] of this.#live) {
      if (!concerned(name)) continue;
      this.#live.delete(name);
      live.keeper.abort();
    }
  }

  #land(name: string | undefined, live: AnyLive<V>): void {
    if (name !== undefined && this.#live.get(name) === live) this.#live.delete(name);
  }

  /** A caller: when the last of those who want it is aborted, so is the source. */
  #follow(name: string | undefined, live: AnyLive<V>, signal: AbortSignal | undefined, joins: number): void {
    live.wanted++;
    signal?.addEventListener(
      "abort",
      () => {
        live.joined -= joins;
        if (--live.wanted > 0) return;
        this.#land(name, live);
        live.keeper.abort(signal.reason);
        live.controller.abort(signal.reason);
      },
      { once: true, signal: live.recording.over },
    );
  }

  #start<C>(name: string | undefined, call: Call<C, V>): Live<C, V> {
    // What has no name is not stored: it passes through.
    const most = name === undefined ? -1 : this.#engine.settings.limits.responseBytes;
    const live: Live<C, V> = {
      recording: new Recording<C>(most, sizeOf),
      controller: new AbortController(),
      keeper: new AbortController(),
      wanted: 0,
      joined: 0,
      opened: Promise.resolve(undefined),
    };
    const land = (): void => {
      live.recording.finish();
      this.#land(name, live);
    };
    if (name === undefined) {
      live.opened = this.#produce(call, live, {}, land).then(() => undefined);
      live.opened.catch(land);
      return live;
    }
    this.#live.set(name, live);
    live.opened = this.#open(call, live, land);
    live.opened.catch(land); // every caller may have left; those who stay get the failure themselves
    return live;
  }

  /** Looks, and begins to produce what is not there. */
  async #open<C>(call: Call<C, V>, live: Live<C, V>, land: () => void): Promise<Hit<V> | undefined> {
    const { query, options } = call;
    const asked = await this.#turns.ask({ query, options, signal: live.controller.signal });
    if ("hit" in asked) {
      land();
      return asked.hit;
    }
    const known = { ...call, options: { ...options, embedding: asked.vector ?? options.embedding } };
    await this.#produce(known, live, asked, land);
    return undefined;
  }

  /** Begins, and leaves the rest to go on by itself. What cannot even begin is an error of those who opened it. */
  async #produce<C>(call: Call<C, V>, live: Live<C, V>, asked: Asked<V>, land: () => void): Promise<void> {
    const { signal } = live.controller;
    const start = performance.now();
    try {
      const source = await unlessAborted(Promise.resolve(call.produce(signal)), signal);
      goesOn(this.#engine, call.options, this.#record(source, call, live, asked, start).finally(land));
    } catch (error) {
      void asked.turn?.end();
      throw error;
    }
  }

  /** What ended cleanly is stored before its readers see the end, as they may be all that keeps the runtime alive. Never fails. */
  async #record<C>(
    source: Source<C>,
    call: Call<C, V>,
    live: Live<C, V>,
    asked: Asked<V>,
    start: number,
  ): Promise<void> {
    const { recording, controller } = live;
    try {
      const recorded = await recording.record(source, controller.signal);
      if (recorded !== undefined) {
        const { chunks } = recorded;
        const response = chunks && (await this.#store(call, live, asked, chunks, performance.now() - start));
        this.#countJoined(live, response, call.options); // not before: what fails has spared nobody a call
      }
      recording.finish();
    } catch (error) {
      recording.finish({ error });
    } finally {
      void asked.turn?.end();
    }
  }

  /** Undefined: its chunks make no response. */
  async #store<C>(
    { query, options }: Call<C, V>,
    { controller, keeper }: Live<C, V>,
    { doubtful, turn }: Asked<V>,
    chunks: readonly C[],
    ms: number,
  ): Promise<V | undefined> {
    const engine = this.#engine;
    let response: V;
    try {
      response = responseOf(chunks, options);
    } catch (error) {
      engine.forgive("join", error);
      return undefined;
    }
    engine.countComputed(response, options, ms);
    if (doubtful !== undefined) void this.#host.write(drive(compare(engine, response, doubtful)));
    if (keeper.signal.aborted || this.#host.isClosing()) return response;
    const flight = { signal: controller.signal, keeping: keeper.signal };
    const keeping = keep(engine, this.#host, { query, response, options }, flight);
    await settle(engine, keeping, options, turn);
    return response;
  }

  #countJoined<C>({ joined }: Live<C, V>, response: V | undefined, options: StreamOptions<C, V>): void {
    const { counters, savings } = this.#engine;
    for (; joined > 0; joined--) {
      counters.add(namespaceOf(options), "joined");
      if (response !== undefined) savings.saved(response, options);
    }
  }
}

/** A place at the start for one more loop over the same stream. */
function again<C>(recording: Recording<C>, signal: AbortSignal | undefined): Reader {
  if (recording.isWhole) return recording.reader(signal);
  const problem = "What was streamed is too much to be kept, so it can be read only once.";
  throw new MnemeError("memory", problem, "Raise limits.responseBytes, or ask for the stream anew.");
}
