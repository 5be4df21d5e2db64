import { MnemeError } from "../error.ts";
import { isPromise, type Steps, step } from "../store/steps.ts";
import type { Change, CommitResult, Store } from "../store/store.ts";
import { normalise } from "../text/normalise.ts";
import type { VectorIndex } from "../vectors/vector-index.ts";
import { Counters, type Stats } from "./counters.ts";
import type { CacheEvent } from "./event.ts";
import { LateWrites } from "./late-writes.ts";
import { type LoadEngine, openIndex } from "./open-index.ts";
import { type CheckedSettings, checkText, DEFAULT_NAMESPACE } from "./options.ts";
import { rebuild } from "./refresh.ts";

/** Where the store keeps what the index learnt. */
const LEARNT = "index";
/** … and whether its texts were normalised: the keys of one way are not found in the other. */
const NORMALISE = "normalise";

/** The parts of one open cache, and what all its operations need. Both faces hold one and drive its steps. */
export class Engine {
  readonly settings: CheckedSettings;
  readonly store: Store;
  readonly index: VectorIndex;
  readonly counters: Counters = new Counters();
  readonly late: LateWrites = new LateWrites();
  /** The version of the store up to which the index has everything. */
  known = 0;
  /** Told when the store turns out to have changed without us. */
  onBehind: () => void = () => {};
  #indexed = 0;
  /** What the index learnt and the store has not got yet. */
  #learnt: string | undefined;
  #closed = false;

  private constructor(settings: CheckedSettings, store: Store, index: VectorIndex) {
    this.settings = settings;
    this.store = store;
    this.index = index;
  }

  static *open(settings: CheckedSettings, store: Store, load: LoadEngine): Steps<Engine> {
    const { fingerprint, dimensions } = settings.embedder;
    const tell = (index: VectorIndex, error?: unknown): void => engine.#tell(index, error);
    const index = yield* openIndex(settings, load, store, tell);
    const engine = new Engine(settings, store, index);
    try {
      yield* step(store.open({ fingerprint, dimensions }));
      yield* engine.#checkNormalise();
      yield* engine.#recall();
      yield* rebuild(engine, "open");
      return engine;
    } catch (error) {
      index.close?.();
      throw error;
    }
  }

  /** What of a query is hashed and embedded. */
  textOf(query: string): string {
    const text = checkText("query", query);
    return this.settings.normalise ? normalise(text) : text;
  }

  /** How often the index was added to: unchanged, nothing that was read has been renewed since. */
  get indexed(): number {
    return this.#indexed;
  }

  /** What is committed becomes searchable. Where that fails the entry is still found by the exact layer. */
  addToIndex(operation: string, id: number, namespace: string, vector: Float32Array): void {
    this.#indexed++;
    try {
      this.index.add(id, namespace, vector);
    } catch (error) {
      this.emit({ type: "error", operation, error });
    }
  }

  now(): number {
    const now = this.settings.clock();
    if (Number.isFinite(now)) return now;
    throw new MnemeError("argument", `The clock returned ${now}.`, "A clock returns milliseconds since 1970.");
  }

