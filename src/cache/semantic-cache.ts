import { argumentError } from "../error.ts";
import { memoryStore } from "../store/memory-store.ts";
import { drive, isPromise } from "../store/steps.ts";
import type { Awaitable, Store } from "../store/store.ts";
import { unlessAborted } from "./abort.ts";
import { checkPutOptions, entryName, put, remove } from "./admission.ts";
import type { Stats } from "./counters.ts";
import { closedError, Engine } from "./engine.ts";
import type { Hit } from "./hit.ts";
import { type Lookup, lookup, lookupMany } from "./lookup.ts";
import type { LoadEngine } from "./open-index.ts";
import {
  type CacheSettings,
  checkQueries,
  checkSettings,
  checkThreshold,
  type DeleteOptions,
  type GetOptions,
  type PutOptions,
  type WrapOptions,
} from "./options.ts";
import { type Flight, SingleFlight } from "./single-flight.ts";
import { copyOf } from "./value.ts";
import { Watch } from "./watch.ts";

export interface CacheOptions extends CacheSettings {
  /** Where entries live. Default: a durable store at `path`, else memory. */
  store?: Store | undefined;
  /** A file for a durable store of this runtime's own engine. */
  path?: string | undefined;
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
  readonly #watch: Watch;
  readonly #flights = new SingleFlight();
  /** Writes under way: closing waits for them. */
  readonly #writes = new Set<PromiseLike<unknown>>();
  #closing: Promise<void> | undefined;

  private constructor(engine: Engine) {
    this.#engine = engine;
    this.#watch = new Watch(engine);
  }

  static async open<V = string>(options: CacheOptions): Promise<SemanticCache<V>> {
    const settings = checkSettings(options);
    if (options.store !== undefined && options.path !== undefined) {
      throw argumentError("path", 'to stand alone, without "store"', options.path, "Give one of the two.");
    }
    const store = options.store ?? (options.path === undefined ? memoryStore() : await storeAt(options.path));
    try {
      return new SemanticCache<V>(await drive(Engine.open(settings, store, loadEngine)));
    } catch (error) {
      if (store !== options.store) await store.close(); // the caller has no other way to
      throw error;
    }
  }

