import type { Store } from "../../src/index.ts";
import { equal, fails, ok } from "./assert.ts";
import { type Check, collect, IDENTITY, newEntry, putOne, reopened, together } from "./store-under-test.ts";

/** The method is optional. That nothing is left in a store's files is for those to check who can read them. */
export function testScrubs(check: Check): void {
  const scrubbing: Check = (name, run) =>
    check(name, async (under) => {
      if (under.store.scrub !== undefined) await run(under);
    });

  scrubbing("scrub changes nothing that can be read, neither entries nor feeds", async ({ store }) => {
    await fill(store);
    const before = await everything(store);
    await store.scrub!();
    equal(await everything(store), before);
    await store.scrub!();
    equal(await everything(store), before, "again");
  });

  scrubbing("an empty store can be scrubbed, and one that was cleared", async ({ store }) => {
    await store.scrub!();
    equal([await store.version(), await store.count()], [0, 0]);
    const id = await putOne(store);
    await store.clear();
    await store.scrub!();
    equal([await store.version(), await store.count(), await store.namespaces()], [2, 0, []]);
    equal(await store.changesSince(1), { version: 2, puts: [], removed: [id] });
  });

  scrubbing("after a scrub ids and versions go on, none used again", async (under) => {
    const first = await putOne(under.store, { key: "first" });
    const last = await putOne(under.store, { key: "last" });
    await under.store.commit([{ remove: [last] }]);
    await under.store.scrub!();
    equal(await putOne(under.store, { key: "first", value: '"again"' }), first, "an overwrite keeps its id");
    equal(await under.store.version(), 4);
    await reopened(under, async (store) => {
      const next = await putOne(store, { key: "next" });
      ok(next > last, `${next} comes after ${last}`);
      equal((await store.changesSince(3))!.puts.map(({ id }) => id).sort(), [first, next].sort());
      equal(await store.check(), { ok: true });
    });
  });

  scrubbing("what was scrubbed is there after reopening, where the store lasts", async (under) => {
    await fill(under.store);
    const before = await everything(under.store);
    await under.store.scrub!();
    await reopened(under, async (store) => equal(await everything(store), before));
  });

  scrubbing("another store on the same data goes on through a scrub, and may scrub too", async (under) => {
    await together(under, async (a, b) => {
      await fill(a);
      const before = await everything(a);
      equal(await everything(b), before);
      await a.scrub!();
      equal(await everything(b), before, "the other reads what it read");
      const id = await putOne(b, { key: "by the other" });
      equal((await a.get("n", "by the other"))?.id, id);
      await b.scrub!();
      equal(await everything(a), await everything(b));
    });
  });

  scrubbing("what is put and removed while scrubs are under way happens once and whole", async (under) => {
    await together(under, async (a, b) => {
      const gone = await putOne(a, { key: "gone" });
      const working = Array.from({ length: 8 }, (_, i) =>
        (async () => (i % 2 === 0 ? a : b).commit([{ put: newEntry({ key: `k${i}` }) }, { touch: [gone], at: i }]))(),
      );
      await Promise.all([a.scrub!(), ...working, b.scrub!(), (async () => b.commit([{ remove: [gone] }]))()]);
      equal([await a.count(), await a.version(), (await b.changesSince(1))!.removed], [8, 10, [gone]]);
      equal([await a.check(), await b.check()], [{ ok: true }, { ok: true }]);
    });
  });

  scrubbing("a closed store has no scrub, or one that fails", async ({ store }) => {
    await store.open(IDENTITY);
    const { scrub } = store;
    await store.close();
    if (store.scrub !== undefined) await fails(() => store.scrub!(), "closed");
    ok(scrub !== undefined, "open, it had one");
  });
}

/** Entries that were overwritten, touched, removed and expired; values that were set anew. */
async function fill(store: Store): Promise<void> {
  const ids: number[] = [];
  for (let i = 0; i < 12; i++) {
    ids.push(
      await putOne(store, {
        namespace: `n${i % 3}`,
        key: `k${i}`,
        tags: [`t${i}`],
        metadata: { i },
        expiresAt: 5000 + i,
      }),
    );
  }
  await putOne(store, { namespace: "n1", key: "k1", value: '"again"', vector: null, expiresAt: null });
  await store.commit([{ remove: ids.slice(4, 7) }, { touch: ids, at: 3000 }]);
  await store.removeExpired(5000);
  await store.clear("n2");
  for (const value of ["1", "2", ""]) await store.setMeta("m", value);
}

/** All that a store tells. */
async function everything(store: Store): Promise<unknown> {
  const version = await store.version();
  const feeds: unknown[] = [];
  for (let since = 0; since <= version; since++) {
    const feed = await store.changesSince(since);
    feeds.push(
      feed && { ...feed, puts: feed.puts.sort((a, b) => a.id - b.id), removed: feed.removed.sort((a, b) => a - b) },
    );
  }
  return [
    ...[version, await store.count(), await store.namespaces(), await store.oldest(99), await store.oldest(9, "n0")],
    ...[await collect(store.scan()), await collect(store.scan({ namespace: "n0" })), await store.get("n1", "k1")],
    ...[feeds, await store.getMeta("m"), await store.getMeta("none"), await store.check()],
  ];
}
