import { unlessAborted } from "../abort.ts";
import { scopeOf } from "../text/scope.ts";
import { entryName } from "./admission.ts";
import { type ComputeOptions, checkLease, namespaceOf } from "./call-options.ts";
import type { Engine } from "./engine.ts";
import { flightName } from "./flight-name.ts";
import type { Hit } from "./hit.ts";
import type { Host } from "./host.ts";
import { InFlight, type Meaning } from "./in-flight.ts";
import type { Lease } from "./lease.ts";
import { lookInTime } from "./look-in-time.ts";
import type { Lookup } from "./lookup.ts";
import type { Doubtful } from "./near-hit.ts";

type LoadLeases = () => Promise<typeof import("./lease.ts")>;

/** The turn to compute: others wait until it ends. */
export interface Turn {
  /** What was computed has been stored, or will not be. Never fails. */
  end(): Promise<void>;
}

/** A question, by a call that computes what is not there. */
interface Question {
  query: string;
  options: ComputeOptions<never>;
  signal: AbortSignal;
}

interface Missed extends Question {
  vector: Float32Array | undefined;
}

/** It is the caller's turn to compute. `doubtful` is what was found and not served. */
export interface Unanswered<V> {
  turn: Turn;
  vector: Float32Array | undefined;
  doubtful: Doubtful<V> | undefined;
}

/** Who asks the same in other words waits for so many computations at the most: more of them are not what answers it. */
const MOST_WAITS = 3;

/** Of calls that mean the same, and of processes that share a store, one computes at a time; the others wait for what it stores. */
export class Turns<V> {
  readonly #engine: Engine;
  readonly #host: Host<V>;
  readonly #load: LoadLeases;
  readonly #inFlight = new InFlight();

  constructor(engine: Engine, host: Host<V>, load: LoadLeases) {
    this.#engine = engine;
    this.#host = host;
    this.#load = load;
  }

  /** What is stored, or is being computed by somebody else; or the turn to compute it. */
  async ask(question: Question): Promise<(Lookup<V> & { hit: Hit<V> }) | Unanswered<V>> {
    const { query, options, signal } = question;
    const { embedding: given, ...others } = options;
    const told = { embeddings: given && [given] };
    const [looked] = (await lookInTime<V>(this.#engine, [query], { ...others, signal }, told)) as [Lookup<V>];
    this.#host.flushLater();
    const { hit, vector, doubtful } = looked;
    const isCompared = hit === undefined && this.#engine.settings.compare !== undefined;
    if (doubtful !== undefined && !isCompared) this.#host.judge(query, doubtful);
    if (hit !== undefined) return { ...looked, hit };
    const next = await this.#next({ ...question, vector });
    if ("hit" in next) return { ...next, hit: next.hit! };
    return { turn: next, vector, doubtful };
  }

  /** What somebody else has computed meanwhile, or the turn to compute. */
  async #next(missed: Missed): Promise<Lookup<V> | Turn> {
    const { options } = missed;
    if (options.bypass || this.#engine.settings.shadow) return { end: async () => {} };
    const meaning = this.#meaningOf(missed);
    for (let waits = 0; meaning !== undefined && waits < MOST_WAITS; waits++) {
      const other = this.#inFlight.nearest(this.#engine, meaning, this.#thresholdOf(options));
      if (other === undefined) break;
      await unlessAborted(other.landed, missed.signal);
      const found = await this.#lookAgain(missed);
      if (found !== undefined) return found;
    }
    // At once, lest another one begins between the look and this.
    const land = meaning && this.#inFlight.add(meaning);
    let leased: Lookup<V> | Lease | undefined;
    try {
      leased = await this.#leaseFor(missed);
    } catch (error) {
      land?.();
      throw error;
    }
    if (leased !== undefined && "hit" in leased) {
      land?.();
      return leased;
    }
    const end = async (): Promise<void> => {
      await leased?.end();
      land?.();
    };
    // Who computes for nobody any more may not even hear of it.
    missed.signal.addEventListener("abort", end, { once: true });
    return { end };
  }

  /** What is being computed for these is not waited for any more. */
  abandon(concerned: (name: string) => boolean): void {
    this.#inFlight.abandon(concerned);
  }

  #meaningOf({ query, options, vector }: Missed): Meaning | undefined {
    if (vector === undefined || options.semantic === false) return undefined;
    const name = flightName(this.#engine, query, options);
    return { name, namespace: namespaceOf(options), scope: scopeOf(options.scope), query, vector };
  }

  /** Under an error budget what is much less similar is looked at too, but seldom served. */
  #thresholdOf({ threshold = this.#engine.threshold }: ComputeOptions<never>): number {
    return this.#engine.risk === undefined ? threshold : this.#engine.policy.threshold;
  }

  async #lookAgain({ query, options, vector, signal }: Missed): Promise<Lookup<V> | undefined> {
    const { embedding = vector, ...others } = options;
    const told = { embeddings: embedding && [embedding], isRepeated: true };
    const [found] = await lookInTime<V>(this.#engine, [query], { ...others, signal }, told);
    if (found?.hit === undefined) return undefined;
    this.#engine.counters.add(namespaceOf(options), "misses", -1); // in the end it was none
    return found;
  }

  /** The lease; or what its owner before us stored. Undefined: there are none, or not to be had. */
  async #leaseFor(missed: Missed): Promise<Lookup<V> | Lease | undefined> {
    const { query, options, signal } = missed;
    const engine = this.#engine;
    const ms = options.lease === undefined ? engine.settings.lease : checkLease(options.lease);
    if (ms === null) return undefined;
    let lease: Lease | undefined;
    try {
      const { namespace, key } = entryName(engine, query, options);
      const { Leases } = await this.#load();
      const leases = new Leases(engine.store, JSON.stringify([namespace, key]), ms);
      do {
        lease = await leases.takeOrWait(signal);
        const found = await this.#lookAgain(missed); // it may have been stored between our look and our turn
        if (found === undefined) continue;
        await lease?.end();
        return found;
      } while (lease === undefined);
    } catch (error) {
      await lease?.end();
      signal.throwIfAborted();
      engine.forgive("lease", error);
      return undefined;
    }
    return lease;
  }
}
