import type { Store } from "../../src/index.ts";
import { equal, fails, ok } from "./assert.ts";
import { type Check, collect, IDENTITY, putOne, type StoreUnderTest } from "./store-under-test.ts";

/** For stores that tell what they hold; the method is optional. */
export function testIdentity(check: Check): void {
  const told = (name: string, run: (under: StoreUnderTest, identify: Identify) => unknown): void =>
    check(name, async (under) => {
      if (under.store.identify !== undefined) await run(under, (store) => store.identify!());
    });

  told("identify: a new store is nobody's, and asking does not make it anybody's", async (under, identify) => {
    equal(await identify(under.store), undefined);
    equal(await identify(under.store), undefined, "the second time");
    const other = under.another && (await under.another());
    if (other) equal(await identify(other), undefined, "nor of another store object");
    await other?.close();
    await under.store.open({ fingerprint: "whoever comes first", dimensions: 7 });
    equal(await identify(under.store), { fingerprint: "whoever comes first", dimensions: 7 });
  });

  told("identify does not open the store", async ({ store }, identify) => {
    await identify(store);
    await fails(() => store.count(), "closed");
    await fails(() => store.commit([]), "closed");
    equal((await store.check()).ok, false);
  });

  told("identify tells what a store was filled with, to one that never opened it", async (under, identify) => {
    const fingerprint = `a"b\\c\u0000:🧠\ud83d'${"x".repeat(2000)}`;
    await under.store.open({ fingerprint, dimensions: 2 });
    await putOne(under.store);
    equal(await identify(under.store), { fingerprint, dimensions: 2 });
    if (under.another === undefined) return; // the data go with the store
    if (under.alone) await under.store.close();
    const other = await under.another();
    equal(await identify(other), { fingerprint, dimensions: 2 });
    await fails(() => other.count(), "closed");
    await other.open((await identify(other))!);
    equal((await collect(other.scan())).length, 1, "and can be opened with it");
    await other.close();
  });

  told("identify changes nothing", async (under, identify) => {
    await under.store.open(IDENTITY);
    await putOne(under.store);
    const before = [await collect(under.store.scan()), await under.store.version(), await under.store.changesSince(0)];
    await identify(under.store);
    if (under.another !== undefined && !under.alone) {
      const other = await under.another();
      await identify(other);
      await other.close();
    }
    equal([await collect(under.store.scan()), await under.store.version(), await under.store.changesSince(0)], before);
  });

  told("what identify tells is the caller's own", async ({ store }, identify) => {
    await store.open(IDENTITY);
    (await identify(store))!.fingerprint = "changed";
    equal(await identify(store), IDENTITY);
    await store.open(IDENTITY);
  });

  told('identify after close is an error "closed"', async ({ store }, identify) => {
    await store.open(IDENTITY);
    await store.close();
    await fails(() => identify(store), "closed");
  });

  for (const code of ["corrupt", "newer"] as const) {
    told(`identify says when data are ${code}, and leaves them as they are`, async (under, identify) => {
      await under.store.open(IDENTITY);
      await putOne(under.store);
      if (under.another === undefined || under.spoil?.[code] === undefined) return;
      await under.store.close();
      await under.spoil[code]();
      const spoilt = await under.another();
      for (const time of ["first", "second"]) {
        const { message } = await fails(() => identify(spoilt), code);
        ok(message.length > 20, `${time}: ${message}`);
      }
      await fails(() => spoilt.open(IDENTITY), code);
      await spoilt.close();
    });
  }
}

type Identify = (store: Store) => ReturnType<NonNullable<Store["identify"]>>;
