import { MnemeError } from "../error.ts";
import { metasOf } from "../store/metas.ts";
import { isPromise, type Steps, step } from "../store/steps.ts";
import type { Change, CommitResult, Store } from "../store/store.ts";
import { normalise } from "../text/normalise.ts";
import type { ExactIndex } from "../vectors/exact-index.ts";
import type { SharedIndex } from "../vectors/shared-index.ts";
import type { SharedMemory, VectorIndex } from "../vectors/vector-index.ts";
import { checkNamespace, checkQuery, namespaceOf } from "./call-options.ts";
import { type Counters, countersOf } from "./counters.ts";
import type { ErrorBudget } from "./error-budget.ts";
import type { CacheEvent } from "./event.ts";
import { Eviction } from "./eviction.ts";
import { Guarding } from "./guarding.ts";
import type { KeptIndex } from "./kept-index.ts";
import { LateWrites, type Taken } from "./late-writes.ts";
import { Ledger } from "./ledger.ts";
import { checkSize } from "./limits.ts";
import type { Loaders } from "./loaders.ts";
import { META } from "./meta.ts";
import { budgetMetas, openBudget } from "./open-budget.ts";
import { kindOf, openIndex } from "./open-index.ts";
import type { CheckedSettings } from "./options.ts";
import { agreePolicy, DEFAULT_POLICY, keepPolicy, type Policy } from "./policy.ts";
import { Population } from "./population.ts";
import { Projection } from "./projection.ts";
import { catchUp, fill } from "./refresh.ts";
import { type Accounted, Savings } from "./savings.ts";
import type { Stats } from "./stats.ts";
import { StoreIndex } from "./store-index.ts";

/** Under an error budget nothing less similar is looked at: it would not be served, and looking takes longer. */
const FLOOR = 0.5;

/** The parts of one open cache, and what all its operations need. Both faces hold one and drive its steps. */
export class Engine {
  readonly settings: CheckedSettings;
  readonly store: Store;
  readonly projection: Projection;
  readonly counters: Counters;
  readonly savings: Savings;
  readonly population: Population;
  readonly eviction: Eviction;
  readonly late: LateWrites = new LateWrites();
  readonly ledger: Ledger = new Ledger((error) => this.emit({ type: "error", operation: "ledger", error }));
  /** Undefined: none. */
  guards: Guarding | undefined;
  /** What decides instead of a threshold, under an error budget. */
  risk: ErrorBudget | undefined;
  policy: Policy = DEFAULT_POLICY;
  dtype: Stats["dtype"];
  /** The version of the store up to which the index has everything. */
  known = 0;
  /** Told when the store turns out to have changed without us. */
  onBehind: () => void = () => {};
  readonly onIndexChange = (index: VectorIndex, error?: unknown): void => {
    if (error === undefined) this.emit({ type: "index", index: kindOf(index), entries: index.size });
    else this.emit({ type: "error", operation: "index", error });
  };
  /** Where the index is kept beside the entries, if it is. */
  kept: KeptIndex | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #closed = false;

  private constructor(settings: CheckedSettings, store: Store, index: VectorIndex) {
    this.settings = settings;
    this.store = store;
    this.projection = new Projection(store, index);
    this.counters = countersOf(store);
    this.savings = new Savings(store, settings.usage, (error) =>
      this.emit({ type: "error", operation: "usage", error }),
    );
    this.population = new Population(store);
    this.eviction = new Eviction(this);
    this.dtype = settings.vectors.dtype ?? "float32";
  }

