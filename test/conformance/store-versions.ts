import { equal, fails, ok } from "./assert.ts";
import { type Check, collect, IDENTITY, newEntry, putOne, reopened } from "./store-under-test.ts";

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

  check("F15 the version stays with a touch and with what changes nothing", async ({ store }) => {
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

  check("however many a commit, a clearing or an expiry affects, the version rises by one", async ({ store }) => {
    const puts = (count: number) =>
      Array.from({ length: count }, (_, i) => ({
        put: newEntry({ key: `${i}`, namespace: `${i % 3}`, expiresAt: 2000 }),
      }));
    await store.commit(puts(30));
    equal(await store.version(), 1);
    await store.clear("0");
    equal(await store.version(), 2);
    await store.removeExpired(2000, "1");
    equal(await store.version(), 3);
    await store.clear();
    equal(await store.version(), 4);
    await store.clear();
    equal(await store.version(), 4, "nothing was left");
  });

  check("a refused commit and a removal whose condition fails leave the version", async ({ store }) => {
    const id = await putOne(store, { expiresAt: 2000 });
    await fails(
      () => store.commit([{ remove: [id] }, { put: newEntry({ key: "b" }), when: { revision: 9 } }]),
      "conflict",
    );
    const { version, applied } = await store.commit([{ remove: [id], when: { expiredAt: 1999 } }]);
    equal([version, applied, await store.version()], [1, [[]], 1]);
  });

  check("a revision is of the last put, and of that entry alone", async ({ store }) => {
    await putOne(store, { key: "a" });
    const id = await putOne(store, { key: "b" });
    await store.commit([{ touch: [id], at: 5000 }, { remove: [999_999] }]);
    await store.clear("nobody");
    await putOne(store, { key: "c" });
    const revisions = async () => (await collect(store.scan())).map((entry) => entry.revision);
    equal(await revisions(), [1, 2, 3]);
    await putOne(store, { key: "a" });
    equal(await revisions(), [4, 2, 3]);
  });

  check("the version goes on after reopening", async (under) => {
    await putOne(under.store);
    await under.store.clear();
    await reopened(under, async (store) => {
      equal(await store.version(), 2);
      await store.open(IDENTITY);
      equal(await store.version(), 2, "opening is no change");
      await putOne(store);
      equal([await store.version(), (await store.get("n", "k"))?.revision], [3, 3]);
    });
  });
}