  ensureOpen(): void {
    if (this.#closed) throw closedError();
  }

  emit(event: CacheEvent): void {
    try {
      const watched: unknown = this.settings.onEvent(event);
      if (isPromise(watched)) watched.then(undefined, () => {});
    } catch {
      // Watching a cache must not break it.
    }
  }

  /** Something failed on the read path, which goes on without it, unless the user wants to know. */
  forgive(operation: string, error: unknown): void {
    if (this.settings.strict) throw error;
    this.emit({ type: "error", operation, error });
  }

  /** Commits with what reading left to write. Answers for the changes given. */
  *commit(changes: readonly Change[]): Steps<CommitResult> {
    const taken = this.late.take();
    const { changes: late, expired } = taken;
    if (late.length + changes.length === 0) return { version: 0, applied: [] };
    let result: CommitResult;
    try {
      result = yield* step(this.store.commit([...late, ...changes]));
    } catch (error) {
      this.late.giveBack(taken);
      throw error;
    }
    const { version, applied } = result;
    this.#noteOwn(version, raised([...late, ...changes], applied));
    if (expired.size > 0) this.#countExpired(applied[late.length - 1]!.map((id) => expired.get(id)!));
    return { version, applied: applied.slice(late.length) };
  }

  /** Writes what reading left to write. A failure leaves it for the next time, so it is told, not thrown. */
  *flush(): Steps<void> {
    try {
      yield* this.commit([]);
      yield* this.#keepLearnt();
    } catch (error) {
      this.emit({ type: "error", operation: "flush", error });
    }
  }

  *clear(namespace?: string): Steps<number> {
    this.ensureOpen();
    if (namespace !== undefined) checkText("namespace", namespace);
    const indexed = this.#indexed;
    const ids = this.index.ids(namespace);
    const removed = yield* step(this.store.clear(namespace));
    // A put may have landed meanwhile, with an id of its own: only what was there before is known to be gone.
    if (this.#indexed === indexed) this.index.clear(namespace);
    else for (const id of ids) this.index.remove(id);
    this.counters.reset(namespace);
    return removed;
  }

  *namespaces(): Steps<string[]> {
    this.ensureOpen();
    return yield* step(this.store.namespaces());
  }

  *stats(namespace?: string): Steps<Stats> {
    this.ensureOpen();
    const entries = yield* step(this.store.count(namespace));
    return {
      namespace,
      entries,
      ...this.counters.of(namespace),
      index: kindOf(this.index),
      indexBytes: this.index.bytes,
      kernel: this.index.level,
    };
  }

  *close(): Steps<void> {
    if (!this.#closed) yield* this.flush();
    this.#closed = true;
    this.index.clear();
    this.index.close?.();
    yield* step(this.store.close()); // idempotent: after a failure it may be tried again
  }

  *#checkNormalise(): Steps<void> {
    const given = `${this.settings.normalise}`;
    const stamped = yield* step(this.store.getMeta(NORMALISE));
    if (stamped === given) return;
    if (stamped === undefined) return yield* step(this.store.setMeta(NORMALISE, given));
    const problem = `The ${this.store.name} store was filled with "normalise" ${stamped}, not ${given}.`;
    throw new MnemeError("fingerprint", problem, "Open it as it was filled, or use a new store.");
  }

  /** What the index learnt the last time spares it learning; how many entries there are, looking for them one by one. */
  *#recall(): Steps<void> {
    const { index, store } = this;
    const learnt = index.recall && (yield* step(store.getMeta(LEARNT)));
    if (learnt !== undefined) index.recall?.(learnt);
    if (index.prepare !== undefined) yield* step(index.prepare(yield* step(store.count())));
  }

  *#keepLearnt(): Steps<void> {
    this.#learnt = this.index.learnt?.() ?? this.#learnt;
    if (this.#learnt === undefined) return;
    yield* step(this.store.setMeta(LEARNT, this.#learnt));
    this.#learnt = undefined;
  }

  #tell(index: VectorIndex, error: unknown): void {
    if (error === undefined) this.emit({ type: "index", index: kindOf(index), entries: index.size });
    else this.emit({ type: "error", operation: "index", error });
  }

  /** The version after a commit of ours: the next one, unless others wrote too or answers came out of order. */
  #noteOwn(version: number, raised: boolean): void {
    const before = raised ? version - 1 : version;
    if (before === this.known) {
      this.known = version;
    } else {
      this.known = Math.min(this.known, before);
      this.onBehind();
    }
  }

  #countExpired(namespaces: readonly string[]): void {
    const counts = new Map<string, number>();
    for (const namespace of namespaces) counts.set(namespace, (counts.get(namespace) ?? 0) + 1);
    for (const [namespace, count] of counts) {
      this.counters.add(namespace, "expirations", count);
      this.emit({ type: "expired", namespace, count });
    }
  }
}

function kindOf({ exact }: VectorIndex): Stats["index"] {
  return exact ? "exact" : "approximate";
}

/** Whether a commit raised the version: puts and removals do, touches do not. */
function raised(changes: readonly Change[], applied: readonly number[][]): boolean {
  return changes.some((change, i) => !("touch" in change) && applied[i]!.length > 0);
}

export function namespaceOf(options: { namespace?: string | undefined }): string {
  return checkText("namespace", options.namespace ?? DEFAULT_NAMESPACE);
}

export function closedError(): MnemeError {
  return new MnemeError("closed", "The cache is closed.", "Open it again.");
}
