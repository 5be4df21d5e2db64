import { MnemeError } from "../error.ts";
import { type Entry, isExpired, type JsonObject } from "./entry.ts";
import { checkIdentity } from "./identity.ts";
import { Recency } from "./recency.ts";
import type { Change, ChangeFeed, CommitResult, Identity, Put, ScanOptions, StoreCheck, SyncStore } from "./store.ts";

/** Removals remembered for `changesSince`; a reader further behind scans again. */
const REMEMBERED_REMOVALS = 10_000;

/**
 * The reference implementation of the Store Protocol: everything in this process's memory, gone with it. Made to be
 * read first: what it does is what every other store does. Ids and versions are greater than `after`, for a store that
 * goes on in the place of one that was lost: what its readers still know must not be taken for what is here.
 */
export function memoryStore(after = 0): SyncStore {
  return new MemoryStore(after);
}

/** The entries of one namespace. */
interface Shelf {
  readonly idOf: Map<string, number>;
  readonly recency: Recency;
}

class MemoryStore implements SyncStore {
  readonly name = "memory";
  #state: "new" | "open" | "closed" = "new";
  #identity: Identity | undefined;
  readonly #entries = new Map<number, Entry>(); // in id order: an overwrite keeps its place
  readonly #shelves = new Map<string, Shelf>();
  readonly #recency = new Recency();
  readonly #meta = new Map<string, string>();
  #removals: { id: number; version: number }[] = [];
  #forgottenTo: number; // the version up to which removals are no longer known
  #version: number;
  #lastId: number;

  constructor(after: number) {
    this.#lastId = after;
    this.#version = after;
    this.#forgottenTo = after;
  }

