import { argumentError } from "../error.ts";
import { memoryStore } from "../store/memory-store.ts";
import { drive } from "../store/steps.ts";
import type { Store } from "../store/store.ts";
import { normalise } from "../text/normalise.ts";
import { put, remove } from "./admission.ts";
import type { Stats } from "./counters.ts";
import { Engine, namespaceOf } from "./engine.ts";
import type { Hit } from "./hit.ts";
import { lookup } from "./lookup.ts";
import {
  type CacheSettings,
  checkSettings,
  checkText,
  type DeleteOptions,
  type GetOptions,
  type PutOptions,
  type WrapOptions,
} from "./options.ts";
import { SingleFlight } from "./single-flight.ts";

export interface CacheOptions extends CacheSettings {
  /** Where entries live. Default: a durable store at `path`, else memory. */
  store?: Store;
  /** A file for a durable store of this runtime's own engine. */
  path?: string;
}

export interface Wrapped<V> {
  response: V;
  /** What answered; undefined when the response was computed. */
  hit: Hit<V> | undefined;
}

// Engines without the symbol get the name that compilers use for `await using` there.
const asyncDispose: typeof Symbol.asyncDispose = Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose");

/** A layered semantic cache: put it before an expensive call, and a later question that means the same is answered. */
export class SemanticCache<V = string> implements AsyncDisposable {
  readonly #engine: Engine;
  readonly #flights = new SingleFlight();
  #flushing: Promise<void> | undefined;

  private constructor(engine: Engine) {
    this.#engine = engine;
  }

  static async open<V = string>(options: CacheOptions): Promise<SemanticCache<V>> {
    const settings = checkSettings(options);
    if (options.store !== undefined && options.path !== undefined) {
      throw argumentError("path", 'to stand alone, without "store"', options.path, "Give one of the two.");
    }
    const store = options.store ?? (options.path === undefined ? memoryStore() : await storeAt(options.path));
    return new SemanticCache<V>(await drive(Engine.open(settings, store)));
  }

  /** The stored response of a query that is the same or means the same, or undefined. */
  async get(query: string, options: GetOptions = {}): Promise<Hit<V> | undefined> {
    const { hit } = await drive(lookup<V>(this.#engine, query, options));
    this.#flushLater();
    return hit;
  }

  /** Stores a response, in place of an earlier one of exactly this query. Returns the entry's id. */
  async put(query: string, response: V, options: PutOptions = {}): Promise<number> {
    return drive(put(this.#engine, query, response, options));
  }

  /**
   * Gets, or computes and puts. Identical calls in flight share one computation; each may be aborted on its own, and
   * `compute` is told when all have been. A failing store costs the reuse of the response, never the response.
   */
  async wrap(
    query: string,
    compute: (signal: AbortSignal) => V | Promise<V>,
    options: WrapOptions = {},
  ): Promise<Wrapped<V>> {
    this.#engine.ensureOpen();
    const { signal, ...shared } = options;
    signal?.throwIfAborted();
    const { threshold, bypass } = shared;
    const namespace = namespaceOf(shared);
    const flight = this.#flights.run(
      JSON.stringify([namespace, normalise(checkText("query", query)), threshold, bypass]),
      (signal) => this.#getOrCompute(query, compute, { ...shared, signal }),
      signal,
    );
    if (flight.joined) this.#engine.counters.add(namespace, "joined");
    return flight.result;
  }

  /** Forgets exactly this query; tells whether it was known. */
  async delete(query: string, options: DeleteOptions = {}): Promise<boolean> {
    return drive(remove(this.#engine, query, options));
  }

  /** Forgets everything (in a namespace), counts included; returns how many entries went. */
  async clear(namespace?: string): Promise<number> {
    return drive(this.#engine.clear(namespace));
  }

  async stats(namespace?: string): Promise<Stats> {
    return drive(this.#engine.stats(namespace));
  }

  /** Writes what reading left to write: when entries were last used, and that expired ones are gone. */
  async flush(): Promise<void> {
    this.#engine.ensureOpen();
    await drive(this.#engine.flush());
  }

  /** Idempotent. Closes the store too. */
  async close(): Promise<void> {
    await this.#flushing;
    await drive(this.#engine.close());
  }

  [asyncDispose](): Promise<void> {
    return this.close();
  }

  async #getOrCompute(
    query: string,
    compute: (signal: AbortSignal) => V | Promise<V>,
    options: WrapOptions & { signal: AbortSignal },
  ): Promise<Wrapped<V>> {
    const { hit, vector } = await drive(lookup<V>(this.#engine, query, options));
    this.#flushLater();
    if (hit !== undefined) return { response: hit.response, hit };
    const response = await compute(options.signal);
    try {
      await drive(put(this.#engine, query, response, options, vector));
    } catch (error) {
      options.signal.throwIfAborted();
      this.#engine.forgive("put", error);
    }
    return { response, hit: undefined };
  }

  /** Off the hot path: nobody waits for it but `close`. */
  #flushLater(): void {
    if (!this.#engine.late.full || this.#flushing !== undefined) return;
    this.#flushing = Promise.resolve()
      .then(() => drive(this.#engine.flush()))
      .finally(() => {
        this.#flushing = undefined;
      });
  }
}

/** Loaded only when asked for: a cache in memory carries no database. */
async function storeAt(path: string): Promise<Store> {
  if (typeof path !== "string" || path === "") {
    throw argumentError("path", "a file name", path, "Name the file the entries shall live in.");
  }
  const { openPath } = await import("#path-store");
  return openPath(path);
}
