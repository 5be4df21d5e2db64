import { unlessAborted } from "../abort.ts";
import { checkPlace } from "../place.ts";
import { memoryStore } from "../store/memory-store.ts";
import { drive, isPromise } from "../store/steps.ts";
import type { Awaitable, Store } from "../store/store.ts";
import type { SharedMemory } from "../vectors/vector-index.ts";
import { entryName, put, putMany, remove } from "./admission.ts";
import {
  checkItems,
  checkQueries,
  checkThreshold,
  type DeleteOptions,
  type GetOptions,
  type NearestOptions,
  type PutItem,
  type PutOptions,
  type WrapOptions,
} from "./call-options.ts";
import { type DumpOptions, dumpOf } from "./dumping.ts";
import { closedError, Engine } from "./engine.ts";
import type { ExplainOptions, Explanation } from "./explain.ts";
import type { Judged, Verdict } from "./feedback.ts";
import { isFlightOf, isFlightTagged } from "./flight-name.ts";
import type { Hit } from "./hit.ts";
import type { Host } from "./host.ts";
import type { Invalidation } from "./invalidation.ts";
import type { Limits } from "./limits.ts";
import type { Loaders } from "./loaders.ts";
import { lookInTime } from "./look-in-time.ts";
import type { Doubtful } from "./near-hit.ts";
import { nearestHits } from "./nearest.ts";
import { type CacheSettings, checkSettings, checkShared } from "./options.ts";
import type { Source } from "./recording.ts";
import type { RestoreLimits, RestoreSettings } from "./restoring.ts";
import { type Health, health, type Stats, stats } from "./stats.ts";
import { type CachedStream, cachedStream, type StreamOptions } from "./stream.ts";
import type { Streams } from "./streams.ts";
import { Turns } from "./turns.ts";
import { compact, requantise, vacuum } from "./upkeep.ts";
import { Watch } from "./watch.ts";
import { type Compute, type Wrapped, Wraps } from "./wraps.ts";

export interface CacheOptions<V = string> extends CacheSettings<V> {
  /** Where entries live. Default: a durable store at `path`, else memory. */
  store?: Store | undefined;
  /** A file for a durable store of this runtime's own engine. */
  path?: string | undefined;
}

export interface RestoreOptions<V = string> extends Omit<CacheOptions<V>, "limits">, RestoreSettings {
  limits?: Partial<Limits & RestoreLimits> | undefined;
}

// Engines without the symbol get the name that compilers use for `await using` there.
const asyncDispose: typeof Symbol.asyncDispose = Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose");

/** A layered semantic cache: put it before an expensive call, and a later question that means the same is answered. */
export class SemanticCache<V = string> implements AsyncDisposable {
  readonly #engine: Engine;
  readonly #watch: Watch;
  readonly #host: Host<V>;
  readonly #turns: Turns<V>;
  readonly #wraps: Wraps<V>;
  #loading: Promise<Streams<V>> | undefined;
  #streaming: Streams<V> | undefined;
  /** Writes under way: closing waits for them. */
  readonly #writes = new Set<PromiseLike<unknown>>();
  #closing: Promise<void> | undefined;