  /** The stored response of a query that is the same or means the same, or undefined. */
  async get(query: string, options: GetOptions = {}): Promise<Hit<V> | undefined> {
    this.#ensureOpen();
    const looking = drive(lookup<V>(this.#engine, query, options));
    const { hit } = isPromise<Lookup<V>>(looking) ? await unlessAborted(looking, options.signal) : looking;
    this.#flushLater();
    return hit;
  }

  /** What `get` of each query would give, in order. They are embedded together, and compared in one pass over memory. */
  async getMany(queries: readonly string[], options: GetOptions = {}): Promise<(Hit<V> | undefined)[]> {
    this.#ensureOpen();
    const looking = drive(lookupMany<V>(this.#engine, checkQueries(queries), options));
    const found = isPromise<Lookup<V>[]>(looking) ? await unlessAborted(looking, options.signal) : looking;
    this.#flushLater();
    return found.map(({ hit }) => hit);
  }

  /** Stores a response, in place of an earlier one of exactly this query. Returns the entry's id. */
  async put(query: string, response: V, options: PutOptions = {}): Promise<number> {
    this.#ensureOpen();
    return this.#write(drive(put(this.#engine, query, response, options)));
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
    this.#ensureOpen();
    const { namespace } = checkPutOptions(this.#engine, options); // before anything is paid for
    const threshold = checkThreshold(options.threshold ?? this.#engine.settings.threshold);
    const text = this.#engine.textOf(query);
    options.signal?.throwIfAborted();
    const { result, joined } = this.#flights.run(
      JSON.stringify([namespace, text, threshold, options.bypass ?? false]),
      (flight) => this.#getOrCompute(query, compute, { ...options, signal: flight.signal }, flight),
      options.signal,
    );
    if (!joined) return result;
    this.#engine.counters.add(namespace, "joined");
    return ownCopy(await result);
  }

  /** Forgets exactly this query; tells whether it was known. */
  async delete(query: string, options: DeleteOptions = {}): Promise<boolean> {
    this.#ensureOpen();
    const { namespace, text } = entryName(this.#engine, query, options);
    this.#abandon((name) => name[0] === namespace && name[1] === text);
    return this.#write(drive(remove(this.#engine, query, options)));
  }

  /** Forgets everything (in a namespace), counts included; returns how many entries went. */
  async clear(namespace?: string): Promise<number> {
    this.#ensureOpen();
    this.#abandon((name) => namespace === undefined || name[0] === namespace);
    return this.#write(drive(this.#engine.clear(namespace)));
  }

  async stats(namespace?: string): Promise<Stats> {
    this.#ensureOpen();
    return drive(this.#engine.stats(namespace));
  }

  /** Those that have entries. */
  async namespaces(): Promise<string[]> {
    this.#ensureOpen();
    return drive(this.#engine.namespaces());
  }

  /** Writes what reading left to write: when entries were last used, and that expired ones are gone. */
  async flush(): Promise<void> {
    this.#ensureOpen();
    await Promise.allSettled([...this.#writes]);
    await this.#write(drive(this.#engine.flush()));
  }

  /** Waits for the puts under way, then closes the store too. Idempotent; after a failure it may be tried again. */
  close(): Promise<void> {
    this.#closing ??= this.#close().catch((error: unknown) => {
      this.#closing = undefined;
      throw error;
    });
    return this.#closing;
  }

  [asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    while (this.#writes.size > 0) await Promise.allSettled([...this.#writes]);
    await this.#watch.stop();
    await drive(this.#engine.close());
  }

  #ensureOpen(): void {
    if (this.#closing !== undefined) throw closedError();
    this.#engine.ensureOpen();
  }

  async #getOrCompute(
    query: string,
    compute: (signal: AbortSignal) => V | Promise<V>,
    options: WrapOptions & { signal: AbortSignal },
    flight: Flight,
  ): Promise<Wrapped<V>> {
    const { hit, vector } = await drive(lookup<V>(this.#engine, query, options));
    this.#flushLater();
    if (hit !== undefined) return { response: hit.response, hit };
    const response = await compute(flight.signal);
    if (flight.abandoned || this.#closing !== undefined) return { response, hit: undefined };
    try {
      await this.#write(drive(put(this.#engine, query, response, options, vector)));
    } catch (error) {
      flight.signal.throwIfAborted();
      this.#engine.forgive("put", error);
    }
    return { response, hit: undefined };
  }

  #abandon(concerned: (name: [namespace: string, text: string]) => boolean): void {
    this.#flights.abandon((name) => concerned(JSON.parse(name) as [string, string]));
  }

  #write<T>(writing: Awaitable<T>): Awaitable<T> {
    if (!isPromise<T>(writing)) return writing;
    this.#writes.add(writing);
    const done = (): void => void this.#writes.delete(writing);
    writing.then(done, done);
    return writing;
  }

  /** Off the hot path: nobody waits for it but `flush` and `close`. */
  #flushLater(): void {
    if (!this.#engine.late.full || this.#writes.size > 0) return;
    void this.#write(Promise.resolve().then(() => drive(this.#engine.flush())));
  }
}

/** Callers who joined get objects of their own: one may change them without another seeing it. */
function ownCopy<V>({ response, hit }: Wrapped<V>): Wrapped<V> {
  const own = copyOf(response);
  return { response: own, hit: hit && { ...hit, response: own, metadata: copyOf(hit.metadata) } };
}

/** Fetched only when there are many entries, or options ask for it. */
const loadEngine: LoadEngine = () => import("../vectors/engine.ts");

/** Loaded only when asked for: a cache in memory carries no database. */
async function storeAt(path: string): Promise<Store> {
  if (typeof path !== "string" || path === "") {
    throw argumentError("path", "a file name", path, "Name the file the entries shall live in.");
  }
  const { openPath } = await import("#path-store");
  return openPath(path);
}
