import { MnemeError } from "../../src/index.ts";
import type { Document, ListOptions, Match, Memory, SearchOptions, Ttl } from "../../src/memory/index.ts";
import { textsAt } from "./langgraph-fields.ts";
import { type ItemFilter, passes, textsIn } from "./langgraph-filter.ts";
import { idOf, keyOf, namespaceOf, pathOf } from "./langgraph-names.ts";
import {
  checkPut,
  checkRoot,
  type GetOperation,
  type ListNamespacesOperation,
  matches,
  type Operation,
  type OperationResults,
  type SearchOperation,
  type StoreItem,
  type StoreSearchItem,
  type WriteOperation,
} from "./langgraph-operations.ts";

/** An AgentMemory, as far as it is used here. */
interface Memories {
  put(documents: readonly Document[]): Promise<void>;
  list(options: ListOptions): Promise<Memory[]>;
  search(options: SearchOptions): Promise<Match[]>;
  namespaces(): Promise<string[]>;
}

export interface LanggraphStoreOptions {
  /** What of a value is embedded: paths such as "text", "title.en" or "chapters[*].summary". Default ["$"]: all of it. */
  fields?: readonly string[] | undefined;
  /** How long an item lives from when it was put, and from each search on that recalls it. Default: for ever. */
  ttl?: Ttl | undefined;
  /**
   * What a search with a query gives first. "similarity" (default): what is nearest in meaning, as LangGraph's own stores do.
   * "relevance": what the memory's `recall` finds, by meaning, by words and by what it is worth.
   */
  ranking?: "similarity" | "relevance" | undefined;
}

/** What a graph takes as `compile({ store })`: a BaseStore of LangGraph. */
export interface LanggraphStore {
  batch<Op extends Operation[]>(operations: Op): Promise<OperationResults<Op>>;
  // biome-ignore-start lint/suspicious/noExplicitAny: as LangGraph has it
  get(namespace: string[], key: string): Promise<StoreItem | null>;
  search(
    namespacePrefix: string[],
    options?: { filter?: Record<string, any>; limit?: number; offset?: number; query?: string },
  ): Promise<StoreSearchItem[]>;
  put(namespace: string[], key: string, value: Record<string, any>, index?: false | string[]): Promise<void>;
  // biome-ignore-end lint/suspicious/noExplicitAny: as LangGraph has it
  delete(namespace: string[], key: string): Promise<void>;
  listNamespaces(options?: {
    prefix?: string[];
    suffix?: string[];
    maxDepth?: number;
    limit?: number;
    offset?: number;
  }): Promise<string[][]>;
  start(): void;
  stop(): void;
}

/** The long-term memory of graphs: what they put, and what else is remembered, under LangGraph's names. */
export function langgraphStore(memory: Memories, options: LanggraphStoreOptions = {}): LanggraphStore {
  return new MemoryStore(memory, options);
}

class MemoryStore implements LanggraphStore {
  readonly #memory: Memories;
  readonly #fields: readonly string[];
  readonly #ttl: Ttl;
  readonly #ranking: "similarity" | "relevance";

  constructor(memory: Memories, { fields = ["$"], ttl = null, ranking = "similarity" }: LanggraphStoreOptions) {
    if (typeof memory?.search !== "function" || typeof memory.put !== "function") {
      throw new MnemeError("argument", `"memory" expected a memory, got ${typeof memory}.`, "Pass an AgentMemory.");
    }
    if (!Array.isArray(fields) || !fields.every((path) => typeof path === "string")) {
      throw new MnemeError(
        "argument",
        '"fields" expected paths.',
        'Such as ["text"]; leave it out for all of a value.',
      );
    }
    if (ranking !== "similarity" && ranking !== "relevance") {
      throw new MnemeError(
        "argument",
        '"ranking" expected "similarity" or "relevance".',
        "Leave it out for the first.",
      );
    }
    this.#memory = memory;
    this.#fields = fields;
    this.#ttl = ttl;
    this.#ranking = ranking;
  }

