import { MnemeError } from "../error.ts";
import { memoryStore } from "../store/memory-store.ts";
import { driveSync, isPromise } from "../store/steps.ts";
import type { SyncStore } from "../store/store.ts";
import * as engine from "../vectors/engine.ts";
import { checkPutOptions, put, remove } from "./admission.ts";
import type { Stats } from "./counters.ts";
import type { Embedder } from "./embedder.ts";
import { Engine } from "./engine.ts";
import type { Hit } from "./hit.ts";
import { lookup, lookupMany } from "./lookup.ts";
import {
  type CacheSettings,
  checkQueries,
  checkSettings,
  type DeleteOptions,
  type GetOptions,
  type PutOptions,
} from "./options.ts";
import type { Wrapped } from "./semantic-cache.ts";

export interface SyncEmbedder extends Embedder {
  embed(texts: readonly string[]): Float32Array[];
}

export interface SyncCacheOptions extends CacheSettings {
  embedder: SyncEmbedder;
  /** Where entries live. Default: memory. */
  store?: SyncStore | undefined;
}

type SyncGetOptions = Omit<GetOptions, "signal">;
type SyncPutOptions = Omit<PutOptions, "signal">;

const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");

/** SemanticCache without promises, for a synchronous store and embedder. The verbs and their meaning are the same. */
export class SemanticCacheSync<V = string> implements Disposable {
  readonly #engine: Engine;

  private constructor(engine: Engine) {
    this.#engine = engine;
  }

  static open<V = string>(options: SyncCacheOptions): SemanticCacheSync<V> {
    const settings = checkSettings(options);
    return new SemanticCacheSync<V>(driveSync(Engine.open(settings, options.store ?? memoryStore(), () => engine)));
  }

  get(query: string, options: SyncGetOptions = {}): Hit<V> | undefined {
    const { hit } = driveSync(lookup<V>(this.#engine, query, options));
    this.#flushWhenFull();
    return hit;
  }

  getMany(queries: readonly string[], options: SyncGetOptions = {}): (Hit<V> | undefined)[] {
    const found = driveSync(lookupMany<V>(this.#engine, checkQueries(queries), options));
    this.#flushWhenFull();
    return found.map(({ hit }) => hit);
  }

  put(query: string, response: V, options: SyncPutOptions = {}): number {
    return driveSync(put(this.#engine, query, response, options));
  }

  wrap(query: string, compute: () => V, options: SyncGetOptions & SyncPutOptions = {}): Wrapped<V> {
    this.#engine.ensureOpen();
    checkPutOptions(this.#engine, options); // before anything is paid for
    const { hit, vector } = driveSync(lookup<V>(this.#engine, query, options));
    this.#flushWhenFull();
    if (hit !== undefined) return { response: hit.response, hit };
    const response = compute();
    if (isPromise(response)) {
      response.then(undefined, () => {}); // nobody will wait for it
      throw new MnemeError("promise", "The wrapped function returned a promise.", "Use SemanticCache for it.");
    }
    try {
      driveSync(put(this.#engine, query, response, options, vector));
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

  stats(namespace?: string): Stats {
    return driveSync(this.#engine.stats(namespace));
  }

  namespaces(): string[] {
    return driveSync(this.#engine.namespaces());
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

  #flushWhenFull(): void {
    if (this.#engine.late.full) driveSync(this.#engine.flush());
  }
}
