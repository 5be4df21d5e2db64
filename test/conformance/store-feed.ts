import { equal } from "./assert.ts";
import { type Check, collect, newEntry, putOne, reopened } from "./store-under-test.ts";

export function testFeed(check: Check): void {
  check("the change feed tells puts, overwrites and removals since a version", async ({ store }) => {
    const kept = await putOne(store, { key: "kept" });
    const gone = await putOne(store, { key: "gone" });
    const version = await store.version();
    equal(await store.changesSince(version), { version, puts: [], removed: [] });
    await putOne(store, { key: "kept", value: '"again"' });
    await store.commit([{ remove: [gone] }]);
    const added = await putOne(store, { key: "added" });
    const feed = (await store.changesSince(version))!;
    equal(feed.version, await store.version());
    equal(feed.removed, [gone]);
    equal(
      feed.puts.map((entry) => [entry.id, entry.value]).sort(),
      [
        [kept, '"again"'],
        [added, '"value"'],
      ].sort(),
    );
  });

  check("the feed's entries are whole", async ({ store }) => {
    await putOne(store, { namespace: "m", metadata: { a: 1 }, tags: ["t"], expiresAt: 9000 });
    const [entry] = (await store.changesSince(0))!.puts;
    equal(entry, await store.get("m", "k"));
  });

  check("what came and went since a version is told as removed at most", async ({ store }) => {
    const version = await store.version();
    const id = await putOne(store);
    await store.clear();
    const feed = (await store.changesSince(version))!;
    equal(feed.puts, []);
    equal(feed.removed, [id]);
  });

  check("removals by expiry and by clear are in the feed", async ({ store }) => {
    const a = await putOne(store, { key: "a", expiresAt: 2000 });
    const b = await putOne(store, { key: "b", namespace: "m" });
    const version = await store.version();
    await store.removeExpired(2000);
    await store.clear("m");
    equal([...(await store.changesSince(version))!.removed].sort(), [a, b].sort());
  });

  check("the feed from a version that never was is undefined", async ({ store }) => {
    await putOne(store);
    equal(await store.changesSince((await store.version()) + 1), undefined);
  });

  check("the feed from what never was a version is undefined", async ({ store }) => {
    await putOne(store);
    for (const never of [-1, -1e9, 2, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY, Number.NaN]) {
      equal(await store.changesSince(never), undefined, String(never));
    }
  });

  check("the feed from the present version is empty, whatever was touched", async ({ store }) => {
    equal(await store.changesSince(0), { version: 0, puts: [], removed: [] });
    const id = await putOne(store);
    await store.commit([{ touch: [id], at: 5000, expiresAt: 9000 }]);
    await store.setMeta("m", "v");
    equal(await store.changesSince(1), { version: 1, puts: [], removed: [] });
  });

  check("an entry overwritten twice is told once, as it is now", async ({ store }) => {
    const id = await putOne(store);
    const version = await store.version();
    await putOne(store, { value: "1" });
    await putOne(store, { value: "2" });
    await store.commit([{ touch: [id], at: 7000 }]);
    const { puts } = (await store.changesSince(version))!;
    equal(puts, [(await store.get("n", "k"))!]);
    equal([puts[0]!.value, puts[0]!.hits], ["2", 1]);
  });

  check(
    "put, removed and put again between two versions: the new id is put, the old one removed",
    async ({ store }) => {
      const before = await store.version();
      const first = await putOne(store);
      const between = await store.version();
      await store.commit([{ remove: [first] }]);
      const second = await putOne(store);
      for (const since of [before, between]) {
        const feed = (await store.changesSince(since))!;
        equal([feed.puts.map((entry) => entry.id), feed.removed], [[second], [first]], `since ${since}`);
      }
      await store.commit([{ remove: [second] }, { put: newEntry() }]);
      const third = (await store.get("n", "k"))!.id;
      const feed = (await store.changesSince(between))!;
      equal([feed.puts.map((entry) => entry.id), [...feed.removed].sort()], [[third], [first, second].sort()]);
    },
  );

  check("from every version the feed leads to the present, telling no id twice", async (under) => {
    const { store } = under;
    const ids = async (): Promise<Map<number, string>> =>
      new Map((await collect(store.scan())).map(({ id, value }) => [id, value]));
    const states = new Map([[0, await ids()]]);
    for (let i = 0; i < 24; i++) {
      const keys = [i % 5, (i * 3) % 7];
      const present = await Promise.all(keys.map((key) => store.get("n", `${key}`)));
      const known = present.flatMap((entry) => (entry === undefined ? [] : [entry.id]));
      const put = { put: newEntry({ key: `${keys[0]}`, value: `${i}`, expiresAt: i % 4 === 0 ? i : null }) };
      if (i % 6 === 5) await store.removeExpired(i);
      else await store.commit(i % 3 === 0 ? [{ remove: known }, put] : i % 3 === 1 ? [put] : [put, { remove: known }]);
      states.set(await store.version(), await ids());
    }
    const now = [...states.values()].at(-1)!;
    await reopened(under, async (store) => {
      for (const [version, state] of states) {
        const { puts, removed } = (await store.changesSince(version))!;
        const told = [...removed, ...puts.map(({ id }) => id)];
        equal(new Set(told).size, told.length, `each id once since ${version}`);
        for (const id of removed) state.delete(id);
        for (const { id, value } of puts) state.set(id, value);
        const sorted = (map: Map<number, string>) => [...map].sort(([a], [b]) => a - b);
        equal(sorted(state), sorted(now), `since ${version}`);
      }
    });
  });

  check("a large removal is told whole, or the feed is undefined", async ({ store }) => {
    const puts = Array.from({ length: 1000 }, (_, i) => ({ put: newEntry({ key: String(i), vector: null }) }));
    const ids = (await store.commit(puts)).applied.map(([id]) => id!);
    const version = await store.version();
    await store.clear();
    await putOne(store, { key: "after" });
    const feed = await store.changesSince(version);
    if (feed === undefined) return;
    equal([feed.puts.length, [...feed.removed].sort((a, b) => a - b)], [1, ids.sort((a, b) => a - b)]);
  });
}