  open(identity: Identity): void {
    if (this.#state === "closed") throw closedError("closed");
    this.#identity ??= { ...identity };
    checkIdentity(this.name, this.#identity, identity);
    this.#state = "open";
  }

  identify(): Identity | undefined {
    if (this.#state === "closed") throw closedError("closed");
    return this.#identity && { ...this.#identity };
  }

  get(namespace: string, key: string): Entry | undefined {
    this.#ensureOpen();
    const id = this.#shelves.get(namespace)?.idOf.get(key);
    return id === undefined ? undefined : copy(this.#entries.get(id)!);
  }

  getMany(ids: readonly number[]): (Entry | undefined)[] {
    this.#ensureOpen();
    return ids.map((id) => {
      const entry = this.#entries.get(id);
      return entry && copy(entry);
    });
  }

  *scan(options: ScanOptions = {}): Iterable<Entry> {
    this.#ensureOpen();
    const { namespace, after = 0 } = options;
    for (const entry of this.#entries.values()) {
      if (entry.id <= after || (namespace !== undefined && entry.namespace !== namespace)) continue;
      yield copy(entry);
      this.#ensureOpen(); // closed meanwhile, it must not end as if that were all
    }
  }

  oldest(n: number, namespace?: string): number[] {
    this.#ensureOpen();
    const recency = namespace === undefined ? this.#recency : this.#shelves.get(namespace)?.recency;
    return recency?.oldest(n) ?? [];
  }

  count(namespace?: string): number {
    this.#ensureOpen();
    return namespace === undefined ? this.#entries.size : (this.#shelves.get(namespace)?.idOf.size ?? 0);
  }

  namespaces(): string[] {
    this.#ensureOpen();
    return [...this.#shelves.keys()].sort();
  }

  commit(changes: readonly Change[]): CommitResult {
    this.#ensureOpen();
    // All that can fail comes before the first change: all or nothing.
    this.#checkConditions(changes);
    const version = this.#version + 1;
    const puts = changes.map((change) => ("put" in change ? entryOf(change, version) : undefined));
    const applied = changes.map((change, index) => {
      if ("put" in change) return [this.#put(puts[index]!)];
      const ids = [...new Set("touch" in change ? change.touch : change.remove)];
      if ("touch" in change) return ids.filter((id) => this.#touch(id, change.at, change.expiresAt));
      const { when } = change;
      return ids.filter((id) => {
        const entry = this.#entries.get(id);
        return entry !== undefined && (!when || isExpired(entry, when.expiredAt)) && this.#remove(entry, version);
      });
    });
    if (changes.some((change, index) => !("touch" in change) && applied[index]!.length > 0)) this.#version = version;
    return { version: this.#version, applied };
  }

  removeExpired(now: number, namespace?: string): number[] {
    this.#ensureOpen();
    const expired = [...this.#entries.values()]
      .filter((entry) => isExpired(entry, now) && (namespace === undefined || entry.namespace === namespace))
      .map((entry) => entry.id);
    return this.commit([{ remove: expired }]).applied[0]!;
  }

  clear(namespace?: string): number {
    this.#ensureOpen();
    const ids =
      namespace === undefined ? [...this.#entries.keys()] : [...(this.#shelves.get(namespace)?.idOf.values() ?? [])];
    return this.commit([{ remove: ids }]).applied[0]!.length;
  }

  version(): number {
    this.#ensureOpen();
    return this.#version;
  }

  changesSince(version: number): ChangeFeed | undefined {
    this.#ensureOpen();
    if (!(version >= this.#forgottenTo && version <= this.#version)) return undefined;
    return {
      version: this.#version,
      puts: [...this.#entries.values()].filter((entry) => entry.revision > version).map(copy),
      removed: this.#removals.filter((removal) => removal.version > version).map((removal) => removal.id),
    };
  }

  getMeta(key: string): string | undefined {
    this.#ensureOpen();
    return this.#meta.get(key);
  }

  setMeta(key: string, value: string): void {
    this.#ensureOpen();
    this.#meta.set(key, value);
  }

  swapMeta(key: string, before: string | undefined, after: string): boolean {
    this.#ensureOpen();
    if (this.#meta.get(key) !== before) return false;
    this.#meta.set(key, after);
    return true;
  }

  check(): StoreCheck {
    if (this.#state !== "open")
      return { ok: false, reason: `the store is ${this.#state === "new" ? "not open" : "closed"}` };
    for (const [namespace, shelf] of this.#shelves) {
      for (const [key, id] of shelf.idOf) {
        const entry = this.#entries.get(id);
        if (entry?.namespace !== namespace || entry.key !== key) return { ok: false, reason: `id ${id} is misfiled` };
      }
    }
    return { ok: true };
  }

  /** There are no files. */
  scrub(): void {
    this.#ensureOpen();
  }

  close(): void {
    this.#state = "closed";
    this.#entries.clear();
    this.#shelves.clear();
    this.#meta.clear();
    this.#removals = [];
  }

  #ensureOpen(): void {
    if (this.#state !== "open") throw closedError(this.#state);
  }

  /** Plays the changes on a view of the entries they name, so that a condition sees what those before it will do. */
  #checkConditions(changes: readonly Change[]): void {
    if (!changes.some((change) => "put" in change && change.when !== undefined)) return;
    const view = new Map<number, Pick<Entry, "revision" | "expiresAt"> | undefined>();
    const see = (id: number): Pick<Entry, "revision" | "expiresAt"> | undefined =>
      view.has(id) ? view.get(id) : this.#entries.get(id);
    const made = new Map<string, number>(); // the ids that new entries of this commit will get
    let lastId = this.#lastId;
    for (const change of changes) {
      if ("put" in change) {
        const { namespace, key, expiresAt } = change.put;
        const name = JSON.stringify([namespace, key]);
        let id = made.get(name) ?? this.#shelves.get(namespace)?.idOf.get(key);
        const revision = id === undefined ? undefined : see(id)?.revision;
        if (change.when !== undefined && revision !== (change.when === "absent" ? undefined : change.when.revision)) {
          throw conflictError(change.when, revision);
        }
        if (id === undefined || revision === undefined) {
          id = ++lastId;
          made.set(name, id);
        }
        view.set(id, { revision: this.#version + 1, expiresAt });
      } else {
        for (const id of "touch" in change ? change.touch : change.remove) {
          const entry = see(id);
          if (entry === undefined) continue;
          if ("touch" in change)
            view.set(id, { ...entry, expiresAt: change.expiresAt === undefined ? entry.expiresAt : change.expiresAt });
          else if (!change.when || isExpired(entry, change.when.expiredAt)) view.set(id, undefined);
        }
      }
    }
  }

  #put(entry: Entry): number {
    const shelf = this.#shelf(entry.namespace);
    const id = shelf.idOf.get(entry.key) ?? ++this.#lastId;
    this.#entries.set(id, { ...entry, id });
    shelf.idOf.set(entry.key, id);
    shelf.recency.touch(id, entry.accessedAt);
    this.#recency.touch(id, entry.accessedAt);
    return id;
  }

  #touch(id: number, at: number, expiresAt: number | null | undefined): boolean {
    const entry = this.#entries.get(id);
    if (entry === undefined) return false;
    entry.accessedAt = at;
    entry.hits += 1;
    if (expiresAt !== undefined) entry.expiresAt = expiresAt;
    this.#shelf(entry.namespace).recency.touch(id, at);
    this.#recency.touch(id, at);
    return true;
  }

  #remove({ id, namespace, key }: Entry, version: number): boolean {
    this.#entries.delete(id);
    this.#recency.delete(id);
    const shelf = this.#shelf(namespace);
    shelf.idOf.delete(key);
    shelf.recency.delete(id);
    if (shelf.idOf.size === 0) this.#shelves.delete(namespace);
    this.#removals.push({ id, version });
    if (this.#removals.length > 2 * REMEMBERED_REMOVALS) {
      const forgotten = this.#removals.splice(0, REMEMBERED_REMOVALS);
      this.#forgottenTo = forgotten.at(-1)!.version;
    }
    return true;
  }

  #shelf(namespace: string): Shelf {
    let shelf = this.#shelves.get(namespace);
    if (shelf === undefined) {
      shelf = { idOf: new Map(), recency: new Recency() };
      this.#shelves.set(namespace, shelf);
    }
    return shelf;
  }
}

/** As it will be stored, but for its id. */
function entryOf({ put, used }: Put, revision: number): Entry {
  const { at, hits } = used ?? { at: put.createdAt, hits: 0 };
  return copy({ ...put, id: 0, accessedAt: at, hits, revision });
}

/** Callers own what they pass and what they get: nothing inside is shared with them. */
function copy(entry: Entry): Entry {
  return {
    ...entry,
    vector: entry.vector === null ? null : entry.vector.slice(),
    // Not structuredClone: in a sandbox it is another realm's, and so would be the objects it makes.
    metadata: JSON.parse(JSON.stringify(entry.metadata)) as JsonObject,
    tags: [...entry.tags],
  };
}

function closedError(state: "new" | "closed"): MnemeError {
  return state === "new"
    ? new MnemeError("closed", "The memory store is not open yet.", "Call open() first.")
    : new MnemeError("closed", "The memory store is closed.", "Make a new one; what a closed one held is gone.");
}

function conflictError(when: "absent" | { revision: number }, revision: number | undefined): MnemeError {
  const found = revision === undefined ? "the key is absent" : `it is at revision ${revision}`;
  return new MnemeError(
    "conflict",
    `A put expected ${when === "absent" ? "the key to be absent" : `revision ${when.revision}`}, but ${found}.`,
    "Read the entry again and decide anew.",
  );
}
