import { equal } from "./assert.ts";
import { type Check, putOne } from "./store-under-test.ts";

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

  check("overwriting without an expiry takes the old one away", async ({ store }) => {
    await putOne(store, { expiresAt: 2000 });
    await putOne(store, { expiresAt: null });
    equal(await store.removeExpired(1e15), []);
    equal(await store.count(), 1);
  });
}
