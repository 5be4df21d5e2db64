// A store of one's own, whole: every entry in one JSON file. A commit works on a copy of everything, writes the copy beside
// the file, and renames it into place: all or nothing, however slow. mneme/testing says that it keeps every promise.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { type Change, checkIdentity, type Entry, type Identity, MnemeError, type Store } from "mneme";

interface State {
  identity: Identity;
  version: number;
  lastId: number;
  entries: Entry[]; // in id order
  removed: { id: number; version: number }[];
  meta: Record<string, string>;
}

export function jsonFileStore(path: string): Store {
  let state: State | undefined;
  let closed = false;

  const opened = (): State => {
    if (state !== undefined) return state;
    const problem = `The JSON file store is ${closed ? "closed" : "not open yet"}.`;
    throw new MnemeError("closed", problem, closed ? "Open the file with a new store." : "Call open() first.");
  };
  const save = (next: State): void => {
    // Vectors as the bits of their numbers: JSON has no -0.
    const bits = (vector: Float32Array): number[] => [...new Uint32Array(vector.slice().buffer)];
    const entries = next.entries.map((entry) => ({ ...entry, vector: entry.vector && bits(entry.vector) }));
    writeFileSync(`${path}.new`, JSON.stringify({ ...next, entries }), { mode: 0o600 });
    renameSync(`${path}.new`, path);
    state = next;
  };
  const own = (entry: Entry): Entry => ({
    ...entry,
    vector: entry.vector === null ? null : entry.vector.slice(),
    metadata: structuredClone(entry.metadata),
    tags: [...entry.tags],
  });
  const chosen = (namespace?: string): Entry[] =>
    opened().entries.filter((entry) => namespace === undefined || entry.namespace === namespace);
  const expired = (entry: Entry, now: number): boolean => entry.expiresAt !== null && entry.expiresAt <= now;

  const apply = (next: State, change: Change): number[] => {
    const version = next.version + 1;
    if ("put" in change) {
      const { namespace, key, createdAt } = change.put;
      const at = next.entries.findIndex((entry) => entry.namespace === namespace && entry.key === key);
      const wanted = change.when === "absent" ? undefined : change.when?.revision;
      if (change.when !== undefined && next.entries[at]?.revision !== wanted) {
        throw new MnemeError("conflict", "A put's condition did not hold.", "Read the entry again and decide anew.");
      }
      const id = next.entries[at]?.id ?? ++next.lastId;
      const entry = own({ ...change.put, id, accessedAt: createdAt, hits: 0, revision: version });
      next.entries.splice(at < 0 ? next.entries.length : at, at < 0 ? 0 : 1, entry);
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
    name: "json-file",
    open(identity) {
      if (closed) throw new MnemeError("closed", "The JSON file store is closed.", "Make a new one.");
      const { fingerprint, dimensions } = identity;
      const stored = state ?? read(path);
      if (stored !== undefined) checkIdentity(store.name, stored.identity, identity);
      save(
        stored ?? { identity: { fingerprint, dimensions }, version: 0, lastId: 0, entries: [], removed: [], meta: {} },
      );
    },
    get(namespace, key) {
      const found = chosen(namespace).find((entry) => entry.key === key);
      return found && own(found);
    },
    getMany(ids) {
      const byId = new Map(opened().entries.map((entry) => [entry.id, entry]));
      return ids.map((id) => {
        const entry = byId.get(id);
        return entry && own(entry);
      });
    },
    *scan({ namespace, after = 0 } = {}) {
      for (const entry of chosen(namespace)) {
        if (entry.id > after) yield own(entry);
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
      const before = opened();
      const next: State = { ...before, entries: before.entries.map(own), removed: [...before.removed] };
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
        puts: entries.filter((entry) => entry.revision > since).map(own),
        removed: removed.filter((removal) => removal.version > since).map(({ id }) => id),
      };
    },
    getMeta: (key) => (Object.hasOwn(opened().meta, key) ? opened().meta[key] : undefined),
    setMeta: (key, value) => save({ ...opened(), meta: { ...opened().meta, [key]: value } }),
    check: () => (state === undefined ? { ok: false, reason: "the store is not open" } : { ok: true }),
    close() {
      closed = true;
      state = undefined;
    },
  };
  return store;
}

function read(path: string): State | undefined {
  const vectorOf = (bits: Iterable<number>) => new Float32Array(Uint32Array.from(bits).buffer);
  try {
    const { entries, ...rest } = JSON.parse(readFileSync(path, "utf8")) as State;
    return {
      ...rest,
      entries: entries.map((entry) => ({ ...entry, vector: entry.vector && vectorOf(entry.vector) })),
    };
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new MnemeError("corrupt", "The JSON file store's file cannot be read.", "Restore a backup.", { cause });
  }
}
