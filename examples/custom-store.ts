// A store of one's own, whole: every entry in one file. A commit works on a copy of everything, writes the copy beside the
// file, and renames it into place: all or nothing, however slow. mneme/testing says that it keeps every promise.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { deserialize, serialize } from "node:v8"; // what JSON has not: vectors, -0
import { type Change, checkIdentity, type Entry, type Identity, MnemeError, type Store } from "mneme";

interface State {
  identity: Identity;
  version: number;
  lastId: number;
  entries: Entry[]; // in id order
  removed: { id: number; version: number }[];
  meta: Record<string, string>;
}

export function fileStore(path: string): Store {
  let state: State | undefined;
  let closed = false;

  const opened = (): State => {
    if (state !== undefined) return state;
    throw new MnemeError("closed", "The file store is not open.", "Call open() first; after close, with a new store.");
  };
  const save = (next: State): void => {
    writeFileSync(`${path}.new`, serialize(next), { mode: 0o600 });
    renameSync(`${path}.new`, path);
    state = next;
  };
  const chosen = (namespace?: string): Entry[] =>
    opened().entries.filter((entry) => namespace === undefined || entry.namespace === namespace);
  const expired = (entry: Entry, now: number): boolean => entry.expiresAt !== null && entry.expiresAt <= now;

  const apply = (next: State, change: Change): number[] => {
    const version = next.version + 1;
    if ("put" in change) {
      const { namespace, key, createdAt } = change.put;
      const place = next.entries.findIndex((entry) => entry.namespace === namespace && entry.key === key);
      const wanted = change.when === "absent" ? undefined : change.when?.revision;
      if (change.when !== undefined && next.entries[place]?.revision !== wanted) {
        throw new MnemeError("conflict", "A put's condition did not hold.", "Read the entry again and decide anew.");
      }
      const id = next.entries[place]?.id ?? ++next.lastId;
      const { at: accessedAt, hits } = change.used ?? { at: createdAt, hits: 0 };
      const entry = structuredClone({ ...change.put, id, accessedAt, hits, revision: version });
      next.entries.splice(place < 0 ? next.entries.length : place, place < 0 ? 0 : 1, entry);
      return [id];
    }
    const ids = new Set("touch" in change ? change.touch : change.remove);
    const known = next.entries.filter((entry) => ids.has(entry.id));
    if ("touch" in change) {
      const { at, expiresAt } = change;
      for (const entry of known) {
        Object.assign(entry, { accessedAt: at, hits: entry.hits + 1 }, expiresAt === undefined ? {} : { expiresAt });
      }
      return known.map(({ id }) => id);
    }
    const gone = known.filter((entry) => change.when === undefined || expired(entry, change.when.expiredAt));
    next.entries = next.entries.filter((entry) => !gone.includes(entry));
    next.removed.push(...gone.map(({ id }) => ({ id, version })));
    return gone.map(({ id }) => id);
  };

  const store: Store = {
    name: "file",
    identify() {
      if (closed) throw new MnemeError("closed", "The file store is closed.", "Make a new one.");
      const stored = state ?? read(path);
      return stored && { ...stored.identity };
    },

    open(identity) {
      if (closed) throw new MnemeError("closed", "The file store is closed.", "Make a new one.");
      const { fingerprint, dimensions } = identity;
      const empty = {
        identity: { fingerprint, dimensions },
        version: 0,
        lastId: 0,
        entries: [],
        removed: [],
        meta: {},
      };
      const stored = state ?? read(path) ?? empty;
      checkIdentity(store.name, stored.identity, identity);
      save(stored);
    },
    get(namespace, key) {
      const found = chosen(namespace).find((entry) => entry.key === key);
      return structuredClone(found);
    },
    getMany(ids) {
      const byId = new Map(opened().entries.map((entry) => [entry.id, entry]));
      return ids.map((id) => structuredClone(byId.get(id)));
    },
    *scan({ namespace, after = 0 } = {}) {
      for (const entry of chosen(namespace)) {
        if (entry.id > after) yield structuredClone(entry);
        opened(); // closed meanwhile, it must not end as if that were all
      }
    },
    oldest(n, namespace) {
      const order = chosen(namespace).sort((a, b) => a.accessedAt - b.accessedAt || a.id - b.id);
      return order.slice(0, Math.max(0, n)).map(({ id }) => id);
    },
    count: (namespace) => chosen(namespace).length,
    namespaces: () => [...new Set(chosen().map((entry) => entry.namespace))].sort(),
    commit(changes) {
      const next = structuredClone(opened());
      const applied = changes.map((change) => apply(next, change));
      if (changes.some((change, i) => !("touch" in change) && applied[i]!.length > 0)) next.version++;
      save(next);
      return { version: next.version, applied };
    },
    async removeExpired(now, namespace) {
      const ids = chosen(namespace).filter((entry) => expired(entry, now));
      return (await store.commit([{ remove: ids.map(({ id }) => id) }])).applied[0]!;
    },
    async clear(namespace) {
      return (await store.commit([{ remove: chosen(namespace).map(({ id }) => id) }])).applied[0]!.length;
    },
    version: () => opened().version,
    changesSince(since) {
      const { version, entries, removed } = opened();
      if (!(since >= 0 && since <= version)) return undefined;
      return {
        version,
        puts: entries.filter((entry) => entry.revision > since).map((entry) => structuredClone(entry)),
        removed: removed.filter((removal) => removal.version > since).map(({ id }) => id),
      };
    },
    getMeta: (key) => (Object.hasOwn(opened().meta, key) ? opened().meta[key] : undefined),
    setMeta: (key, value) => save({ ...opened(), meta: { ...opened().meta, [key]: value } }),
    swapMeta(key, before, after) {
      if (store.getMeta(key) !== before) return false;
      save({ ...opened(), meta: { ...opened().meta, [key]: after } });
      return true;
    },
    scrub: () => save(opened()), // a file's old content goes when it is replaced; what a crash left beside it, now
    check: () => (state === undefined ? { ok: false, reason: "the store is not open" } : { ok: true }),
    close() {
      closed = true;
      state = undefined;
    },
  };
  return store;
}

function read(path: string): State | undefined {
  try {
    return deserialize(readFileSync(path)) as State;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new MnemeError("corrupt", "The file store's file cannot be read.", "Restore a backup.", { cause });
  }
}
