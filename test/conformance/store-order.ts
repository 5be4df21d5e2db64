import type { MnemeError, ScanOptions } from "../../src/index.ts";
import { equal, ok } from "./assert.ts";
import { type Check, collect, newEntry, putOne } from "./store-under-test.ts";

export function testOrder(check: Check): void {
  check("oldest() is in exact order of last use, ties by id", async ({ store }) => {
    const ids: number[] = [];
    for (const [key, createdAt] of Object.entries({ a: 3000, b: 1000, c: 2000, d: 1000, e: 2000 })) {
      ids.push(await putOne(store, { key, createdAt }));
    }
    const [a, b, c, d, e] = ids as [number, number, number, number, number];
    equal(await store.oldest(9), [b, d, c, e, a]);
    equal(await store.oldest(3), [b, d, c]);
    await store.commit([{ touch: [d], at: 2000 }]);
    equal(await store.oldest(9), [b, c, d, e, a], "the tie of c, d and e goes by id, not by touch");
    await store.commit([{ touch: [a], at: 500 }]);
    equal(await store.oldest(9), [a, b, c, d, e], "a clock set back counts too");
    await store.commit([{ remove: [b] }]);
    equal(await store.oldest(2), [a, c]);
  });

  check("oldest() of none is none", async ({ store }) => {
    equal(await store.oldest(5), []);
    await putOne(store);
    equal(await store.oldest(0), []);
    equal(await store.oldest(-1), []);
  });

  check("overwriting is a use, and what is removed is in no order", async ({ store }) => {
    const a = await putOne(store, { key: "a", createdAt: 1000 });
    const b = await putOne(store, { key: "b", createdAt: 2000 });
    const c = await putOne(store, { key: "c", createdAt: 3000 });
    await putOne(store, { key: "a", createdAt: 9000 });
    equal(
      [await store.oldest(9), await store.oldest(9, "n")],
      [
        [b, c, a],
        [b, c, a],
      ],
    );
    await store.commit([{ remove: [c] }]);
    equal(
      [await store.oldest(9), await store.oldest(9, "n")],
      [
        [b, a],
        [b, a],
      ],
    );
  });

  check("scan() pages across gaps", async ({ store }) => {
    await store.commit(Array.from({ length: 1200 }, (_, i) => ({ put: newEntry({ key: String(i) }) })));
    const all = (await collect(store.scan({ fields: "vectors" }))).map((entry) => entry.id);
    await store.commit([{ remove: all.filter((_, i) => i % 2 === 0) }]);
    equal(
      (await collect(store.scan())).map((entry) => entry.id),
      all.filter((_, i) => i % 2 === 1),
    );
  });

  check("in a namespace, oldest(), scan() and after stay exact", async ({ store }) => {
    const ids: Record<string, number> = {};
    for (const [i, key] of [..."abcdef"].entries()) {
      ids[key] = await putOne(store, { key, namespace: i % 2 === 0 ? "even" : "odd", createdAt: 1000 + i });
    }
    await store.commit([{ touch: [ids.a!], at: 5000 }]);
    equal(await store.oldest(9, "even"), [ids.c!, ids.e!, ids.a!]);
    equal(await store.oldest(2, "even"), [ids.c!, ids.e!]);
    equal(await store.oldest(0, "even"), []);
    const keys = async (options: ScanOptions): Promise<string[]> =>
      (await collect(store.scan(options))).map((entry) => Object.keys(ids).find((key) => ids[key] === entry.id)!);
    equal(await keys({ namespace: "odd", after: ids.b! }), ["d", "f"]);
    equal(await keys({ namespace: "odd", fields: "vectors" }), ["b", "d", "f"]);
    equal(await keys({ fields: "vectors", after: ids.d! }), ["e", "f"]);
    equal(await keys({ after: ids.f! }), []);
  });

  check("times may be any number: past 2^53, before 1970, fractions", async ({ store }) => {
    for (const [i, time] of [2 ** 60, Number.MAX_SAFE_INTEGER + 1000, -5.5, 0].entries()) {
      await putOne(store, { key: String(i), createdAt: time, expiresAt: time });
      const entry = await store.get("n", String(i));
      equal([entry?.createdAt, entry?.accessedAt, entry?.expiresAt], [time, time, time]);
    }
    equal((await collect(store.scan({ fields: "vectors" }))).length, 4);
    equal((await store.removeExpired(0)).length, 2);
  });

  check("times need not be whole milliseconds", async ({ store }) => {
    const a = await putOne(store, { key: "a", createdAt: 1000.75 });
    const b = await putOne(store, { key: "b", createdAt: 1000.25 });
    equal(await store.oldest(2), [b, a]);
    equal((await store.get("n", "a"))?.createdAt, 1000.75);
  });

  check("scan() is in id order whatever was touched or overwritten", async ({ store }) => {
    const ids: number[] = [];
    for (const key of "abcde") ids.push(await putOne(store, { key }));
    await putOne(store, { key: "b", createdAt: 9000 });
    await store.commit([{ touch: [ids[0]!], at: 9999 }]);
    equal(
      (await collect(store.scan())).map((entry) => entry.id),
      ids,
    );
    equal(
      (await collect(store.scan({ after: ids[2]! }))).map((entry) => entry.key),
      ["d", "e"],
    );
  });

  check("scanning vectors gives what an index needs", async ({ store }) => {
    const id = await putOne(store, { namespace: "m", expiresAt: 7000 });
    await putOne(store, { vector: null });
    const [entry, bare] = await collect(store.scan({ fields: "vectors" }));
    equal(
      [entry?.id, entry?.namespace, entry?.key, entry?.expiresAt, entry?.vector],
      [id, "m", (await store.getMany([id]))[0]!.key, 7000, Float32Array.of(0.6, 0.8)],
    );
    equal(bare?.vector, null);
  });

  check("scan() pages through 5,000 entries, each once", async ({ store }) => {
    for (let batch = 0; batch < 50; batch++) {
      await store.commit(Array.from({ length: 100 }, (_, i) => ({ put: newEntry({ key: `${batch}-${i}` }) })));
    }
    const ids = (await collect(store.scan({ fields: "vectors" }))).map((entry) => entry.id);
    equal(ids.length, 5000);
    equal(new Set(ids).size, 5000);
    equal(
      ids.every((id, i) => i === 0 || id > ids[i - 1]!),
      true,
    );
  });

  check("scan() survives changes while it runs", async ({ store }) => {
    const ids: number[] = [];
    for (const key of "abcdef") ids.push(await putOne(store, { key }));
    const seen: number[] = [];
    for await (const entry of store.scan()) {
      seen.push(entry.id);
      if (seen.length === 1) {
        await store.commit([{ remove: [ids[5]!] }]);
        await putOne(store, { key: "b", createdAt: 8000 });
        await putOne(store, { key: "new" });
      }
    }
    equal(seen.slice(0, 5), ids.slice(0, 5));
    equal(new Set(seen).size, seen.length);
  });

  check("oldest() of more than there are is all", async ({ store }) => {
    const ids = [await putOne(store, { key: "a" }), await putOne(store, { key: "b" })];
    for (const n of [3, 2 ** 31, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER, Number.MAX_VALUE, Number.POSITIVE_INFINITY]) {
      equal([await store.oldest(n), await store.oldest(n, "n")], [ids, ids], String(n));
    }
  });

  check("many of one time are in order of id, however they were used", async ({ store }) => {
    const put = (i: number) => ({ put: newEntry({ key: String(i), vector: null, createdAt: 5000 }) });
    const ids = (await store.commit(Array.from({ length: 200 }, (_, i) => put(i)))).applied.map(([id]) => id!);
    await store.commit([{ touch: [...ids].reverse().filter((_, i) => i % 3 === 0), at: 5000 }, put(100), put(7)]);
    equal(await store.oldest(500), ids);
    equal(await store.oldest(120, "n"), ids.slice(0, 120));
  });

  check("a scan of a namespace pages, too", async ({ store }) => {
    const put = (_: unknown, i: number) => ({
      put: newEntry({ key: String(i), vector: null, namespace: i % 2 === 0 ? "even" : "odd" }),
    });
    const ids = (await store.commit(Array.from({ length: 1300 }, put))).applied.map(([id]) => id!);
    const odd = ids.filter((_, i) => i % 2 === 1);
    const scanned = async (options: ScanOptions) => (await collect(store.scan(options))).map((entry) => entry.id);
    equal(await scanned({ namespace: "odd" }), odd);
    equal(await scanned({ namespace: "odd", fields: "vectors", after: odd[99]! }), odd.slice(100));
    equal([await scanned({ after: -5 }), await scanned({ after: Number.MAX_SAFE_INTEGER })], [ids, []]);
  });

  check("two scans at once do not disturb each other, and one may be left", async ({ store }) => {
    await store.commit(Array.from({ length: 520 }, (_, i) => ({ put: newEntry({ key: String(i), vector: null }) })));
    const seen: number[] = [];
    for await (const entry of store.scan()) {
      seen.push(entry.id);
      if (seen.length % 260 !== 0) continue;
      for await (const inner of store.scan({ fields: "vectors" })) if (inner.id > seen.length / 2) break;
    }
    equal([seen.length, new Set(seen).size], [520, 520]);
    await putOne(store, { key: "after" });
  });

  check("clearing while a scan runs ends it in peace", async ({ store }) => {
    await store.commit(Array.from({ length: 1100 }, (_, i) => ({ put: newEntry({ key: String(i), vector: null }) })));
    let seen = 0;
    for await (const entry of store.scan()) {
      equal(entry.namespace, "n");
      if (seen++ === 0) await store.clear();
    }
    ok(seen >= 1 && seen <= 1100, String(seen));
  });

  check("a scan that closing cuts short fails; it does not end as if that were all", async ({ store }) => {
    await store.commit(Array.from({ length: 1100 }, (_, i) => ({ put: newEntry({ key: String(i), vector: null }) })));
    let seen = 0;
    const scanned = async () => {
      for await (const entry of store.scan()) if (entry.id > 0 && seen++ === 0) await store.close();
    };
    const outcome = await scanned().catch((error: MnemeError) => error.code);
    ok(outcome === "closed" || seen === 1100, `${outcome} after ${seen} of 1100`);
  });
}
