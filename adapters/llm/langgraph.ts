import { type GetOptions, MnemeError, type PutOptions } from "../../src/index.ts";
import { bytesOf, type Dumped, textOf } from "./langgraph-text.ts";

export { type LanggraphStore, type LanggraphStoreOptions, langgraphStore } from "./langgraph-store.ts";

/** What names a value: LangGraph's namespace, a path, and a key. */
export type NodeKey = [namespace: string[], key: string];

/** How values become bytes, as LangGraph describes it. */
export interface Serializer {
  // biome-ignore-start lint/suspicious/noExplicitAny: as LangGraph has it
  dumpsTyped(data: any): Promise<[string, Uint8Array]>;
  loadsTyped(type: string, data: Uint8Array | string): Promise<any>;
  // biome-ignore-end lint/suspicious/noExplicitAny: as LangGraph has it
}

/** A SemanticCache, whatever its values are. */
interface EntryCache {
  get(query: string, options: GetOptions): Promise<{ response: unknown } | undefined>;
  put(query: string, response: unknown, options: PutOptions): Promise<number>;
  namespaces(): Promise<string[]>;
  clear(namespace: string): Promise<number>;
}

export interface LanggraphCacheOptions {
  /** What the names of its namespaces begin with. Default "langgraph". */
  namespace?: string | undefined;
  /** Default: LangGraph's own, of @langchain/langgraph-checkpoint. */
  serde?: Serializer | undefined;
  tags?: readonly string[] | undefined;
  /** Told of failures, which are misses. What it throws is ignored. */
  onError?: ((error: unknown) => void) | undefined;
}

/** What a graph takes as `compile({ cache })`. */
export interface LanggraphCache<V> {
  serde: Serializer;
  get(keys: NodeKey[]): Promise<{ key: NodeKey; value: V }[]>;
  /** `ttl` is in seconds. */
  set(pairs: { key: NodeKey; value: V; ttl?: number }[]): Promise<void>;
  /** Of exactly these namespaces; of none: everything. */
  clear(namespaces: string[][]): Promise<void>;
}

/** A cache for what the nodes of a graph gave: only the very same input has the same output. */
export function langgraphCache<V = unknown>(cache: EntryCache, options: LanggraphCacheOptions = {}): LanggraphCache<V> {
  return new NodeCache<V>(cache, options);
}

class NodeCache<V> implements LanggraphCache<V> {
  readonly serde: Serializer;
  readonly #cache: EntryCache;
  readonly #options: LanggraphCacheOptions;
  readonly #prefix: string;

  constructor(cache: EntryCache, options: LanggraphCacheOptions) {
    if (typeof cache?.namespaces !== "function") {
      throw new MnemeError("argument", `"cache" expected a cache, got ${typeof cache}.`, "Pass a SemanticCache.");
    }
    const { namespace = "langgraph", serde = new OwnSerializer() } = options;
    if (typeof namespace !== "string") {
      throw new MnemeError("argument", `"namespace" expected a string, got ${typeof namespace}.`, "Or leave it out.");
    }
    this.serde = serde;
    this.#cache = cache;
    this.#options = options;
    this.#prefix = `${namespace}:`;
  }

  async get(keys: NodeKey[]): Promise<{ key: NodeKey; value: V }[]> {
    const found = await Promise.all(keys.map((key) => this.#get(key)));
    return found.flatMap((one) => one ?? []);
  }

  async set(pairs: { key: NodeKey; value: V; ttl?: number | null }[]): Promise<void> {
    // One after another: of two with the same key the later one stays.
    for (const { key, value, ttl } of pairs) {
      try {
        await this.#set(key, value, ttl ?? null);
      } catch (error) {
        this.#tell(error); // thrown, it would end the program: LangGraph does not wait for it
      }
    }
  }

  async clear(namespaces: string[][]): Promise<void> {
    const names = namespaces.length > 0 ? namespaces.map((path) => this.#nameOf(path)) : await this.#all();
    for (const name of new Set(names)) await this.#cache.clear(name);
  }

  async #get(fullKey: NodeKey): Promise<{ key: NodeKey; value: V } | undefined> {
    try {
      const [path, key] = fullKey;
      const hit = await this.#cache.get(shownOf(key), this.#exactly(path, key));
      if (hit === undefined) return undefined;
      const dumped = hit.response as Dumped;
      return { key: fullKey, value: await this.serde.loadsTyped(dumped.type, bytesOf(dumped)) };
    } catch (error) {
      this.#tell(error);
      return undefined;
    }
  }

  async #set([path, key]: NodeKey, value: V, ttl: number | null): Promise<void> {
    const dumped = textOf(...(await this.serde.dumpsTyped(value)));
    // An entry must have some time to live, be it over at once.
    const lifetime =
      ttl === null || ttl === Number.POSITIVE_INFINITY ? null : Math.max(Math.ceil(ttl * 1000), Number.MIN_VALUE);
    const { tags } = this.#options;
    await this.#cache.put(shownOf(key), dumped, { ...this.#exactly(path, key), ttl: lifetime, tags });
  }

  #tell(error: unknown): void {
    try {
      this.#options.onError?.(error);
    } catch {
      // watching must not break it
    }
  }

  /** Queries are the same whatever their case and spacing, scopes are not. */
  #exactly(path: readonly string[], key: string): { namespace: string; scope: object; semantic: false } {
    return { namespace: this.#nameOf(path), scope: { key }, semantic: false };
  }

  /** A path is a name of its own, whatever its parts are. */
  #nameOf(path: readonly string[]): string {
    return this.#prefix + JSON.stringify(path);
  }

  /** Namespaces of others may begin alike. */
  async #all(): Promise<string[]> {
    const names = await this.#cache.namespaces();
    return names.filter((name) => name.startsWith(this.#prefix) && isPath(name.slice(this.#prefix.length)));
  }
}

/** As much of a key as is kept to be read. */
function shownOf(key: string): string {
  return key.slice(0, 1000);
}

function isPath(text: string): boolean {
  try {
    const path: unknown = JSON.parse(text);
    return Array.isArray(path) && JSON.stringify(path) === text;
  } catch {
    return false;
  }
}

/** LangGraph's own, loaded when it is first wanted: it knows messages, maps, sets and more. */
class OwnSerializer implements Serializer {
  #loading: Promise<Serializer> | undefined;

  async dumpsTyped(data: unknown): Promise<[string, Uint8Array]> {
    return (await this.#load()).dumpsTyped(data);
  }

  async loadsTyped(type: string, data: Uint8Array | string): Promise<unknown> {
    return (await this.#load()).loadsTyped(type, data);
  }

  #load(): Promise<Serializer> {
    this.#loading ??= import("@langchain/langgraph-checkpoint").then(
      ({ JsonPlusSerializer }) => new (JsonPlusSerializer as new () => Serializer)(),
      (cause: unknown) => {
        this.#loading = undefined;
        const remedy = "Install it, or give { serde: new JsonPlusSerializer() }.";
        throw new MnemeError("unsupported", '"@langchain/langgraph-checkpoint" cannot be loaded.', remedy, { cause });
      },
    );
    return this.#loading;
  }
}