  static *open(settings: CheckedSettings, store: Store, loaders: Loaders): Steps<Engine> {
    const { fingerprint, dimensions } = settings.embedder;
    const guards = yield* Guarding.open(settings.guards, loaders.guards);
    const index = yield* openIndex(settings, loaders.engine, store, (...told) => engine.onIndexChange(...told));
    const engine = new Engine(settings, store, index);
    engine.guards = guards;
    try {
      yield* step(store.open({ fingerprint, dimensions }));
      const [policy, ledger, risk] = yield* metasOf(store, [META.policy, META.ledger, ...budgetMetas(settings)]);
      engine.policy = yield* agreePolicy(store, policy, settings.policy, (error) => engine.forgive("open", error));
      engine.ledger.begin(ledger);
      engine.risk = yield* openBudget(settings, loaders, risk, (error) => engine.forgive("open", error));
      if (index instanceof StoreIndex) index.checkStore();
      if (engine.keepsIndex) yield* fill(engine, loaders.engine);
      else engine.population.ignore();
      return engine;
    } catch (error) {
      index.close?.();
      throw error;
    }
  }

  get index(): VectorIndex {
    return this.projection.index;
  }

  /** What of a query is hashed and embedded. */
  textOf(query: string): string {
    const text = checkQuery(query);
    checkSize(text, this.settings.limits, "queryBytes");
    return this.policy.normalise ? normalise(text) : text;
  }

  /** The least similarity of a candidate. Under an error budget it is not what decides. */
  get threshold(): number {
    const { errorBudget, policy } = this.settings;
    return errorBudget === undefined ? this.policy.threshold : (policy.threshold ?? FLOOR);
  }

  /** The index, where a cache in another thread fills it and follows the store. */
  get shared(): SharedIndex | undefined {
    return this.settings.writer === undefined ? undefined : (this.index as SharedIndex);
  }

  /** Whether there is an index of its own, which is filled from the store and follows what others write there. */
  get keepsIndex(): boolean {
    return this.shared === undefined && !(this.index instanceof StoreIndex);
  }

  /** What one more reader in another thread opens its cache with. */
  share(): SharedMemory {
    this.ensureOpen();
    return this.#writers.share();
  }

  /** Takes that back, of a reader that will never close. */
  unshare(shared: SharedMemory): boolean {
    this.ensureOpen();
    return this.#writers.unshare(shared);
  }