  /** Reads see what was before the writes; of several writes of a key the last one counts. */
  async batch<Op extends Operation[]>(operations: Op): Promise<OperationResults<Op>> {
    const writes = operations.filter((operation) => "value" in operation);
    for (const write of writes) checkPut(write);
    const results = await Promise.all(operations.map((operation) => this.#read(operation)));
    await this.#write(writes);
    return results as OperationResults<Op>;
  }

  get(namespace: string[], key: string): Promise<StoreItem | null> {
    return this.#get({ namespace, key });
  }

  search(namespacePrefix: string[], options: Omit<SearchOperation, "namespacePrefix"> = {}) {
    return this.#search({ ...options, namespacePrefix });
  }

  async put(namespace: string[], key: string, value: object, index?: false | string[]): Promise<void> {
    checkRoot(namespace);
    await this.batch([{ namespace, key, value, ...(index !== undefined && { index }) }]);
  }

  async delete(namespace: string[], key: string): Promise<void> {
    await this.#write([{ namespace, key, value: null }]);
  }

  listNamespaces({ prefix, suffix, ...options }: Parameters<LanggraphStore["listNamespaces"]>[0] = {}) {
    const matchConditions: ListNamespacesOperation["matchConditions"] = [];
    if (prefix !== undefined) matchConditions.push({ matchType: "prefix", path: prefix });
    if (suffix !== undefined) matchConditions.push({ matchType: "suffix", path: suffix });
    return this.#list({ limit: 100, offset: 0, ...options, matchConditions });
  }

  /** The memory is open before, and may be used by others after. */
  start(): void {}

  stop(): void {}

  #read(operation: Operation): Promise<unknown> | null {
    if ("namespacePrefix" in operation) return this.#search(operation);
    if ("value" in operation) return null;
    return "key" in operation ? this.#get(operation) : this.#list(operation);
  }

  async #get({ namespace, key }: GetOperation): Promise<StoreItem | null> {
    const memory = await this.#find(namespaceOf(namespace), key);
    return memory === undefined ? null : itemOf(memory);
  }

  /** What was put by this key; else what has it for an id. */
  async #find(namespace: string, key: string): Promise<Memory | undefined> {
    const id = idOf(namespace, key);
    const ids = keyOf(namespace, key) === key ? [id, key] : [id]; // an id that has another key is not meant by itself
    const found = await this.#memory.list({ namespace, ids });
    return found.find((memory) => memory.id === id) ?? found[0];
  }

  async #search({ namespacePrefix, filter, query, limit, offset }: SearchOperation): Promise<StoreSearchItem[]> {
    const metadata = textsIn(filter ?? {});
    const others = Object.entries(filter ?? {}).filter(([name]) => !Object.hasOwn(metadata, name));
    const rest: ItemFilter = Object.fromEntries(others);
    const found = await this.#memory.search({
      ...(namespacePrefix.length > 0 && { within: namespaceOf(namespacePrefix) }),
      ...(query?.trim() && { query }),
      ...(others.length > 0 && { where: (memory) => passes(saidBy(memory), rest) }),
      metadata,
      by: this.#ranking,
      limit: Math.min(limit ?? 10, MOST),
      offset: offset ?? 0,
      reinforce: true,
    });
    return found.map(({ memory, score }) => ({ ...itemOf(memory), ...(score !== undefined && { score }) }));
  }

  async #list({ matchConditions, maxDepth, limit, offset = 0 }: ListNamespacesOperation): Promise<string[][]> {
    const found = new Map<string, string[]>();
    for (const namespace of await this.#memory.namespaces()) {
      const path = pathOf(namespace);
      if (matchConditions?.every((condition) => matches(path, condition)) === false) continue;
      const cut = path.slice(0, maxDepth);
      found.set(namespaceOf(cut), cut);
    }
    const sorted = [...found.values()].map((path) => ({ path, name: path.join(":") }));
    sorted.sort((a, b) => a.name.localeCompare(b.name) || (a.name < b.name ? -1 : 1));
    return sorted.slice(offset, offset + (limit ?? MOST)).map(({ path }) => path);
  }

  async #write(operations: readonly WriteOperation[]): Promise<void> {
    const last = new Map<string, WriteOperation>();
    for (const operation of operations) last.set(idOf(namespaceOf(operation.namespace), operation.key), operation);
    if (last.size === 0) return;
    await this.#memory.put(await Promise.all([...last].map(([id, operation]) => this.#documentOf(id, operation))));
  }

  async #documentOf(id: string, { namespace: path, key, value, index }: WriteOperation): Promise<Document> {
    const namespace = namespaceOf(path);
    const place = { namespace, id: (await this.#find(namespace, key))?.id ?? id };
    if (value === null) return { ...place, content: null };
    const paths = index === false ? [] : (index ?? this.#fields);
    const texts = paths.flatMap((path) => textsAt(value, path)).filter((text) => text.trim() !== "");
    const content = texts.length > 0 ? [...new Set(texts)].join("\n") : JSON.stringify(value);
    return { ...place, content, metadata: value, embed: texts.length > 0, ttl: this.#ttl };
  }
}

const MOST = Number.MAX_SAFE_INTEGER;

function itemOf(memory: Memory): StoreItem {
  const { namespace, id, createdAt, updatedAt } = memory;
  return {
    namespace: pathOf(namespace),
    key: keyOf(namespace, id),
    value: saidBy(memory),
    createdAt: new Date(createdAt),
    updatedAt: new Date(updatedAt),
  };
}

/** What was put; of another memory, or of one that was edited since, also what it says. */
function saidBy({ metadata, content, document }: Memory): StoreItem["value"] {
  return document ? metadata : { ...metadata, content };
}
