import type { Store } from "../../src/index.ts";
import { equal, fails, ok } from "./assert.ts";
import { type Check, collect, IDENTITY, newEntry, putOne } from "./store-under-test.ts";

const OPERATIONS: Record<string, (store: Store) => unknown> = {
  get: (store) => store.get("n", "k"),
  getMany: (store) => store.getMany([1]),
  scan: (store) => collect(store.scan()),
  oldest: (store) => store.oldest(1),
  count: (store) => store.count(),
  namespaces: (store) => store.namespaces(),
  commit: (store) => store.commit([{ put: newEntry() }]),
  removeExpired: (store) => store.removeExpired(1),
  clear: (store) => store.clear(),
  version: (store) => store.version(),
  changesSince: (store) => store.changesSince(0),
  getMeta: (store) => store.getMeta("m"),
  setMeta: (store) => store.setMeta("m", "v"),
};

export function testLifecycle(check: Check): void {
  for (const [name, operation] of Object.entries(OPERATIONS)) {
    check(`${name} before open is an error "closed"`, async ({ store }) => {
      await fails(() => operation(store), "closed");
    });
    check(`${name} after close is an error "closed"`, async ({ store }) => {
      await store.open(IDENTITY);
      await store.close();
      await fails(() => operation(store), "closed");
    });
  }

  check("opening again with the same identity is fine", async ({ store }) => {
    await store.open(IDENTITY);
    const id = await putOne(store);
    await store.open(IDENTITY);
    equal((await store.get("n", "k"))?.id, id);
  });

  check("opening after close is an error", async ({ store }) => {
    await store.open(IDENTITY);
    await store.close();
    await fails(() => store.open(IDENTITY), "closed");
  });

  check("closing twice, or before opening, is fine", async ({ store }) => {
    await store.close();
    await store.close();
  });

  check("another embedder is refused by name", async ({ store, another }) => {
    await store.open(IDENTITY);
    const other = (await another?.()) ?? store;
    const error = await fails(() => other.open({ ...IDENTITY, fingerprint: "other" }), "fingerprint");
    ok(error.message.includes("other") && error.message.includes(IDENTITY.fingerprint), error.message);
    if (other !== store) await other.close();
  });

  check("the same embedder with other dimensions is refused", async ({ store, another }) => {
    await store.open(IDENTITY);
    const other = (await another?.()) ?? store;
    await fails(() => other.open({ ...IDENTITY, dimensions: 3 }), "dimension");
    if (other !== store) await other.close();
  });

  check("a refused open leaves the data as it was", async ({ store, another }) => {
    await store.open(IDENTITY);
    const id = await putOne(store);
    const other = (await another?.()) ?? store;
    await fails(() => other.open({ fingerprint: "other", dimensions: 9 }), "fingerprint");
    if (other !== store) await other.close();
    await store.open(IDENTITY);
    equal((await store.get("n", "k"))?.id, id);
  });

  check("what was committed is there after reopening, where the store lasts", async ({ store, another }) => {
    await store.open(IDENTITY);
    const id = await putOne(store, { metadata: { a: [1, null] }, tags: ["t"], expiresAt: 5000 });
    await store.commit([{ touch: [id], at: 1234 }]);
    await store.setMeta("m", "v");
    const before = await store.get("n", "k");
    const version = await store.version();
    if (another === undefined) return; // a store in memory: nothing to reopen
    await store.close();
    const again = await another();
    await again.open(IDENTITY);
    try {
      equal(await again.get("n", "k"), before);
      equal(await again.version(), version);
      equal(await again.getMeta("m"), "v");
    } finally {
      await again.close();
    }
  });

  check("an id is not used again after reopening", async ({ store, another }) => {
    await store.open(IDENTITY);
    const id = await putOne(store);
    await store.commit([{ remove: [id] }]);
    let again = store;
    if (another !== undefined) {
      await store.close();
      again = await another();
      await again.open(IDENTITY);
    }
    ok((await putOne(again)) > id, "the id rose");
    if (again !== store) await again.close();
  });

  check("check() answers before open, when open and after close, and never throws", async ({ store }) => {
    equal((await store.check()).ok, false, "before open");
    await store.open(IDENTITY);
    await putOne(store);
    equal(await store.check(), { ok: true });
    await store.close();
    const closed = await store.check();
    ok(!closed.ok && closed.reason.length > 0, "a closed store says why it is not well");
  });
}
