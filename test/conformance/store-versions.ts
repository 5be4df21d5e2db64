import { equal, ok } from "./assert.ts";
import { type Check, newEntry, putOne } from "./store-under-test.ts";

export function testVersions(check: Check): void {
  check("the version is 0 when new", async ({ store }) => {
    equal(await store.version(), 0);
  });

  check("the version rises with put, overwrite, remove, expiry and clear", async ({ store }) => {
    let last = 0;
    const rises = async (what: string): Promise<void> => {
      const version = await store.version();
      ok(version > last, `${what}: ${version} > ${last}`);
      last = version;
    };
    const id = await putOne(store);
    await rises("put");
    await putOne(store);
    await rises("overwrite");
    await store.commit([{ remove: [id] }]);
    await rises("remove");
    await putOne(store, { expiresAt: 2000 });
    await rises("put");
    await store.removeExpired(2000);
    await rises("expiry");
    await putOne(store);
    await rises("put");
    await store.clear();
    await rises("clear");
  });

  check("the version stays with a touch and with what changes nothing", async ({ store }) => {
    const id = await putOne(store);
    const version = await store.version();
    await store.commit([{ touch: [id], at: 5000 }]);
    await store.commit([{ remove: [999_999] }]);
    await store.commit([]);
    await store.removeExpired(1e15);
    await store.clear("nobody");
    await store.setMeta("m", "v");
    equal(await store.version(), version);
  });

  check("a commit raises the version once and tells it", async ({ store }) => {
    const before = await store.version();
    const { version } = await store.commit([{ put: newEntry({ key: "a" }) }, { put: newEntry({ key: "b" }) }]);
    equal(version, await store.version());
    equal(version, before + 1);
    equal([(await store.get("n", "a"))?.revision, (await store.get("n", "b"))?.revision], [version, version]);
  });

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
}
