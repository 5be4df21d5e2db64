import type { Store } from "../../src/index.ts";
import { equal, fails, ok } from "./assert.ts";
import { type Check, collect, IDENTITY, newEntry, putOne, reopened } from "./store-under-test.ts";

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
  // Where a store has none, as what every store has.
  swapMeta: (store) => (store.swapMeta ? store.swapMeta("m", undefined, "v") : store.setMeta("m", "v")),
};

/** Ways for the entry of the highest id to go. */
const EMPTYINGS: Record<string, (store: Store, id: number) => unknown> = {
  removed: (store, id) => store.commit([{ remove: [id] }]),
  expired: async (store) => {
    await putOne(store, { expiresAt: 1 });
    await store.removeExpired(1);
  },
  cleared: (store) => store.clear(),
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

  check("another embedder is refused by name", async ({ store, another, alone }) => {
    await store.open(IDENTITY);
    const other = (alone ? undefined : await another?.()) ?? store;
    const error = await fails(() => other.open({ ...IDENTITY, fingerprint: "other" }), "fingerprint");
    ok(error.message.includes("other") && error.message.includes(IDENTITY.fingerprint), error.message);
    if (other !== store) await other.close();
  });

  check("the same embedder with other dimensions is refused", async ({ store, another, alone }) => {
    await store.open(IDENTITY);
    const other = (alone ? undefined : await another?.()) ?? store;
    await fails(() => other.open({ ...IDENTITY, dimensions: 3 }), "dimension");
    if (other !== store) await other.close();
  });

  check("a refused open leaves the data as it was", async ({ store, another, alone }) => {
    await store.open(IDENTITY);
    const id = await putOne(store);
    const other = (alone ? undefined : await another?.()) ?? store;
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

  for (const [how, empty] of Object.entries(EMPTYINGS)) {
    check(`an id is not used again after reopening when the highest was ${how}`, async (under) => {
      await under.store.open(IDENTITY);
      const [first, second] = [await putOne(under.store, { key: "a", expiresAt: 9000 }), await putOne(under.store)];
      await empty(under.store, second);
      await reopened(under, async (store) => {
        ok((await putOne(store, { key: "new" })) > second, "the id rose");
        if (how !== "cleared") equal((await store.get("n", "a"))?.id, first);
      });
    });
  }

  check("a store whose opening was refused is not open", async (under) => {
    await under.store.open(IDENTITY);
    if (under.another === undefined) return; // a store in memory: there is no second one
    await under.store.close();
    const refused = await under.another();
    await fails(() => refused.open({ ...IDENTITY, fingerprint: "other" }), "fingerprint");
    for (const operation of Object.values(OPERATIONS)) await fails(() => operation(refused), "closed");
    equal((await refused.check()).ok, false);
    await refused.open(IDENTITY);
    equal(await refused.count(), 0, "it can be opened as it should be");
    await refused.close();
  });

  check("a fingerprint is any text, and all of it counts", async ({ store, another }) => {
    const fingerprint = `a"b\\c\u0000:🧠\ud83d'${"x".repeat(2000)}`;
    await store.open({ ...IDENTITY, fingerprint });
    if (another !== undefined) await store.close();
    const again = (await another?.()) ?? store;
    try {
      for (const other of [`${fingerprint} `, fingerprint.slice(0, -1), fingerprint.replace("🧠", "\ud83e")]) {
        await fails(() => again.open({ ...IDENTITY, fingerprint: other }), "fingerprint");
      }
      await again.open({ ...IDENTITY, fingerprint });
    } finally {
      await again.close();
    }
  });

  check("the identity is remembered as it was, whatever becomes of the object", async ({ store }) => {
    const identity = { ...IDENTITY };
    const opening = store.open(identity);
    identity.fingerprint = "other";
    await opening;
    await fails(() => store.open({ ...identity }), "fingerprint");
    await store.open(IDENTITY);
  });

  for (const code of ["corrupt", "newer"] as const) {
    check(`data that are ${code} are refused as such, and left as they are`, async (under) => {
      await under.store.open(IDENTITY);
      await putOne(under.store);
      if (under.another === undefined || under.spoil?.[code] === undefined) return;
      await under.store.close();
      await under.spoil[code]();
      for (const time of ["first", "second"]) {
        const spoilt = await under.another();
        const { message } = await fails(() => spoilt.open(IDENTITY), code);
        ok(message.length > 20, `${time}: ${message}`);
        equal((await spoilt.check()).ok, false);
        await spoilt.close();
      }
    });
  }

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
