import { checkPlace } from "../place.ts";
import { memoryStore } from "../store/memory-store.ts";
import type { Store } from "../store/store.ts";
import { GrowingIndex } from "../vectors/growing-index.ts";
import { Afterthoughts } from "./afterthought.ts";
import { type Answered, answer } from "./answer.ts";
import { type Briefing, type BriefingOptions, briefing } from "./briefing.ts";
import { Catalogue } from "./catalogue.ts";
import { checkId, checkIds, checkNamespace } from "./check.ts";
import type { Deduped, DedupOptions } from "./dedup.ts";
import { type Document, put } from "./documents.ts";
import { Engine } from "./engine.ts";
import { type ExportOptions, exportOf } from "./exporting.ts";
import { type Forgetting, forgetMany, forgetOne } from "./forget.ts";
import type { Fsck } from "./fsck.ts";
import { Housekeeping } from "./housekeeping.ts";
import type { Imported, ImportOptions } from "./importing.ts";
import type { Instant } from "./instant.ts";
import { type MemoryStats, stats } from "./inventory.ts";
import { KeywordIndex } from "./keyword-index.ts";
import { history, restore, supersede, type Version, versions } from "./lineage.ts";
import type { ImportSource } from "./lines.ts";
import { link, linksOf, unlink } from "./links.ts";
import { type ListOptions, list } from "./listing.ts";
import type { Maintained } from "./maintenance.ts";
import type { Memory } from "./memory.ts";
import { moveNamespace, reassign, retier } from "./moving.ts";
import { checkSettings, type MemoryOptions } from "./options.ts";
import type { Promoted, PromoteOptions } from "./promote.ts";
import { type ReadOptions, type ReadPlace, readSetOf } from "./read-set.ts";
import { recall } from "./recall.ts";
import type { Recalled, RecallOptions } from "./recall-options.ts";
import { keptIn } from "./record.ts";
import { reinforceIds } from "./reinforce.ts";
import { type Remembered, remember } from "./remember.ts";
import { type Repaired, repair, vectorOf } from "./repair.ts";
import { type Match, type SearchOptions, search } from "./search.ts";
import { fingerprintOf, SHELF } from "./shelf.ts";
import type { Swept } from "./sweep.ts";
import type { Tier } from "./tier.ts";
import { amendFields, type MemoryPatch } from "./update.ts";
import { fieldsOf, type RememberOptions } from "./writing.ts";

export interface Traits {
  /** Whether there is a model to answer with (`models.answer`). */
  readonly answers: boolean;
  /** Whether a recall sees the durable memories of other namespaces, unless it says otherwise. */
  readonly cascades: boolean;
}

interface CallOptions {
  signal?: AbortSignal | undefined;
}

// Engines without the symbol get the name that compilers use for `await using` there.
const asyncDispose: typeof Symbol.asyncDispose = Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose");

/** What an agent remembers: facts and episodes, found by meaning and by words, that fade, are borne out, and are replaced. */
export class AgentMemory implements AsyncDisposable {
  readonly #engine: Engine;
  readonly #afterthoughts: Afterthoughts;
  readonly #housekeeping: Housekeeping;
  #closing: Promise<void> | undefined;

  private constructor(engine: Engine) {
    this.#engine = engine;
    this.#afterthoughts = new Afterthoughts(engine);
    this.#housekeeping = new Housekeeping(engine);
  }

  static async open(options: MemoryOptions): Promise<AgentMemory> {
    const settings = checkSettings(options);
    checkPlace(options);
    const { embedder } = settings;
    const store = options.store ?? (options.path === undefined ? memoryStore() : await storeAt(options.path));
    const dimensions = embedder?.dimensions ?? 1; // without an embedder nothing lies in the index
    const vectors = new GrowingIndex(dimensions, () => import("../vectors/exact-index.ts"));
    try {
      await store.open({ fingerprint: fingerprintOf(embedder?.fingerprint ?? "no embedder"), dimensions });
      const catalogue = new Catalogue(vectors, new KeywordIndex({ stem: settings.stem }));
      const engine = new Engine(settings, store, catalogue);
      await engine.follow();
      return new AgentMemory(engine);
    } catch (error) {
      vectors.close();
      if (store !== options.store) await store.close(); // the caller has no other way to
      throw error;
    }
  }

  /** What it was opened with that those have to know who serve it to others. */
  get traits(): Traits {
    const { models, cascade } = this.#engine.settings;
    return { answers: models.answer !== undefined, cascades: cascade };
  }

