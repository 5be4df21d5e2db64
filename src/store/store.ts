import type { Entry, NewEntry } from "./entry.ts";

export type Awaitable<T> = T | Promise<T>;

/** What a store was filled with: vectors of one embedder only can be compared. */
export interface Identity {
  fingerprint: string;
  dimensions: number;
}

/** When an entry was last used, and how often. One that has not been yet counts as accessed when it was created. */
export interface Uses {
  at: number;
  hits: number;
}

/** Upsert by (namespace, key). The id is kept on overwrite; created, expiry, tags and hits are not. */
export interface Put {
  put: NewEntry;
  when?: "absent" | { revision: number };
  /** Of a copy of another entry: when that was last used, and how often. */
  used?: Uses;
}

export type Change =
  | Put
  /** Marks as used at `at`: hits rise by one, accessedAt becomes `at`. Unknown ids are passed over. */
  | { touch: readonly number[]; at: number; expiresAt?: number | null }
  /** Unknown ids are passed over; with `when`, so are entries not expired at that time. */
  | { remove: readonly number[]; when?: { expiredAt: number } };

export interface CommitResult {
  /** The store's version afterwards. */
  version: number;
  /** For each change in turn, the ids it affected, each once, in any order: the one put, those touched or removed. */
  applied: number[][];
}

/** What changed after some version: the present state of every entry put since, and the ids of those gone. */
export interface ChangeFeed {
  version: number;
  puts: Entry[];
  removed: number[];
}

export type StoreCheck = { ok: true } | { ok: false; reason: string };

export interface ScanOptions {
  namespace?: string;
  /** Only entries with a greater id. */
  after?: number;
  /** "vectors": id, namespace, key, vector, expiresAt and revision suffice; other fields may be empty. */
  fields?: "vectors" | "all";
}

/** What searching inside a store found: the whole entry, whose vector may be left out. */
export interface Nearby {
  entry: Entry;
  similarity: number;
}

/** What a search inside a store is for. */
export interface NearestWanted {
  namespace: string;
  /** What keys have before their first ":", empty for those without: only entries of one scope can match. */
  scope: string;
  k: number;
  threshold: number;
  /** The entry of this key, if there is one, comes first, beside the `k`, whatever its similarity. */
  key?: string | undefined;
}

/** Nearest neighbours, found inside the engine of a store. */
export interface EngineSearch {
  /**
   * The best `k` of a namespace and scope at or above `threshold`, best first, in one round trip. It may miss some, but the
   * similarities are those of the float32 vectors. Expired entries may be among them.
   */
  nearest(vector: Float32Array, wanted: NearestWanted): Awaitable<readonly Nearby[]>;
}

/**
 * The Store Protocol: durable entries, atomic commits, a change counter. Every method may answer at once or by promise;
 * a store that always answers at once also serves SemanticCacheSync.
 *
 * What every store keeps, checked by `mneme/testing`: the version rises in the same transaction as the data, by one per
 * commit that put or removed something; ids are stable and never reused; a failed commit changes nothing; two writers
 * of one key make one row; a namespace is any string and never leaks into another; what is returned is the caller's own;
 * use before open or after close is a `closed` error; no secret appears in an error's text.
 */
export interface Store {
  readonly name: string;
  /**
   * Optional, before or after `open`: what the store was filled with, for tools that do not know it; undefined when it is
   * new. It makes, stamps and opens nothing: a database that is absent stays so.
   */
  identify?(): Awaitable<Identity | undefined>;
  /** Checks the identity, or stamps it into a new store, atomically. Opening again with the same identity is fine. */
  open(identity: Identity): Awaitable<void>;
  /** Strongly consistent. Expired entries are returned: expiry is the cache's decision. */
  get(namespace: string, key: string): Awaitable<Entry | undefined>;
  /** In the order asked, in one round trip. */
  getMany(ids: readonly number[]): Awaitable<(Entry | undefined)[]>;
  /** By id, paged. Entries put while it runs may or may not appear; none appears twice. Cut short by close, it fails. */
  scan(options?: ScanOptions): AsyncIterable<Entry> | Iterable<Entry>;
  /** The n least recently used ids, in exact (accessedAt, id) order. */
  oldest(n: number, namespace?: string): Awaitable<number[]>;
  count(namespace?: string): Awaitable<number>;
  /** Those that hold entries, sorted by UTF-16 code units. */
  namespaces(): Awaitable<string[]>;
  /** All or nothing. A `when` that does not hold for a put rejects the whole commit with code `conflict`. */
  commit(changes: readonly Change[]): Awaitable<CommitResult>;
  /** Removes what is expired at `now`; returns the ids. */
  removeExpired(now: number, namespace?: string): Awaitable<number[]>;
  /** Removes all entries (of a namespace); returns how many. Meta values stay. */
  clear(namespace?: string): Awaitable<number>;
  /** 0 when new; compare for equality or order, nothing else. */
  version(): Awaitable<number>;
  /** No id is in both lists. Undefined when the store no longer knows, or never had that version: scan again. */
  changesSince(version: number): Awaitable<ChangeFeed | undefined>;
  getMeta(key: string): Awaitable<string | undefined>;
  setMeta(key: string, value: string): Awaitable<void>;
  /**
   * Optional: sets it only if it is still `before` (undefined: only if there is none); tells whether it did. Atomic among all
   * writers. One whose answer was lost is a failure, never a false: it may have been done, so read, and decide anew.
   */
  swapMeta?(key: string, before: string | undefined, after: string): Awaitable<boolean>;
  /** Optional: many values in one round trip, in the order asked. */
  getMetas?(keys: readonly string[]): Awaitable<(string | undefined)[]>;
  /** False and why, never a throw: "is what is stored intact?" */
  check(): Awaitable<StoreCheck>;
  /** Idempotent. */
  close(): Awaitable<void>;
  /** Optional, once open: writes a consistent copy into a file that does not exist yet, while others read and write. */
  readonly snapshot?: ((path: string) => Awaitable<void>) | undefined;
  /**
   * Optional, once open: afterwards nothing of what was removed or overwritten before is left in the store's files, however
   * one reads them. It may take as long as copying all that is stored, and others may have to wait for it. A clear error when
   * it cannot be done now, as while another connection still reads what was. Left out where nobody can promise it.
   */
  readonly scrub?: (() => Awaitable<void>) | undefined;
  /**
   * Optional. The listener is called when another writer changed the store, with the version it left behind (0: what was
   * stored is gone); the answer ends that. A hint: it may come late, twice or never. `version` and `changesSince` tell.
   */
  readonly watch?: ((listener: (version: number) => void) => () => void) | undefined;
  /** Optional, once open: searches by meaning (`index: "store"`). */
  readonly search?: EngineSearch | undefined;
}

/** A store whose every method answers at once. */
export type SyncStore = {
  readonly [K in keyof Store]: Exclude<Store[K], undefined> extends (...args: infer A) => infer R
    ? ((...args: A) => SyncAnswer<R>) | Extract<Store[K], undefined>
    : Store[K];
};
type SyncAnswer<R> = Exclude<R, Promise<unknown> | AsyncIterable<unknown>>;
