import * as guards from "#guards";
import type { Embedder } from "../embedder.ts";
import { MnemeError } from "../error.ts";
import { memoryStore } from "../store/memory-store.ts";
import { driveSync, isPromise } from "../store/steps.ts";
import type { SyncStore } from "../store/store.ts";
import type { SharedMemory } from "../vectors/vector-index.ts";
import { admit, checkPutOptions, put, putMany, remove } from "./admission.ts";
import {
  type ComputeOptions,
  checkItems,
  checkQueries,
  checkQuery,
  checkThreshold,
  type DeleteOptions,
  type GetOptions,
  type NearestOptions,
  type PutItem,
  type PutOptions,
} from "./call-options.ts";
import { compare } from "./comparing.ts";
import { type DumpOptions, dumpOf } from "./dumping.ts";
import { Engine } from "./engine.ts";
import * as errorBudget from "./error-budget.ts";
import type { ExplainOptions, Explanation } from "./explain.ts";
import type { Judged, Verdict } from "./feedback.ts";
import type { Hit } from "./hit.ts";
import type { Invalidation } from "./invalidation.ts";
import * as judging from "./judging.ts";
import { sizeProblem } from "./limits.ts";
import type { Loaders } from "./loaders.ts";
import { lookup, lookupMany } from "./lookup.ts";
import type { Doubtful } from "./near-hit.ts";
import { nearestHits } from "./nearest.ts";
import { type CacheSettings, checkSettings, checkShared } from "./options.ts";
import { type Health, health, type Stats, stats } from "./stats.ts";
import { compact, requantise, vacuum } from "./upkeep.ts";
import * as vectorEngine from "./vector-engine.ts";
import type { Wrapped } from "./wraps.ts";

export interface SyncEmbedder extends Embedder {
  embed(texts: readonly string[]): Float32Array[];
}

export interface SyncCacheOptions<V = string> extends Omit<CacheSettings<V>, "deadline" | "waitUntil" | "lease"> {
  embedder: SyncEmbedder;
  /** Where entries live. Default: memory. */
  store?: SyncStore | undefined;
}

type SyncGetOptions = Omit<GetOptions, "signal" | "deadline">;
type SyncPutOptions = Omit<PutOptions, "signal">;
type SyncWrapOptions<V> = Omit<ComputeOptions<V>, "signal" | "deadline" | "waitUntil" | "lease">;

const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");

/** SemanticCache without promises, for a synchronous store and embedder. The verbs and their meaning are the same. */
export class SemanticCacheSync<V = string> implements Disposable {
  readonly #engine: Engine;

  private constructor(engine: Engine) {
    this.#engine = engine;
  }

  static open<V = string>(options: SyncCacheOptions<V>): SemanticCacheSync<V> {
    const settings = checkSettings(options);
    checkShared(settings, options.store);
    return new SemanticCacheSync<V>(driveSync(Engine.open(settings, options.store ?? memoryStore(), loaders)));
  }