  get #writers(): ExactIndex {
    if (this.settings.mode === "shared" && this.shared === undefined) return this.index as ExactIndex;
    throw new MnemeError("unsupported", "The index of this cache is not to be shared.", 'Open it with mode: "shared".');
  }

  /** What is committed becomes searchable. Where that fails the entry is still found by the exact layer. */
  addToIndex(
    operation: string,
    id: number,
    { namespace, key }: { namespace: string; key: string },
    vector: Float32Array,
  ): void {
    try {
      this.projection.add(id, namespace, key, vector);
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

  /** In modes "stale-tolerant" and "shared": what others wrote before this began is found, or what they wrote `staleness` ago. */
  *follow(): Steps<void> {
    const { mode, staleness } = this.settings;
    if (mode === "single" || !this.keepsIndex) return;
    const now = performance.now(); // not the user's clock, which may be set back
    if (now - this.#lookedAt < staleness) return;
    try {
      yield* catchUp(this);
      this.#lookedAt = Math.max(this.#lookedAt, now); // only now: a lookup that comes meanwhile must not do without
    } catch (error) {
      this.forgive("refresh", error);
    }
  }

  /** What is known of what others said holds where it cannot be read. */
  *heed(asking: ReturnType<Ledger["ask"]>): Steps<void> {
    try {
      yield* this.ledger.heed(asking);
    } catch (error) {
      this.forgive("get", error);
    }
  }

  /** Commits with what reading left to write, unless that is to wait. Answers for the changes given. */
  *commit(changes: readonly Change[], { late: withLate = true } = {}): Steps<CommitResult> {
    const taken = withLate ? this.late.take() : NOTHING_LATE;
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
    if (expired.size > 0) {
      const counts = new Map<string, number>();
      for (const id of applied[late.length - 1]!) {
        const namespace = expired.get(id)!;
        counts.set(namespace, (counts.get(namespace) ?? 0) + 1);
      }
      for (const [namespace, count] of counts) this.countExpired(namespace, count);
    }
    return { version, applied: applied.slice(late.length) };
  }

  /** Entries of a namespace have expired, and are gone. */
  countExpired(namespace: string, count: number): void {
    this.population.removed(namespace, count);
    this.counters.add(namespace, "expirations", count);
    this.emit({ type: "expired", namespace, count });
  }

  /** A computation that a hit would have spared. */
  countComputed(response: unknown, options: Accounted & { namespace?: string | undefined }, ms: number): void {
    const namespace = namespaceOf(options);
    this.counters.add(namespace, "computed");
    this.counters.add(namespace, "computedMs", ms);
    this.savings.made(response, options, ms);
  }

  /** What is known of the store before it is asked to remove something, for which it tells no version. */
  get moment(): Moment {
    return { known: this.known, added: this.projection.added };
  }

  /** It removed something: nothing else has happened since that moment, or what did is to be found out. */
  *noteRemoval({ known, added }: Moment): Steps<void> {
    const version = yield* step(this.store.version());
    if (version === known + 1 && known === this.known && added === this.projection.added) this.known = version;
    else if (version !== this.known) this.#fallBehind();
  }

  /** Whether so much waits to be written that it should be, off the hot path. */
  get isFull(): boolean {
    return this.late.full || this.risk?.full === true;
  }

  /** Writes what reading left to write. A failure leaves it for the next time, so it is told, not thrown. */
  *flush(): Steps<void> {
    try {
      yield* this.commit([]);
      yield* this.counters.save();
      yield* this.savings.save();
      if (this.risk !== undefined) yield* this.risk.save(this.store);
      yield* this.projection.keepLearnt();
      if (this.kept !== undefined) yield* this.kept.save(this.projection, this.known);
    } catch (error) {
      this.emit({ type: "error", operation: "flush", error });
    }
  }

  *clear(namespace?: string): Steps<number> {
    this.ensureOpen();
    if (namespace !== undefined) checkNamespace(namespace);
    const { moment } = this;
    const ids = this.index.ids(namespace);
    const removed = yield* step(this.store.clear(namespace));
    // A put may have landed meanwhile, with an id of its own: only what was there before is known to be gone.
    if (this.projection.added === moment.added) this.projection.clear(namespace);
    else for (const id of ids) this.projection.remove(id);
    this.population.forget();
    this.counters.reset(namespace);
    if (namespace === undefined) this.savings.reset();
    if (removed > 0) {
      yield* this.noteRemoval(moment);
      this.emit({ type: "delete", namespace, count: removed });
    }
    return removed;
  }

  /** From now on; and for those who open the store without one. */
  *setThreshold(threshold: number): Steps<void> {
    this.ensureOpen();
    this.policy = { ...this.policy, threshold };
    yield* keepPolicy(this.store, this.policy);
  }

  *close(): Steps<void> {
    if (!this.#closed) yield* this.flush();
    this.#closed = true;
    this.projection.close();
    yield* step(this.store.close()); // idempotent: after a failure it may be tried again
  }

  /** The version after a commit of ours: the next one, unless others wrote too or answers came out of order. */
  #noteOwn(version: number, raised: boolean): void {
    const before = raised ? version - 1 : version;
    if (before === this.known) {
      this.known = version;
    } else {
      this.known = Math.min(this.known, before);
      this.#fallBehind();
    }
  }

  #fallBehind(): void {
    this.population.forget();
    this.onBehind();
  }
}

const NOTHING_LATE: Taken = { changes: [], expired: new Map() };

interface Moment {
  readonly known: number;
  readonly added: number;
}

/** Whether a commit raised the version: puts and removals do, touches do not. */
function raised(changes: readonly Change[], applied: readonly number[][]): boolean {
  return changes.some((change, i) => !("touch" in change) && applied[i]!.length > 0);
}

export function closedError(): MnemeError {
  return new MnemeError("closed", "The cache is closed.", "Open it again.");
}
