import fc from "fast-check";
import type { Change, Entry, Store } from "../../src/index.ts";
import { equal, ok } from "../conformance/assert.ts";
import type { OpenStore } from "../conformance/store.ts";
import { collect, IDENTITY, newEntry, type StoreUnderTest } from "../conformance/store-under-test.ts";
import { cases } from "../depth.ts";

// Any sequence of calls on a store, beside a plain Map. After every call every way to read must tell the same.

const namespace = fc.constantFrom("a", "a:", "");
const time = fc.integer({ min: 0, max: 20 });
const expiry = fc.option(time);
const ids = fc.array(fc.integer({ min: 0, max: 8 }), { maxLength: 4 });
/** "known" is the revision the key has, or 0: the condition then holds unless the key is absent or was put before it. */
const when = fc.constantFrom(undefined, undefined, undefined, "absent", "known", "wrong");
const used = fc.option(fc.record({ at: time, hits: fc.nat({ max: 1000 }) }), { nil: undefined });
const vector = fc.option(fc.float({ noNaN: true, noDefaultInfinity: true }).map((x) => Float32Array.of(x, -0)));

const change = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      verb: fc.constant("put" as const),
      ...{ namespace, key: fc.constantFrom("", "k", "K"), createdAt: time, expiresAt: expiry, vector, when, used },
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      verb: fc.constant("touch" as const),
      ...{ ids, at: time, expiresAt: fc.oneof(fc.constant(undefined), expiry) },
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ verb: fc.constant("remove" as const), ids, expiredAt: fc.option(time, { nil: undefined }) }),
  },
);
const someNamespace = fc.option(namespace, { nil: undefined });
const call = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ verb: fc.constant("commit" as const), changes: fc.array(change, { maxLength: 5 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ verb: fc.constant("removeExpired" as const), now: time, namespace: someNamespace }),
  },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant("clear" as const), namespace: someNamespace }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant("setMeta" as const), value: fc.string() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      verb: fc.constant("swapMeta" as const),
      before: fc.constantFrom("known", undefined, "?"),
      value: fc.string(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant("reopen" as const) }) },
);
type Call = typeof call extends fc.Arbitrary<infer T> ? T : never;
type PlainChange = typeof change extends fc.Arbitrary<infer T> ? T : never;

/** What a store is, in the plainest words. */
class Model {
  entries = new Map<number, Entry>();
  removed: { id: number; version: number }[] = [];
  version = 0;
  lastId = 0;
  meta: string | undefined;

  find(namespace: string, key: string): Entry | undefined {
    return [...this.entries.values()].find((entry) => entry.namespace === namespace && entry.key === key);
  }

  /** Answers what each change applied to, or undefined for a conflict. New entries get the ids the store gave them. */
  commit(changes: readonly Change[], given: readonly number[][]): number[][] | undefined {
    const before = { entries: new Map(this.entries), removed: [...this.removed], lastId: this.lastId };
    const version = this.version + 1;
    const applied: number[][] = [];
    for (const [i, change] of changes.entries()) {
      if ("put" in change) {
        const { put, when, used } = change;
        const known = this.find(put.namespace, put.key);
        if (when !== undefined && known?.revision !== (when === "absent" ? undefined : when.revision)) {
          Object.assign(this, before);
          return undefined;
        }
        const id = known?.id ?? given[i]?.[0] ?? this.lastId + 1;
        ok(known !== undefined || id > this.lastId, "a new id is greater than every one before");
        this.lastId = Math.max(this.lastId, id);
        const { at, hits } = used ?? { at: put.createdAt, hits: 0 };
        this.entries.set(id, { ...put, id, accessedAt: at, hits, revision: version });
        applied.push([id]);
      } else {
        const ids = [...new Set("touch" in change ? change.touch : change.remove)];
        const affected = ids.filter((id) => {
          const entry = this.entries.get(id);
          if (entry === undefined) return false;
          if ("touch" in change) {
            const expiresAt = change.expiresAt === undefined ? entry.expiresAt : change.expiresAt;
            this.entries.set(id, { ...entry, accessedAt: change.at, hits: entry.hits + 1, expiresAt });
            return true;
          }
          if (change.when && !(entry.expiresAt !== null && entry.expiresAt <= change.when.expiredAt)) return false;
          this.removed.push({ id, version });
          return this.entries.delete(id);
        });
        applied.push(affected);
      }
    }
    if (changes.some((change, i) => !("touch" in change) && applied[i]!.length > 0)) this.version = version;
    return applied;
  }

  idsOf(namespace?: string): number[] {
    return this.sorted().flatMap((entry) =>
      namespace === undefined || entry.namespace === namespace ? [entry.id] : [],
    );
  }

  sorted(by: (a: Entry, b: Entry) => number = () => 0): Entry[] {
    return [...this.entries.values()].sort((a, b) => by(a, b) || a.id - b.id);
  }
}

export function testStoreModel(
  test: (name: string, run: () => Promise<void>) => unknown,
  open: OpenStore,
  { runs }: { runs: number },
): void {
  test("any sequence of calls answers as a plain map would", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(call, { maxLength: 25 }), async (calls) => {
        const made = await open();
        const under: StoreUnderTest = "commit" in made ? { store: made } : made;
        let { store } = under;
        const model = new Model();
        try {
          await store.open(IDENTITY);
          for (const [i, call] of calls.entries()) {
            if (call.verb === "reopen" && under.another !== undefined) {
              await store.close();
              store = await under.another();
              await store.open(IDENTITY);
            }
            await perform(call, store, model, i);
            await compare(store, model, i);
          }
        } finally {
          await store.close();
          await under.dispose?.();
        }
      }),
      { numRuns: cases(runs) },
    );
  });
}

