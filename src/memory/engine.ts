import { MnemeError } from "../error.ts";
import type { Entry } from "../store/entry.ts";
import type { Change, CommitResult, Put, Store } from "../store/store.ts";
import type { Catalogue } from "./catalogue.ts";
import { ConflictError, notFound } from "./check.ts";
import type { MemoryEvent, Operation } from "./event.ts";
import { Lanes } from "./lanes.ts";
import type { Memory } from "./memory.ts";
import type { CheckedSettings } from "./options.ts";
import { type Kept, keptIn, putOf } from "./record.ts";
import type { Row } from "./row.ts";
import { SHELF } from "./shelf.ts";

/** Of so many writers at once every one has its turn: each time one of them succeeds. */
const ATTEMPTS = 100;

/** A program that never pauses must not put off more than so much. */
const MOST_WAITING = 16;

/** What all operations of an open memory need: its store, what is at hand of it, and how that is kept up to date. */
export class Engine {
  readonly settings: CheckedSettings;
  readonly store: Store;
  readonly catalogue: Catalogue;
  readonly lanes: Lanes = new Lanes();
  /** Told when something was stored that is to be embedded later. */
  onPending: () => void = () => {};
  /** Told when something was written. */
  onCommitted: () => void = () => {};
  /** Told when the embedder has answered to something remembered. */
  onEmbedded: () => void = () => {};
  /** What goes on after an answer was given. */
  readonly #background = new Map<Promise<void>, string>();
  /** The version of the store up to which the catalogue has everything. */
  #known = -1;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #following: Promise<void> | undefined;
  #closed = false;
  /** How much is put off until answers were taken. */
  #waiting = 0;

  constructor(settings: CheckedSettings, store: Store, catalogue: Catalogue) {
    this.settings = settings;
    this.store = store;
    this.catalogue = catalogue;
  }

  now(): number {
    const now = this.settings.clock();
    if (Number.isFinite(now)) return Math.floor(now);
    throw new MnemeError("argument", `The clock returned ${now}.`, "A clock returns milliseconds since 1970.");
  }

  emit(event: MemoryEvent): void {
    try {
      const watched: unknown = this.settings.onEvent(event);
      if (watched instanceof Promise) watched.catch(() => {});
    } catch {
      // Watching a memory must not break it.
    }
  }

  /** Something failed on the read path, which goes on without it, unless the user wants to know. */
  forgive(operation: string, error: unknown): void {
    if (this.settings.strict) throw error;
    this.emit({ type: "error", operation, error });
  }

  /** Tells how long it took, and how it ended. */
  async timed<T>(operation: Operation, work: () => Promise<T>): Promise<T> {
    const began = performance.now();
    let outcome: "done" | "failed" = "failed";
    try {
      const result = await work();
      outcome = "done";
      return result;
    } finally {
      this.emit({ type: "call", operation, outcome, ms: performance.now() - began });
    }
  }