  /**
   * Remembers something, or bears out what is known already; nothing is stored twice. Its tier is found from the content if it is
   * not given. `outcome` tells what became of it.
   */
  async remember(options: RememberOptions): Promise<Remembered> {
    this.#ensureOpen();
    const { outcome, similar, ...memory } = await remember(this.#engine, options);
    if (outcome === "stored" && options.id === undefined) this.#afterthoughts.of(memory);
    return { ...memory, outcome, ...(similar && { similar }) };
  }

  /**
   * Keeps documents under the ids given, all of them or none: each in the place of what has its id, as it is, whatever else is
   * known. Their tier is "semantic".
   */
  async put(documents: readonly Document[], { signal }: CallOptions = {}): Promise<void> {
    this.#ensureOpen();
    await put(this.#engine, documents, signal);
  }

  /** What is remembered about a question, best first. What is served counts as recalled. */
  async recall(options: RecallOptions): Promise<Recalled> {
    this.#ensureOpen();
    return recall(this.#engine, options);
  }

  /** Counts memories as recalled, in the background: for who shows only some of what a recall with `reinforce: false` found. */
  async reinforce(ids: readonly string[]): Promise<void> {
    this.#ensureOpen();
    checkIds(ids, "ids");
    const now = this.#engine.now();
    this.#engine.later("reinforce", () => reinforceIds(this.#engine, ids, now));
  }

  /** Everything there is, page by page, what answers a query best first: for whom `recall` leaves out too much. */
  async search(options: SearchOptions = {}): Promise<Match[]> {
    this.#ensureOpen();
    return search(this.#engine, options);
  }

  /** What the user's model (`models.answer`) says to a question, from what is recalled. */
  async answer(options: RecallOptions): Promise<Answered> {
    this.#ensureOpen();
    return this.#engine.timed("answer", () => answer(this.#engine, options));
  }

  /** What to know when a session begins: what is pinned, facts, procedures, what happened, and what was left for it. */
  async briefing(options: BriefingOptions = {}): Promise<Briefing> {
    this.#ensureOpen();
    return this.#engine.timed("briefing", () => briefing(this.#engine, options));
  }

  /** Where a recall with these options looks, and what it may see there; at most 64 places. */
  async readSet(options: ReadOptions = {}): Promise<ReadPlace[]> {
    this.#ensureOpen();
    await this.#engine.follow();
    return (await readSetOf(this.#engine, options)).places;
  }

  /** The memory of an id, or of the beginning of one (at least 8 characters) that no other has; whatever its state. */
  async get(namespace: string, id: string): Promise<Memory | undefined> {
    this.#ensureOpen();
    checkNamespace(namespace);
    const entry = await this.#engine.store.get(SHELF.memories, checkId(id));
    const memory = entry && keptIn(entry).memory;
    if (memory !== undefined) return memory.namespace === namespace ? memory : undefined;
    const [only, other] = id.length < 8 ? [] : await this.ids(namespace, id, 2);
    return only === undefined || other !== undefined ? undefined : this.get(namespace, only);
  }

  /** Ids that begin so, in order. */
  async ids(namespace: string, prefix: string, limit = 100): Promise<string[]> {
    this.#ensureOpen();
    if (prefix === "" || limit <= 0) return [];
    await this.#engine.follow();
    const found = [...this.#engine.catalogue.of(namespace)].map(({ id }) => id).filter((id) => id.startsWith(prefix));
    return found.sort().slice(0, limit);
  }

  /** Its embedding; null while it has none. */
  async vector(namespace: string, id: string): Promise<Float32Array | null> {
    this.#ensureOpen();
    return vectorOf(this.#engine, namespace, id);
  }

  /** Changes what is named, and leaves the rest as it is. */
  async update(namespace: string, id: string, patch: MemoryPatch, { signal }: CallOptions = {}): Promise<Memory> {
    this.#ensureOpen();
    checkNamespace(namespace);
    checkId(id);
    const redacted: string[] = [];
    return amendFields(this.#engine, namespace, id, fieldsOf(patch, this.#engine.settings, redacted), {
      signal,
      redacted,
    });
  }

  /** Removes a memory for good, with all it was before; tells whether there was one. */
  forget(namespace: string, id: string): Promise<boolean>;
  /** Removes all that is meant; returns how many. Of a `subject` nothing is left, not even in the files of the store. */
  forget(what: Forgetting): Promise<number>;
  async forget(namespaceOrWhat: string | Forgetting, id?: string): Promise<boolean | number> {
    this.#ensureOpen();
    if (typeof namespaceOrWhat === "string") return forgetOne(this.#engine, namespaceOrWhat, id!);
    return forgetMany(this.#engine, namespaceOrWhat);
  }

  /** Another memory of the namespace takes its place: it is seen no more, except as of before. */
  async supersede(namespace: string, id: string, byId: string): Promise<Memory> {
    this.#ensureOpen();
    return supersede(this.#engine, namespace, id, byId);
  }

  /** Takes that back, and a contradiction too. */
  async restore(namespace: string, id: string): Promise<Memory> {
    this.#ensureOpen();
    return restore(this.#engine, namespace, id);
  }

  /** What replaced it and what it replaced, oldest first. */
  async history(namespace: string, id: string): Promise<Memory[]> {
    this.#ensureOpen();
    return history(this.#engine, namespace, id);
  }

  /** What it said before it was changed, oldest first; the last is what it says now. */
  async versions(namespace: string, id: string): Promise<Version[]> {
    this.#ensureOpen();
    return versions(this.#engine, namespace, id);
  }

  /** The ids of those whose place it took. */
  async predecessors(namespace: string, id: string): Promise<string[]> {
    this.#ensureOpen();
    await this.#engine.follow();
    const rows = this.#engine.catalogue.predecessors(id).filter((row) => row.namespace === namespace);
    return rows.map((row) => row.id).sort();
  }

  async list(options: ListOptions = {}): Promise<Memory[]> {
    this.#ensureOpen();
    return list(this.#engine, options);
  }

  /** Those that hold memories, sorted. */
  async namespaces(): Promise<string[]> {
    this.#ensureOpen();
    await this.#engine.follow();
    return this.#engine.catalogue.namespaces();
  }

  /** Moves memories to another namespace; returns how many. Without `ids`: all, and the links of the namespace. */
  async reassign(from: string, ids: readonly string[] | undefined, to: string): Promise<number> {
    this.#ensureOpen();
    return ids === undefined ? moveNamespace(this.#engine, from, to) : reassign(this.#engine, from, ids, to);
  }

  /** Puts a memory into another tier, with that tier's time to live unless another is given. */
  async retier(namespace: string, id: string, tier: Tier, expiresAt?: Instant | null): Promise<Memory> {
    this.#ensureOpen();
    return retier(this.#engine, namespace, id, tier, expiresAt);
  }

  /** From now on what is durable in `to` is recalled from `from` too. */
  async link(from: string, to: string): Promise<void> {
    this.#ensureOpen();
    await link(this.#engine, from, to);
  }

  async unlink(from: string, to: string): Promise<void> {
    this.#ensureOpen();
    await unlink(this.#engine, from, to);
  }

  async links(namespace: string): Promise<string[]> {
    this.#ensureOpen();
    return [...(await linksOf(this.#engine, namespace))];
  }

  /** Removes what has expired and what there is too much of, and makes episodes of facts that became doubtful. */
  async sweep({ signal }: CallOptions = {}): Promise<Swept> {
    this.#ensureOpen();
    return this.#engine.timed("sweep", async () => (await upkeep()).sweep(this.#engine, signal));
  }

  /** Makes what is recalled again and again last. */
  async promote(options: PromoteOptions = {}): Promise<Promoted> {
    this.#ensureOpen();
    return this.#engine.timed("promote", async () => (await upkeep()).promote(this.#engine, options));
  }

  /** Lets one of several that say the same take the place of the others. */
  async dedup(options: DedupOptions = {}): Promise<Deduped> {
    this.#ensureOpen();
    return this.#engine.timed("dedup", async () => (await upkeep()).dedup(this.#engine, options));
  }

  /** Embeds what could not be embedded when it was remembered. It is tried by itself when the next one is remembered. */
  async repair({ signal }: CallOptions = {}): Promise<Repaired> {
    this.#ensureOpen();
    return this.#engine.timed("repair", () => repair(this.#engine, { signal }));
  }

  /**
   * Does what is due of `repair`, `sweep` (every hour), `promote` and `dedup` (every day); of several processes on one store one does.
   * Call it from a cron job, or open the memory with `maintainEvery`.
   */
  async maintain({ signal }: CallOptions = {}): Promise<Maintained> {
    this.#ensureOpen();
    const { maintain } = await upkeep();
    return maintain(this.#engine, signal);
  }

  /** Tidies up, and tells what is not as it should be. */
  async fsck(): Promise<Fsck> {
    this.#ensureOpen();
    return this.#engine.timed("fsck", async () => (await upkeep()).fsck(this.#engine));
  }

  async stats(namespace?: string): Promise<MemoryStats> {
    this.#ensureOpen();
    return stats(this.#engine, namespace);
  }

  /** All that is remembered, as lines of JSON: the same bytes for the same memories. Read as they are asked for. */
  export(options: ExportOptions = {}): ReadableStream<Uint8Array> {
    this.#ensureOpen();
    return exportOf(this.#engine, options);
  }

  /** Takes in what `export` wrote, with everything that belongs to it, or memories from elsewhere. */
  async import(source: ImportSource, options: ImportOptions = {}): Promise<Imported> {
    this.#ensureOpen();
    const { importFrom } = await import("./import.ts");
    return importFrom(this.#engine, source, options);
  }

  /** Waits for what goes on after answers were given: that memories were recalled is written. */
  async flush(): Promise<void> {
    this.#ensureOpen();
    await this.#engine.settled();
  }

  /** Idempotent; after a failure it may be tried again. */
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
    this.#housekeeping.stop();
    await this.#engine.settled();
    this.#engine.close();
    this.#engine.catalogue.vectors.close?.();
    await this.#engine.store.close();
  }

  #ensureOpen(): void {
    if (this.#closing !== undefined) this.#engine.close();
    this.#engine.ensureOpen();
  }
}

/** What is for once an hour or a day is fetched when it is first called. */
const upkeep = () => import("./upkeep.ts");

/** Loaded only when asked for: a memory without a file carries no database. */
async function storeAt(path: string): Promise<Store> {
  const { openPath } = await import("#path-store");
  return openPath(path);
}