async function perform(call: Call, store: Store, model: Model, i: number): Promise<void> {
  const remove = (chosen: (entry: Entry) => boolean): number[] => {
    const remove = model
      .sorted()
      .filter(chosen)
      .map(({ id }) => id);
    model.commit([{ remove }], []);
    return remove;
  };
  const inside = (entry: Entry, namespace?: string): boolean =>
    namespace === undefined || entry.namespace === namespace;
  if (call.verb === "commit") {
    const changes = call.changes.map((change, part) => changeOf(change, model, `${i}.${part}`));
    const result = await outcome(() => store.commit(changes));
    const applied = model.commit(changes, result === "conflict" ? [] : result.applied);
    if (applied === undefined || result === "conflict") equal(result, "conflict" as typeof result, `${applied}`);
    else
      equal(
        { ...result, applied: result.applied.map(ascending) },
        { version: model.version, applied: applied.map(ascending) },
      );
  } else if (call.verb === "removeExpired") {
    const { now, namespace } = call;
    const expired = (entry: Entry) => entry.expiresAt !== null && entry.expiresAt <= now && inside(entry, namespace);
    equal(ascending(await store.removeExpired(now, namespace)), remove(expired));
  } else if (call.verb === "clear") {
    equal(await store.clear(call.namespace), remove((entry) => inside(entry, call.namespace)).length);
  } else if (call.verb === "setMeta") {
    await store.setMeta("m", call.value);
    model.meta = call.value;
  } else if (call.verb === "swapMeta") {
    const before = call.before === "known" ? model.meta : call.before;
    equal(await store.swapMeta!("m", before, call.value), before === model.meta, "swapMeta");
    if (before === model.meta) model.meta = call.value;
  }
}

async function compare(store: Store, model: Model, i: number): Promise<void> {
  const all = model.sorted();
  const byUse = model.sorted((a, b) => a.accessedAt - b.accessedAt);
  equal(await collect(store.scan()), all, "scan");
  equal(
    await store.oldest(99),
    byUse.map(({ id }) => id),
    "oldest",
  );
  equal(
    await store.oldest(i % 4, "a"),
    byUse
      .filter((entry) => entry.namespace === "a")
      .map(({ id }) => id)
      .slice(0, i % 4),
  );
  equal([await store.count(), await store.count("a:")], [all.length, model.idsOf("a:").length], "count");
  equal(await store.namespaces(), [...new Set(all.map((entry) => entry.namespace))].sort(), "namespaces");
  equal([await store.version(), await store.getMeta("m")], [model.version, model.meta], "version");
  equal(await store.get("a", "k"), model.find("a", "k"), "get");
  const asked = [3, 1, 3, 99, i];
  equal(
    await store.getMany(asked),
    asked.map((id) => model.entries.get(id)),
    "getMany",
  );
  const after = i % 5;
  const some = await collect(store.scan({ namespace: "", after, fields: "vectors" }));
  equal(
    some.map(({ id, vector, expiresAt, revision }) => [id, vector, expiresAt, revision]),
    all.flatMap(({ id, namespace, vector, expiresAt, revision }) =>
      namespace === "" && id > after ? [[id, vector, expiresAt, revision]] : [],
    ),
    "scan of vectors",
  );
  const since = model.version === 0 ? 0 : (i * 7) % (model.version + 1);
  const feed = (await store.changesSince(since))!;
  equal(feed.version, model.version, "the feed's version");
  equal(
    feed.puts.sort((a, b) => a.id - b.id),
    all.filter((entry) => entry.revision > since),
    "the feed's puts",
  );
  const removed = model.removed.filter((removal) => removal.version > since).map(({ id }) => id);
  equal(ascending(feed.removed), ascending(removed), "the feed's removals");
}

function changeOf(change: PlainChange, model: Model, value: string): Change {
  if (change.verb === "touch") {
    const touch = { touch: change.ids, at: change.at };
    return change.expiresAt === undefined ? touch : { ...touch, expiresAt: change.expiresAt };
  }
  if (change.verb === "remove") {
    return change.expiredAt === undefined
      ? { remove: change.ids }
      : { remove: change.ids, when: { expiredAt: change.expiredAt } };
  }
  const { verb, when, used, ...fields } = change;
  const put = newEntry({ ...fields, value, tags: [value], metadata: { value } });
  const copy = used === undefined ? { put } : { put, used };
  if (when === undefined) return copy;
  if (when === "absent") return { ...copy, when };
  const known = model.find(put.namespace, put.key)?.revision ?? 0;
  return { ...copy, when: { revision: when === "known" ? known : known + 1 } };
}

async function outcome<T>(run: () => T | Promise<T>): Promise<T | "conflict"> {
  try {
    return await run();
  } catch (error) {
    if ((error as { code?: string }).code === "conflict") return "conflict";
    throw error;
  }
}

function ascending(ids: readonly number[]): number[] {
  return [...ids].sort((a, b) => a - b);
}
