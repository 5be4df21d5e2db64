import { equal } from "./assert.ts";
import { type Check, collect, putOne } from "./store-under-test.ts";

export function testExpiry(check: Check): void {
  check("removeExpired() is inclusive and leaves the rest", async ({ store }) => {
    const past = await putOne(store, { key: "past", expiresAt: 1999 });
    const now = await putOne(store, { key: "now", expiresAt: 2000 });
    await putOne(store, { key: "soon", expiresAt: 2001 });
    await putOne(store, { key: "never", expiresAt: null });
    const removed = await store.removeExpired(2000);
    equal([...removed].sort(), [past, now].sort());
    equal(await store.count(), 2);
    equal(await store.removeExpired(2000), []);
  });

  check("removeExpired() stays inside a namespace", async ({ store }) => {
    const a = await putOne(store, { namespace: "a", expiresAt: 2000 });
    await putOne(store, { namespace: "a%", expiresAt: 2000 });
    equal(await store.removeExpired(3000, "a"), [a]);
    equal(await store.count("a%"), 1);
  });

  check("get() returns an expired entry: expiry is not the store's decision", async ({ store }) => {
    await putOne(store, { expiresAt: 1 });
    equal((await store.get("n", "k"))?.expiresAt, 1);
  });

  check("an entry may be expired when it is put", async ({ store }) => {
    const id = await putOne(store, { createdAt: 1000, expiresAt: 500 });
    equal(await store.removeExpired(1000), [id]);
  });

  check("remove when expired: only what is expired at that time", async ({ store }) => {
    const expired = await putOne(store, { key: "expired", expiresAt: 2000 });
    const alive = await putOne(store, { key: "alive", expiresAt: 2001 });
    const never = await putOne(store, { key: "never", expiresAt: null });
    const { applied } = await store.commit([{ remove: [never, alive, expired, 999_999], when: { expiredAt: 2000 } }]);
    equal(applied, [[expired]]);
    equal(await store.count(), 2);
  });

  check("F16 overwriting without an expiry takes the old one away", async ({ store }) => {
    await putOne(store, { expiresAt: 2000 });
    await putOne(store, { expiresAt: null });
    equal(await store.removeExpired(1e15), []);
    equal(await store.count(), 1);
  });

  check("the boundary is exact, also between milliseconds and at 0", async ({ store }) => {
    const half = await putOne(store, { key: "half", expiresAt: 2000.5 });
    const zero = await putOne(store, { key: "zero", expiresAt: 0 });
    const before = await putOne(store, { key: "before", expiresAt: -1.5 });
    equal(await store.removeExpired(-1.6), []);
    equal(await store.removeExpired(-1.5), [before]);
    equal(await store.removeExpired(-0.1), []);
    equal(await store.removeExpired(0), [zero]);
    equal(await store.removeExpired(2000.4), []);
    equal(await store.removeExpired(2000.5), [half]);
  });

  check("what never expires outlasts every time", async ({ store }) => {
    const id = await putOne(store);
    equal(await store.removeExpired(Number.MAX_SAFE_INTEGER), []);
    equal(await store.removeExpired(Number.POSITIVE_INFINITY), []);
    equal((await store.commit([{ remove: [id], when: { expiredAt: Number.MAX_SAFE_INTEGER } }])).applied, [[]]);
    equal(await store.count(), 1);
  });

  check("a moved expiry is the one that counts", async ({ store }) => {
    const [later, never, sooner] = [
      await putOne(store, { key: "later", expiresAt: 2000 }),
      await putOne(store, { key: "never", expiresAt: 2000 }),
      await putOne(store, { key: "sooner", expiresAt: 9000 }),
    ];
    const touch = (id: number, expiresAt: number | null) => ({ touch: [id], at: 1500, expiresAt });
    await store.commit([touch(later, 3000), touch(never, null), touch(sooner, 1800)]);
    equal(await store.removeExpired(2000), [sooner]);
    const expiries = (await collect(store.scan({ fields: "vectors" }))).map((entry) => entry.expiresAt);
    equal(expiries, [3000, null], "an index is told, too");
    equal(await store.removeExpired(3000), [later]);
  });

  check("until it is removed an expired entry is counted, listed, scanned and in order", async ({ store }) => {
    const id = await putOne(store, { expiresAt: 1 });
    equal([await store.count(), await store.count("n"), await store.namespaces()], [1, 1, ["n"]]);
    equal([await store.oldest(9), (await collect(store.scan())).map((entry) => entry.id)], [[id], [id]]);
    equal((await store.getMany([id]))[0]?.expiresAt, 1);
  });
}
