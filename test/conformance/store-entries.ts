import type { JsonObject } from "../../src/index.ts";
import { equal, fails, ok } from "./assert.ts";
import { type Check, collect, newEntry, putOne, reopened } from "./store-under-test.ts";

export const HOSTILE = [
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

/** Apart from each other only in case, in a space, in normal form, in a last character, or in being a name of Object's. */
export const HAIRS = [
  "key",
  "Key",
  "key ",
  " key",
  "key\n",
  "key\u0000",
  "key\u00a0",
  "ｋｅｙ",
  "\u212b",
  "\u00c5",
  "A\u030a",
  "ß",
  "ss",
  "1",
  "01",
  "1.0",
  "1e0",
  "null",
  "undefined",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "x".repeat(10_239),
  "x".repeat(10_240),
  `${"x".repeat(10_239)}y`,
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

  check("a put may bring its uses along: when it was last used, and how often", async ({ store }) => {
    await putOne(store, { key: "first" });
    const used = { at: 5000, hits: 3_000_000_000 };
    const { applied } = await store.commit([
      { put: newEntry({ key: "copy" }), used },
      { put: newEntry({ key: "first" }), used: { at: 4000, hits: 0 } },
    ]);
    const [copy, first] = applied.map(([id]) => id!);
    const usesOf = async (key: string): Promise<unknown> => {
      const entry = await store.get("n", key);
      return [entry?.createdAt, entry?.accessedAt, entry?.hits];
    };
    equal(await usesOf("copy"), [1000, 5000, 3_000_000_000]);
    equal(await usesOf("first"), [1000, 4000, 0], "over an entry, too");
    equal(await store.oldest(2), [first, copy]);
    await store.commit([{ touch: [copy!], at: 6000 }]);
    equal(await usesOf("copy"), [1000, 6000, 3_000_000_001], "and is counted on");
    await fails(() => store.commit([{ put: newEntry({ key: "copy" }), when: "absent", used }]), "conflict");
    await store.commit([{ put: newEntry({ key: "copy", createdAt: 2000 }) }]);
    equal(await usesOf("copy"), [2000, 2000, 0], "what is put anew has none");
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

  check("touching may move the expiry", async ({ store }) => {
    const id = await putOne(store, { expiresAt: 2000 });
    await store.commit([{ touch: [id], at: 1500, expiresAt: 2500 }]);
    equal((await store.get("n", "k"))?.expiresAt, 2500);
    await store.commit([{ touch: [id], at: 1600, expiresAt: null }]);
    equal((await store.get("n", "k"))?.expiresAt, null);
  });

  check("meta values are set, overwritten and read", async ({ store }) => {
    equal(await store.getMeta("m"), undefined);
    for (const [i, text] of HOSTILE.entries()) await store.setMeta(text, `${i}${text}`);
    for (const [i, text] of HOSTILE.entries()) equal(await store.getMeta(text), `${i}${text}`);
    await store.setMeta("m", "1");
    await store.setMeta("m", "2");
    await store.clear();
    equal(await store.getMeta("m"), "2", "clear leaves meta values");
    const keys = ["m", "none", HOSTILE[3]!, "m"];
    const many = await store.getMetas?.(keys);
    const each = await Promise.all(keys.map((key) => store.getMeta(key)));
    equal(many ?? each, each, "many at once, in the order asked");
    equal((await store.getMetas?.([])) ?? [], []);
  });

  check("empty texts are texts", async (under) => {
    const put = newEntry({ namespace: "", key: "", text: "", value: "", tags: ["", ""], metadata: { "": "" } });
    await under.store.commit([{ put }]);
    await under.store.setMeta("", "");
    await reopened(under, async (store) => {
      const { id, accessedAt, hits, revision, ...entry } = (await store.get("", ""))!;
      equal(entry, put);
      equal([await store.namespaces(), await store.getMeta("")], [[""], ""]);
    });
  });

  check("keys that differ by a hair are different entries", async (under) => {
    const keys = [...HOSTILE, ...HAIRS];
    await under.store.commit(keys.map((key) => ({ put: newEntry({ key, text: key }) })));
    await reopened(under, async (store) => {
      equal(await store.count(), keys.length);
      for (const key of keys) {
        const entry = await store.get("n", key);
        equal([entry?.key === key, entry?.text === key], [true, true], JSON.stringify(key.slice(0, 20)));
      }
    });
  });

  check("namespace and key do not run together", async ({ store }) => {
    const pairs = [
      ["a", "b:c"],
      ["a:b", "c"],
      ["", "ab"],
      ["ab", ""],
      ["a", "b"],
      ["a\u0000", "b"],
      ["a", "\u0000b"],
      ['a","b', "c"],
      ["a", 'b","c'],
    ] as const;
    for (const [namespace, key] of pairs) await putOne(store, { namespace, key, text: `${namespace}+${key}` });
    equal(await store.count(), pairs.length);
    for (const [namespace, key] of pairs) equal((await store.get(namespace, key))?.text, `${namespace}+${key}`);
  });

  check("a vector comes back bit for bit from every reader, also after reopening", async (under) => {
    const vector = Float32Array.of(-0, 0, 1e-45, -1e-45, 1.17549435e-38, 3.4028234663852886e38, 1 / 3, -1);
    const bits = (found: Float32Array | null | undefined) => found && [...new Uint32Array(found.slice().buffer)];
    const id = await putOne(under.store, { vector });
    await reopened(under, async (store) => {
      equal(bits((await store.get("n", "k"))?.vector), bits(vector), "get");
      equal(bits((await store.getMany([id]))[0]?.vector), bits(vector), "getMany");
      equal(bits((await collect(store.scan()))[0]?.vector), bits(vector), "scan");
      equal(bits((await collect(store.scan({ fields: "vectors" })))[0]?.vector), bits(vector), "scan of vectors");
      equal(bits((await store.changesSince(0))?.puts[0]?.vector), bits(vector), "changesSince");
    });
  });

  check("a vector of 3,072 numbers comes back", async ({ store }) => {
    const vector = Float32Array.from({ length: 3072 }, (_, i) => Math.sin(i));
    await putOne(store, { vector });
    equal((await store.get("n", "k"))?.vector, vector);
  });

  check("a vector may be taken away and given again", async ({ store }) => {
    await putOne(store, { vector: null });
    await putOne(store);
    equal((await store.get("n", "k"))?.vector, Float32Array.of(0.6, 0.8));
    await putOne(store, { vector: null });
    equal(
      [(await store.get("n", "k"))?.vector, (await collect(store.scan({ fields: "vectors" })))[0]?.vector],
      [null, null],
    );
  });

  check("metadata is any JSON", async (under) => {
    const numbers = {
      most: Number.MAX_VALUE,
      least: 5e-324,
      safe: Number.MAX_SAFE_INTEGER,
      third: 1 / 3,
      below: -(2 ** 53),
    };
    const deep = JSON.parse(`${"[".repeat(60)}${"]".repeat(60)}`) as [];
    const odd = JSON.parse('{"__proto__":{"x":1},"constructor":2,"toString":null,"2":"b","1":"a"}') as JsonObject;
    const metadata = { ...odd, numbers, deep, odd, empty: [{}, [], "", null, false, 0] };
    await putOne(under.store, { metadata });
    await reopened(under, async (store) => {
      const found = (await store.get("n", "k"))!.metadata;
      equal(JSON.stringify(found), JSON.stringify(metadata));
      equal(({} as Record<string, unknown>).x, undefined, "no prototype was touched");
    });
  });

  check("getMany() is in the order asked whatever is asked", async ({ store }) => {
    equal(await store.getMany([1, 2]), [undefined, undefined]);
    const id = await putOne(store);
    const found = await store.getMany([id, 0, -1, 1.5, Number.MAX_SAFE_INTEGER, 2 ** 31, 2 ** 32 + id, id]);
    equal(
      found.map((entry) => entry?.id),
      [id, undefined, undefined, undefined, undefined, undefined, undefined, id],
    );
    const many = await store.getMany(Array.from({ length: 3000 }, (_, i) => (i % 1000 === 999 ? id : -i - 1)));
    equal([many.length, many.filter((entry) => entry?.id === id).length], [3000, 3]);
  });

  check("an entry of 1 MiB, 1,000 tags and much metadata comes back whole", async ({ store }) => {
    const put = newEntry({
      text: "question ".repeat(20_000),
      value: JSON.stringify("🧠".repeat(2 ** 17)),
      tags: Array.from({ length: 1000 }, (_, i) => `tag ${i}`),
      metadata: { list: Array.from({ length: 5000 }, (_, i) => i) },
    });
    await store.commit([{ put }]);
    const { id, accessedAt, hits, revision, ...entry } = (await store.get("n", "k"))!;
    equal(entry, put);
  });

  check("every use counts: touched three times in a commit, three hits", async ({ store }) => {
    const id = await putOne(store);
    const touch = (at: number) => ({ touch: [id], at });
    await store.commit([touch(3000), touch(5000), touch(4000)]);
    const entry = await store.get("n", "k");
    equal([entry?.hits, entry?.accessedAt], [3, 4000], "the last one sets the time");
  });

  check("touching changes nothing else", async ({ store }) => {
    const id = await putOne(store, { expiresAt: 9000, tags: ["t"], metadata: { a: 1 } });
    const before = (await store.get("n", "k"))!;
    await store.commit([{ touch: [id], at: 5000 }]);
    equal(await store.get("n", "k"), { ...before, accessedAt: 5000, hits: 1 });
  });
}