  /** Nobody waits for it but `settled`; a failure is told, not thrown. */
  later(operation: string, work: () => Promise<unknown>): void {
    const running = (async () => {
      try {
        await work();
      } catch (error) {
        this.emit({ type: "error", operation, error });
      }
    })();
    this.#background.set(running, operation);
    void running.then(() => this.#background.delete(running));
  }

  /** The same, once whoever gets an answer now has gone on with it: a store may write before it returns. */
  afterwards(operation: string, work: () => Promise<unknown>): void {
    this.later(operation, async () => {
      if (this.#waiting < MOST_WAITING) {
        this.#waiting++;
        await new Promise((resolve) => setTimeout(resolve, 0));
        this.#waiting--;
      }
      await work();
    });
  }

  /** All that was begun before is done; of one operation, if one is named. */
  async settled(operation?: string): Promise<void> {
    for (;;) {
      const running = [...this.#background].filter(([, name]) => operation === undefined || name === operation);
      if (running.length === 0) return;
      await Promise.all(running.map(([work]) => work));
    }
  }

  ensureOpen(): void {
    if (this.#closed) throw new MnemeError("closed", "The memory is closed.", "Open it again.");
  }

  close(): void {
    this.#closed = true;
  }

  /** What others wrote before this began is in the catalogue afterwards; or before so many milliseconds ago. */
  async follow(staleness: number = this.settings.staleness): Promise<void> {
    const now = performance.now(); // not the user's clock, which may be set back
    if (this.#known >= 0 && now - this.#lookedAt < staleness) return;
    if (this.#known >= 0) {
      const version = this.store.version();
      if ((typeof version === "number" ? version : await version) === this.#known) {
        this.#lookedAt = now;
        return;
      }
    }
    // One that runs already may have begun before what is to be seen was written.
    while (this.#following !== undefined) await this.#following.catch(() => {});
    this.#following = this.#catchUp();
    try {
      await this.#following;
      this.#lookedAt = now;
    } finally {
      this.#following = undefined;
    }
  }

  /** Commits, and takes what was written up into the catalogue. */
  async commit(changes: readonly Change[]): Promise<CommitResult> {
    const result = await this.store.commit(changes);
    const { version, applied } = result;
    const raised = changes.some((change, i) => !("touch" in change) && applied[i]!.length > 0);
    // What was followed past there had this in it, and what somebody did to it later.
    const isKnown = raised && version < this.#known;
    if (!isKnown) this.#takeUp(changes, result);
    if (raised && version === this.#known + 1) this.#known = version;
    this.onCommitted();
    return result;
  }

  /** What is at hand of a memory. */
  rowOf(namespace: string, id: string): Row {
    const row = this.catalogue.get(id);
    if (row?.namespace === namespace) return row;
    throw notFound(namespace, id);
  }

  /** The memory of an id, as the store has it now. */
  async read(namespace: string, id: string): Promise<{ entry: Entry; kept: Kept }> {
    const entry = await this.store.get(SHELF.memories, id);
    const kept = entry && keptIn(entry);
    if (kept === undefined || kept.memory.namespace !== namespace) throw notFound(namespace, id);
    return { entry: entry!, kept };
  }

  /**
   * Changes a memory, whoever else is changing it. `change` may be asked again, and answers undefined if nothing is to be done.
   * What it was before is kept where that matters to what was known.
   */
  async amend(
    namespace: string,
    id: string,
    change: (kept: Kept) => Kept | undefined | Promise<Kept | undefined>,
  ): Promise<{ before: Kept; after: Kept | undefined }> {
    return this.untilSettled(`The memory ${JSON.stringify(id)}`, async () => {
      const { entry, kept } = await this.read(namespace, id);
      const after = await change(kept);
      if (after !== undefined) await this.commit(this.successionOf(entry, kept, after));
      return { before: kept, after };
    });
  }

  /** The changes that put a memory in the place of what it is, if it still is that. */
  successionOf(entry: Entry, before: Kept, after: Kept): Put[] {
    const when = { revision: entry.revision };
    if (!saysOtherwise(before, after)) return [putOf(after, { when })];
    const now = this.now();
    const put = putOf({ ...after, knownFrom: now }, { when });
    return this.settings.keepsPast ? [putOf({ ...before, knownUntil: now }, { past: entry.revision }), put] : [put];
  }

  /** Does it again as long as others get in between. */
  async untilSettled<T>(what: string, work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work();
      } catch (error) {
        const isRace = error instanceof MnemeError && error.code === "conflict" && !(error instanceof ConflictError);
        if (!isRace) throw error;
        if (attempt === ATTEMPTS) {
          const problem = `${what} was changed by others ${ATTEMPTS} times while it was to be.`;
          throw new ConflictError(problem, "Nothing of this was written: do it again.", { cause: error });
        }
        await this.follow(0); // what got in between has to be known
      }
    }
  }

  /** Fills the catalogue, or applies what changed since the version known. */
  async #catchUp(): Promise<void> {
    const from = this.#known;
    const feed = from < 0 ? undefined : await this.store.changesSince(from);
    if (feed === undefined) return this.#fill();
    if (feed.version <= this.#known) return; // overtaken by commits of ours
    for (const seq of feed.removed) this.catalogue.drop(seq);
    for (const entry of feed.puts) this.#place(entry);
    if (this.#known >= from) this.#known = feed.version;
  }

  async #fill(): Promise<void> {
    // The version comes first: what is put while the scan runs, and perhaps not met by it, counts as not known.
    const from = this.#known;
    const version = await this.store.version();
    const gone = new Set(this.catalogue.seqs());
    await this.catalogue.vectors.prepare?.(await this.store.count(SHELF.memories));
    const entries = this.store.scan();
    for await (const entry of entries) {
      gone.delete(entry.id);
      this.#place(entry);
    }
    for (const seq of gone) this.catalogue.drop(seq);
    if (this.#known === from) this.#known = version;
  }

  /** One damaged row costs its own memory, not all of them. */
  #place(entry: Entry): void {
    try {
      this.catalogue.place(entry);
    } catch (error) {
      this.catalogue.drop(entry.id);
      this.emit({ type: "error", operation: "follow", error });
    }
  }

  #takeUp(changes: readonly Change[], { version, applied }: CommitResult): void {
    const gone = new Set(changes.flatMap((change, i) => ("remove" in change ? applied[i]! : [])));
    for (const [i, change] of changes.entries()) {
      for (const seq of applied[i]!) if (!("put" in change && gone.has(seq))) this.#apply(change, seq, version);
    }
  }

  #apply(change: Change, seq: number, version: number): void {
    if ("put" in change) {
      const { put, used } = change;
      const { at: accessedAt, hits } = used ?? { at: put.createdAt, hits: 0 };
      const tags = [...put.tags]; // the others are the caller's: they are in what is returned
      this.#place({ ...put, tags, id: seq, accessedAt, hits, revision: version });
    } else if ("remove" in change) {
      this.catalogue.drop(seq);
    } else {
      const row = this.catalogue.at(seq);
      if (row === undefined) return;
      row.accessCount += 1;
      row.accessedAt = change.at;
      if (change.expiresAt !== undefined && row.expiresAt !== null) row.expiresAt = change.expiresAt;
    }
  }
}

/** Whether what it says, or when that is so, changes: not where it lies, how well it is borne out or how it is valued. */
function saysOtherwise({ memory: before }: Kept, { memory: after }: Kept): boolean {
  return said(before) !== said(after);
}

function said({ content, summary, metadata, tags, validFrom, validTo, supersededBy }: Memory): string {
  return JSON.stringify([content, summary, metadata, tags, validFrom, validTo, supersededBy]);
}