  private constructor(engine: Engine) {
    this.#engine = engine;
    this.#watch = new Watch(engine);
    this.#host = {
      isClosing: () => this.#closing !== undefined,
      write: (writing) => this.#write(writing),
      flushLater: () => this.#flushLater(),
      judge: (query, doubtful) => this.#judgeLater(query, doubtful),
    };
    this.#turns = new Turns(engine, this.#host, () => import("./lease.ts"));
    this.#wraps = new Wraps(engine, this.#host, this.#turns);
  }

  static async open<V = string>(options: CacheOptions<V>): Promise<SemanticCache<V>> {
    const settings = checkSettings(options);
    checkPlace(options);
    checkShared(settings, options.store ?? options.path);
    const store = options.store ?? (options.path === undefined ? memoryStore() : await storeAt(options.path));
    try {
      return new SemanticCache<V>(await drive(Engine.open(settings, store, loaders)));
    } catch (error) {
      if (store !== options.store) await store.close(); // the caller has no other way to
      throw error;
    }
  }

  /**
   * Opens a cache on what `dump` wrote. Where it lives is said as to `open`; there must be nothing there, or `replace` be
   * given. Either all of the checkpoint is there afterwards, or an error tells why not and what was there still is.
   */
  static async restore<V = string>(
    stream: ReadableStream<Uint8Array>,
    options: RestoreOptions<V>,
  ): Promise<SemanticCache<V>> {
    const { restore } = await import("./archive.ts");
    const filled = await restore(stream, options);
    try {
      return await SemanticCache.open<V>(filled);
    } catch (error) {
      if (filled.store !== options.store) await filled.store.close();
      throw error;
    }
  }

  /** The stored response of a query that is the same or means the same, or undefined. */
  async get(query: string, options: GetOptions = {}): Promise<Hit<V> | undefined> {
    const { embedding, ...others } = options;
    const [hit] = await this.#look([query], others, embedding && [embedding]);
    return hit;
  }

  /** What `get` of each query would give, in order. They are embedded together, and compared in one pass over memory. */
  async getMany(
    queries: readonly string[],
    options: Omit<GetOptions, "embedding"> = {},
  ): Promise<(Hit<V> | undefined)[]> {
    return this.#look(checkQueries(queries), options);
  }

  /**
   * The `k` most similar entries, whatever their similarity, best first: to look at, not to serve. What is found counts as
   * no lookup, and as no use of the entries.
   */
  async nearest(query: string, k: number, options: NearestOptions = {}): Promise<Hit<V>[]> {
    this.#ensureOpen();
    const looking = drive(nearestHits<V>(this.#engine, query, k, options));
    return isPromise<Hit<V>[]>(looking) ? unlessAborted(looking, options.signal) : looking;
  }

  /**
   * Stores a response, in place of an earlier one of exactly this query. Returns the entry's id; 0 when `validate` refused
   * the response.
   */
  async put(query: string, response: V, options: PutOptions = {}): Promise<number> {
    this.#ensureOpen();
    return this.#write(drive(put(this.#engine, query, response, options)));
  }

  /** What `put` of each would do, and give, in order. They are embedded together, and stored in one commit. */
  async putMany(
    items: readonly PutItem<V>[],
    { signal }: { signal?: AbortSignal | undefined } = {},
  ): Promise<number[]> {
    this.#ensureOpen();
    const admissions = checkItems(items).map(({ query, response, ...options }) => ({ query, response, options }));
    return this.#write(drive(putMany(this.#engine, admissions, signal)));
  }

  /**
   * Gets, or computes and puts. Identical calls in flight share one computation; each may be aborted on its own, and
   * `compute` is told when all have been. A failing store costs the reuse of the response, never the response.
   */
  async wrap(query: string, compute: Compute<V>, options: WrapOptions<V> = {}): Promise<Wrapped<V>> {
    this.#ensureOpen();
    return this.#wraps.run(query, compute, options);
  }

  /**
   * The same for what comes in chunks: they pass through as they come, and are stored once they have ended cleanly. A hit is
   * replayed. Identical calls in flight read one stream from its start, each at its own pace; whoever leaves a loop loses nothing
   * of the recording, only `signal` of all its callers ends it.
   */
  stream<C = string>(
    query: string,
    produce: (signal: AbortSignal) => Awaitable<Source<C>>,
    options: StreamOptions<C, V> = {},
  ): CachedStream<C, V> {
    this.#ensureOpen();
    return cachedStream(async () => {
      this.#ensureOpen();
      const streams = await this.#streams();
      return streams.begin({ query, produce, options });
    });
  }

  /** Forgets exactly this query; tells whether it was known. */
  async delete(query: string, options: DeleteOptions = {}): Promise<boolean> {
    this.#ensureOpen();
    const { namespace, key } = entryName(this.#engine, query, options);
    this.#abandon((name) => isFlightOf(name, namespace, key));
    return this.#write(drive(remove(this.#engine, query, options)));
  }

  /** Forgets everything (in a namespace), counts included; returns how many entries went. */
  async clear(namespace?: string): Promise<number> {
    this.#ensureOpen();
    this.#abandon((name) => isFlightOf(name, namespace));
    return this.#write(drive(this.#engine.clear(namespace)));
  }

  /**
   * What one more reader needs: post it to a thread of its own, where it is the `mode` of a cache of the same store, which
   * searches this one's index (docs/threads.md). `unsupported` where threads cannot share memory, or without mode: "shared".
   */
  share(): SharedMemory {
    this.#ensureOpen();
    return this.#engine.share();
  }

  /** Takes that back, of a reader that will never close: its thread has ended, or never began. False if it had closed. */
  unshare(shared: SharedMemory): boolean {
    this.#ensureOpen();
    return this.#engine.unshare(shared);
  }

  async stats(namespace?: string): Promise<Stats> {
    this.#ensureOpen();
    return drive(stats(this.#engine, namespace));
  }

  /** Whether the store is intact, and what is in it. Never throws for a store that fails: it tells. */
  async health(): Promise<Health> {
    this.#ensureOpen();
    return drive(health(this.#engine));
  }

  /** Those that hold entries, sorted. */
  async namespaces(): Promise<string[]> {
    this.#ensureOpen();
    return this.#engine.store.namespaces();
  }

  /** The least similarity of a semantic hit. */
  get threshold(): number {
    return this.#engine.policy.threshold;
  }

  /** From now on; the store remembers it. */
  async setThreshold(threshold: number): Promise<void> {
    this.#ensureOpen();
    await this.#write(drive(this.#engine.setThreshold(checkThreshold(threshold))));
  }

  /**
   * Says of a hit whether it was right. A rejected pairing of questions is never served again, by whoever shares the store; an
   * exact hit's answer is removed. Under an error budget both are learnt from. The hit may have been elsewhere as JSON.
   */
  async feedback(hit: Judged, verdict: Verdict): Promise<void> {
    this.#ensureOpen();
    const { feedback } = await loaders.judging();
    await this.#write(drive(feedback(this.#engine, hit, verdict)));
  }

  /** Nothing of these tags, or of this namespace, that was put until now is served any more; it takes a few calls of the store, however much there is. */
  async invalidate(which: Invalidation): Promise<void> {
    this.#ensureOpen();
    const { invalidate } = await loaders.judging();
    const { tags, namespace } = which ?? {};
    if (tags !== undefined) this.#abandon((name) => isFlightTagged(name, tags));
    if (namespace !== undefined) this.#abandon((name) => isFlightOf(name, namespace));
    await this.#write(drive(invalidate(this.#engine, which)));
  }

  /** What a lookup would do and why: the candidates, and what each guard says of them. It counts and changes nothing. */
  async explain(query: string, options: ExplainOptions = {}): Promise<Explanation<V>> {
    this.#ensureOpen();
    const { explain } = await loaders.judging();
    return unlessAborted(Promise.resolve(drive(explain<V>(this.#engine, query, options))), options.signal);
  }

  /** Removes what has expired (in a namespace), and what was declared invalid; returns how many entries that were. */
  async vacuum(namespace?: string): Promise<number> {
    this.#ensureOpen();
    return this.#write(drive(vacuum(this.#engine, loaders.judging, namespace)));
  }

  /** Makes the vector index anew in as little memory as it needs; returns how many bytes that gave back. */
  async compact(): Promise<number> {
    this.#ensureOpen();
    return this.#write(drive(compact(this.#engine, loaders.engine)));
  }

  /** Keeps the index's numbers in another way from now on. It stays searchable meanwhile. */
  async requantise(dtype: Stats["dtype"]): Promise<void> {
    this.#ensureOpen();
    await this.#write(drive(requantise(this.#engine, loaders.engine, dtype)));
  }

  /**
   * A checkpoint of everything, for `restore`, into any store: a gzipped tar. Entries are read as the stream is read. What is
   * put or removed meanwhile may or may not be in it.
   */
  dump(options: DumpOptions = {}): ReadableStream<Uint8Array> {
    this.#ensureOpen();
    return dumpOf(this.#engine, options);
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

  async #look(
    queries: readonly string[],
    options: Omit<GetOptions, "embedding">,
    embeddings?: readonly ArrayLike<number>[],
  ): Promise<(Hit<V> | undefined)[]> {
    this.#ensureOpen();
    const found = await lookInTime<V>(this.#engine, queries, options, { embeddings });
    this.#flushLater();
    for (const [i, { doubtful }] of found.entries()) this.#judgeLater(queries[i]!, doubtful);
    return found.map(({ hit }) => hit);
  }

  /** Fetched when there is something to stream. */
  #streams(): Promise<Streams<V>> {
    this.#loading ??= import("./streams.ts").then(({ Streams }) => {
      this.#streaming = new Streams(this.#engine, this.#host, this.#turns);
      return this.#streaming;
    });
    return this.#loading;
  }

  /** What is under way for what is being forgotten. */
  #abandon(concerned: (name: string) => boolean): void {
    for (const calls of [this.#turns, this.#wraps, this.#streaming]) calls?.abandon(concerned);
  }

  /** In the background: what the error budget would know of. */
  #judgeLater(query: string, doubtful: Doubtful<V> | undefined): void {
    const { judge, shadow } = this.#engine.settings;
    if (doubtful !== undefined && judge !== undefined && !shadow) void this.#write(this.#judge(query, doubtful));
  }

  async #judge(query: string, doubtful: Doubtful<V>): Promise<void> {
    const { judge } = await loaders.judging();
    await drive(judge(this.#engine, query, doubtful));
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
    if (!this.#engine.isFull || this.#writes.size > 0) return;
    void this.#write(Promise.resolve().then(() => drive(this.#engine.flush())));
  }
}

/** Fetched only when there are many entries, or options ask for them. */
const loaders: Loaders = {
  engine: () => import("./vector-engine.ts"),
  guards: () => import("#guards"),
  judging: () => import("./judging.ts"),
  budget: () => import("./error-budget.ts"),
};

/** Loaded only when asked for: a cache in memory carries no database. */
async function storeAt(path: string): Promise<Store> {
  const { openPath } = await import("#path-store");
  return openPath(path);
}