  get(query: string, options: SyncGetOptions = {}): Hit<V> | undefined {
    const { hit, doubtful } = driveSync(lookup<V>(this.#engine, query, options));
    this.#judge(query, doubtful);
    this.#flushWhenFull();
    return hit;
  }

  getMany(queries: readonly string[], options: Omit<SyncGetOptions, "embedding"> = {}): (Hit<V> | undefined)[] {
    const found = driveSync(lookupMany<V>(this.#engine, checkQueries(queries), options));
    for (const [i, { doubtful }] of found.entries()) this.#judge(queries[i]!, doubtful);
    this.#flushWhenFull();
    return found.map(({ hit }) => hit);
  }

  nearest(query: string, k: number, options: Omit<NearestOptions, "signal"> = {}): Hit<V>[] {
    return driveSync(nearestHits<V>(this.#engine, query, k, options));
  }

  put(query: string, response: V, options: SyncPutOptions = {}): number {
    return driveSync(put(this.#engine, query, response, options));
  }

  putMany(items: readonly PutItem<V>[]): number[] {
    const admissions = checkItems(items).map(({ query, response, ...options }) => ({ query, response, options }));
    return driveSync(putMany(this.#engine, admissions));
  }

  wrap(query: string, compute: () => V, options: SyncWrapOptions<V> = {}): Wrapped<V> {
    this.#engine.ensureOpen();
    checkPutOptions(this.#engine, options); // before anything is paid for
    const tooLong = sizeProblem(checkQuery(query), this.#engine.settings.limits, "queryBytes");
    if (tooLong !== undefined) {
      this.#engine.forgive("get", tooLong);
      return { response: compute(), hit: undefined };
    }
    const { hit, vector, doubtful } = driveSync(lookup<V>(this.#engine, query, options));
    this.#flushWhenFull();
    if (hit !== undefined || this.#engine.settings.compare === undefined) this.#judge(query, doubtful);
    if (hit !== undefined) return { response: hit.response, hit };
    const start = performance.now();
    const response = compute();
    if (isPromise(response)) {
      response.then(undefined, () => {}); // nobody will wait for it
      throw new MnemeError("promise", "The wrapped function returned a promise.", "Use SemanticCache for it.");
    }
    this.#engine.countComputed(response, options, performance.now() - start);
    if (doubtful !== undefined) driveSync(compare(this.#engine, response, doubtful));
    try {
      const kept = { ...options, embedding: vector ?? options.embedding };
      driveSync(admit(this.#engine, { query, response, options: kept }));
    } catch (error) {
      this.#engine.forgive("put", error);
    }
    return { response, hit: undefined };
  }

  delete(query: string, options: DeleteOptions = {}): boolean {
    return driveSync(remove(this.#engine, query, options));
  }

  clear(namespace?: string): number {
    return driveSync(this.#engine.clear(namespace));
  }

  share(): SharedMemory {
    return this.#engine.share();
  }

  unshare(shared: SharedMemory): boolean {
    return this.#engine.unshare(shared);
  }

  stats(namespace?: string): Stats {
    return driveSync(stats(this.#engine, namespace));
  }

  health(): Health {
    return driveSync(health(this.#engine));
  }

  namespaces(): string[] {
    this.#engine.ensureOpen();
    return (this.#engine.store as SyncStore).namespaces();
  }

  get threshold(): number {
    return this.#engine.policy.threshold;
  }

  setThreshold(threshold: number): void {
    driveSync(this.#engine.setThreshold(checkThreshold(threshold)));
  }

  feedback(hit: Judged, verdict: Verdict): void {
    driveSync(judging.feedback(this.#engine, hit, verdict));
  }

  invalidate(which: Invalidation): void {
    driveSync(judging.invalidate(this.#engine, which));
  }

  explain(query: string, options: Omit<ExplainOptions, "signal"> = {}): Explanation<V> {
    return driveSync(judging.explain<V>(this.#engine, query, options));
  }

  vacuum(namespace?: string): number {
    return driveSync(vacuum(this.#engine, loaders.judging, namespace));
  }

  compact(): number {
    return driveSync(compact(this.#engine, loaders.engine));
  }

  requantise(dtype: Stats["dtype"]): void {
    driveSync(requantise(this.#engine, loaders.engine, dtype));
  }

  /** A checkpoint of everything, as a stream that is read asynchronously. `SemanticCache.restore` reads it. */
  dump(options: DumpOptions = {}): ReadableStream<Uint8Array> {
    this.#engine.ensureOpen();
    return dumpOf(this.#engine, options);
  }

  flush(): void {
    this.#engine.ensureOpen();
    driveSync(this.#engine.flush());
  }

  close(): void {
    driveSync(this.#engine.close());
  }

  [dispose](): void {
    this.close();
  }

  #judge(query: string, doubtful: Doubtful<V> | undefined): void {
    const { settings } = this.#engine;
    if (doubtful === undefined || settings.judge === undefined || settings.shadow) return;
    driveSync(judging.judge(this.#engine, query, doubtful));
  }

  #flushWhenFull(): void {
    if (this.#engine.isFull) driveSync(this.#engine.flush());
  }
}

const loaders: Loaders = {
  engine: () => vectorEngine,
  guards: () => guards,
  judging: () => judging,
  budget: () => errorBudget,
};
