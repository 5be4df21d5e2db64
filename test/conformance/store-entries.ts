import { equal, fails, ok } from "./assert.ts";
import { type Check, collect, newEntry, putOne } from "./store-under-test.ts";

const HOSTILE = [
  "",
  " ",
  "a:b",
  "a|b",
  "%",
  "_",
  "*",
  "'; DROP TABLE entries; --",
  "\u0000",
  "a\u0000b",
  "🧠",
  "\ud83d",
  "\u001b0000",
  "é",
  "e\u0301",
  "\\",
  '"',
];

export function testEntries(check: Check): void {
  check("a put entry is found by key, with every field", async ({ store }) => {
    const put = newEntry({ metadata: { a: { b: [1, "two", null, true] } }, tags: ["x", "y"], expiresAt: 9000 });
    const { applied } = await store.commit([{ put }]);
    const entry = await store.get("n", "k");
    const id = applied[0]![0]!;
    ok(Number.isSafeInteger(id) && id > 0, "the id is a positive whole number");
    equal(entry, { ...put, id, accessedAt: put.createdAt, hits: 0, revision: await store.version() });
  });

  check("a put entry is found by id, in the order asked, with holes for the unknown", async ({ store }) => {
    const a = await putOne(store, { key: "a" });
    const b = await putOne(store, { key: "b" });
    const entries = await store.getMany([b, 999_999, a, b]);
    equal(
      entries.map((entry) => entry?.key),
      ["b", undefined, "a", "b"],
    );
    equal(await store.getMany([]), []);
  });

  check("an unknown key is undefined", async ({ store }) => {
    equal(await store.get("n", "k"), undefined);
    await putOne(store);
    equal(await store.get("n", "K"), undefined);
    equal(await store.get("N", "k"), undefined);
  });

  check("an entry may have no vector", async ({ store }) => {
    await putOne(store, { vector: null });
    equal((await store.get("n", "k"))?.vector, null);
  });

  check("a vector comes back bit for bit", async ({ store }) => {
    const vector = Float32Array.of(1e-45, -3.4028234663852886e38);
    await putOne(store, { vector });
    equal((await store.get("n", "k"))?.vector, vector);
  });

  check("a vector that is a window of a larger buffer is stored alone", async ({ store }) => {
    const window = Float32Array.of(9, 0.6, 0.8, 9).subarray(1, 3);
    await putOne(store, { vector: window });
    equal((await store.get("n", "k"))?.vector, Float32Array.of(0.6, 0.8));
  });

  check("overwriting keeps the id and resets created, expiry, tags and hits", async ({ store }) => {
    const id = await putOne(store, { expiresAt: 2000, tags: ["old"], metadata: { old: true } });
    await store.commit([{ touch: [id], at: 1500 }]);
    equal(await putOne(store, { createdAt: 3000, value: '"new"', text: "TEXT", vector: null }), id);
    const entry = await store.get("n", "k");
    const put = newEntry({ createdAt: 3000, value: '"new"', text: "TEXT", vector: null });
    equal(entry, { ...put, id, accessedAt: 3000, hits: 0, revision: await store.version() });
    equal(await store.count(), 1);
  });

  check("text, value and metadata are any text", async ({ store }) => {
    for (const [i, text] of HOSTILE.entries()) {
      await putOne(store, {
        key: `k${i}`,
        text,
        value: JSON.stringify(text),
        metadata: { [text]: text },
        tags: [text],
      });
    }
    for (const [i, text] of HOSTILE.entries()) {
      const entry = await store.get("n", `k${i}`);
      equal([entry?.text, entry?.value], [text, JSON.stringify(text)]);
      equal([entry?.metadata, entry?.tags], [{ [text]: text }, [text]]);
    }
  });

  check("a value of 1 MiB comes back whole", async ({ store }) => {
    const value = JSON.stringify("é".repeat(2 ** 19));
    await putOne(store, { value });
    equal((await store.get("n", "k"))?.value === value, true);
  });

  check("what is returned is the caller's own", async ({ store }) => {
    await putOne(store, { metadata: { a: ["x"] }, tags: ["t"] });
    const spoil = (await store.get("n", "k"))!;
    spoil.value = "spoilt";
    spoil.vector!.fill(9);
    spoil.tags.push("spoilt");
    (spoil.metadata.a as string[]).push("spoilt");
    const entry = (await store.get("n", "k"))!;
    equal([entry.value, entry.tags, entry.metadata], ['"value"', ["t"], { a: ["x"] }]);
    equal(entry.vector, Float32Array.of(0.6, 0.8));
  });

  check("what is passed stays the caller's own", async ({ store }) => {
    const put = newEntry({ metadata: { a: ["x"] }, tags: ["t"] });
    await store.commit([{ put }]);
    put.vector!.fill(9);
    put.tags.push("spoilt");
    (put.metadata.a as string[]).push("spoilt");
    const entry = (await store.get("n", "k"))!;
    equal([entry.tags, entry.metadata], [["t"], { a: ["x"] }]);
    equal(entry.vector, Float32Array.of(0.6, 0.8));
  });

  check("removing takes the known ids and passes over the unknown", async ({ store }) => {
    const a = await putOne(store, { key: "a" });
    const b = await putOne(store, { key: "b" });
    const { applied } = await store.commit([{ remove: [b, 999_999] }]);
    equal(applied, [[b]]);
    equal(await store.get("n", "b"), undefined);
    equal(
      (await collect(store.scan())).map((entry) => entry.id),
      [a],
    );
  });

  check("a removed id is never used again", async ({ store }) => {
    const first = await putOne(store);
    await store.commit([{ remove: [first] }]);
    const second = await putOne(store);
    ok(second > first, `${second} > ${first}`);
    await store.clear();
    ok((await putOne(store)) > second, "nor after clear");
  });

  check("touching sets the time and counts", async ({ store }) => {
    const id = await putOne(store);
    const { applied } = await store.commit([{ touch: [id, 999_999], at: 5000 }]);
    equal(applied, [[id]]);
    const entry = await store.get("n", "k");
    equal([entry?.accessedAt, entry?.hits, entry?.createdAt, entry?.expiresAt], [5000, 1, 1000, null]);
  });

  check("touching and removing many ids affects each known one once", async ({ store }) => {
    const ids: number[] = [];
    for (let i = 0; i < 150; i++) ids.push(await putOne(store, { key: String(i) }));
    const asked = [999_999, ids[1]!, ids[0]!, ids[1]!, ids[2]!];
    const ascending = (list: number[]): number[] => [...list].sort((a, b) => a - b);
    const touched = await store.commit([{ touch: asked, at: 5000 }]);
    equal(ascending(touched.applied[0]!), ids.slice(0, 3));
    equal(
      (await store.getMany(ids.slice(0, 4))).map((entry) => entry?.hits),
      [1, 1, 1, 0],
    );
    equal((await store.getMany(ids)).filter((entry) => entry !== undefined).length, 150, "getMany has no limit");
    const removed = await store.commit([{ remove: [...asked, ...ids.slice(10)] }]);
    equal(ascending(removed.applied[0]!), [...ids.slice(0, 3), ...ids.slice(10)]);
    equal(await store.count(), 7);
  });

  check("clear and removeExpired have no limit", async ({ store }) => {
    const put = async (): Promise<void> => {
      await store.commit(
        Array.from({ length: 250 }, (_, i) => ({ put: newEntry({ key: String(i), expiresAt: 2000 }) })),
      );
    };
    await put();
    equal((await store.removeExpired(2000)).length, 250);
    await put();
    equal(await store.clear("n"), 250);
    equal(await store.count(), 0);
  });

  check("a failure in the middle of a large commit undoes all of it", async ({ store }) => {
    const kept = await putOne(store, { key: "kept" });
    const version = await store.version();
    const puts = Array.from({ length: 20 }, (_, i) => ({ put: newEntry({ key: String(i), namespace: `m${i}` }) }));
    await fails(
      () =>
        store.commit([
          ...puts,
          { touch: [kept], at: 9000 },
          { remove: [kept] },
          { put: newEntry({ key: "0", namespace: "m0" }), when: "absent" },
          { put: newEntry({ key: "last" }) },
        ]),
      "conflict",
    );
    equal([await store.count(), await store.version(), await store.namespaces()], [1, version, ["n"]]);
    equal((await store.getMany([kept]))[0]?.hits, 0);
    equal((await store.changesSince(version))?.removed, []);
  });

  check("conditions see what the changes before them did", async ({ store }) => {
    const id = await putOne(store);
    const again = { put: newEntry({ value: '"again"' }) };
    await store.commit([{ remove: [id] }, { ...again, when: "absent" }]);
    const entry = (await store.get("n", "k"))!;
    ok(entry.id > id, "a new entry");
    await fails(
      () => store.commit([{ remove: [entry.id] }, again, { remove: [entry.id] }, { ...again, when: "absent" }]),
      "conflict",
    );
    equal(await store.get("n", "k"), entry);
  });

  check("conditions see expiry as the changes before them leave it", async ({ store }) => {
    const id = await putOne(store, { expiresAt: 2000 });
    const absent = { put: newEntry({ value: '"new"' }), when: "absent" } as const;
    const expire = (expiredAt: number) => ({ remove: [id], when: { expiredAt } });
    await fails(() => store.commit([expire(1999), absent]), "conflict");
    await fails(() => store.commit([{ touch: [id], at: 1, expiresAt: null }, expire(2000), absent]), "conflict");
    await fails(() => store.commit([{ touch: [id], at: 1, expiresAt: 3000 }, expire(2000), absent]), "conflict");
    equal((await store.get("n", "k"))?.hits, 0);
    await store.commit([{ touch: [id], at: 1, expiresAt: 1500 }, expire(1500), absent]);
    equal((await store.get("n", "k"))?.value, '"new"');
  });

  check("a revision can be foreseen within a commit", async ({ store }) => {
    const revision = (await store.version()) + 1;
    await store.commit([{ put: newEntry() }, { put: newEntry({ value: '"again"' }), when: { revision } }]);
    equal((await store.get("n", "k"))?.value, '"again"');
  });

  check("what getMany and scan return is the caller's own, too", async ({ store }) => {
    const id = await putOne(store, { metadata: { a: ["x"] }, tags: ["t"] });
    for (const read of [
      async () => (await store.getMany([id]))[0]!,
      async () => (await collect(store.scan()))[0]!,
      async () => (await store.changesSince(0))!.puts[0]!,
    ]) {
      const spoil = await read();
      spoil.tags.push("spoilt");
      spoil.vector!.fill(9);
      (spoil.metadata.a as string[]).push("spoilt");
      const entry = await read();
      equal([entry.tags, entry.metadata], [["t"], { a: ["x"] }]);
      equal(entry.vector, Float32Array.of(0.6, 0.8));
    }
  });

  check("touching may move the expiry", async ({ store }) => {
    const id = await putOne(store, { expiresAt: 2000 });
    await store.commit([{ touch: [id], at: 1500, expiresAt: 2500 }]);
    equal((await store.get("n", "k"))?.expiresAt, 2500);
    await store.commit([{ touch: [id], at: 1600, expiresAt: null }]);
    equal((await store.get("n", "k"))?.expiresAt, null);
  });

  check("a commit's changes happen in order", async ({ store }) => {
    const id = await putOne(store);
    const { applied } = await store.commit([
      { put: newEntry({ value: "1" }) },
      { put: newEntry({ value: "2" }) },
      { touch: [id], at: 7000 },
      { remove: [id] },
      { put: newEntry({ value: "3" }) },
    ]);
    equal(applied.slice(0, 4), [[id], [id], [id], [id]]);
    const entry = await store.get("n", "k");
    ok(entry !== undefined && entry.id > id, "put after its removal, it is a new entry");
    equal(entry?.value, "3");
  });

  check("put when absent: refused when present, and nothing of the commit happens", async ({ store }) => {
    const id = await putOne(store);
    const version = await store.version();
    await fails(
      () =>
        store.commit([
          { put: newEntry({ key: "other" }) },
          { remove: [id] },
          { put: newEntry({ key: "other" }), when: "absent" },
        ]),
      "conflict",
    );
    equal(await store.count(), 1);
    equal(await store.get("n", "other"), undefined);
    equal(await store.version(), version);
    await store.commit([{ put: newEntry({ key: "other" }), when: "absent" }]);
    equal(await store.count(), 2);
  });

  check("put when at a revision: refused when it moved on", async ({ store }) => {
    await putOne(store);
    const { revision } = (await store.get("n", "k"))!;
    await store.commit([{ put: newEntry({ value: '"a"' }), when: { revision } }]);
    await fails(() => store.commit([{ put: newEntry({ value: '"b"' }), when: { revision } }]), "conflict");
    await fails(() => store.commit([{ put: newEntry({ key: "none" }), when: { revision } }]), "conflict");
    equal((await store.get("n", "k"))?.value, '"a"');
  });

  check("two writers of one key make one row", async ({ store }) => {
    await Promise.all(Array.from({ length: 20 }, (_, i) => putOne(store, { value: String(i) })));
    equal(await store.count(), 1);
    equal((await collect(store.scan())).length, 1);
  });

  check("meta values are set, overwritten and read", async ({ store }) => {
    equal(await store.getMeta("m"), undefined);
    for (const [i, text] of HOSTILE.entries()) await store.setMeta(text, `${i}${text}`);
    for (const [i, text] of HOSTILE.entries()) equal(await store.getMeta(text), `${i}${text}`);
    await store.setMeta("m", "1");
    await store.setMeta("m", "2");
    await store.clear();
    equal(await store.getMeta("m"), "2", "clear leaves meta values");
  });
}
