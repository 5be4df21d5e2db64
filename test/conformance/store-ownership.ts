import type { Change } from "../../src/index.ts";
import { equal } from "./assert.ts";
import { type Check, collect, newEntry, putOne } from "./store-under-test.ts";

export function testOwnership(check: Check): void {
  check("F25 what is returned is the caller's own", async ({ store }) => {
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

  check("what is passed stays the caller's own while the commit is under way", async ({ store }) => {
    await putOne(store, { key: "a" });
    const id = await putOne(store, { key: "b" });
    const put = newEntry({ key: "c", metadata: { a: ["x"] }, tags: ["t"] });
    const touch = [id];
    const changes: Change[] = [{ put: newEntry({ key: "d" }) }, { touch, at: 5000 }, { put }];
    const committed = store.commit(changes);
    put.vector!.fill(9);
    put.tags.push("spoilt");
    (put.metadata.a as string[]).push("spoilt");
    put.value = "spoilt";
    touch[0] = 999_999;
    changes.length = 0;
    await committed;
    const entry = (await store.get("n", "c"))!;
    equal([entry.value, entry.tags, entry.metadata], ['"value"', ["t"], { a: ["x"] }]);
    equal(entry.vector, Float32Array.of(0.6, 0.8));
    equal((await store.getMany([id]))[0]?.hits, 1);
  });

  check("what is passed is not changed: it may be frozen", async ({ store }) => {
    const metadata = Object.freeze({ a: Object.freeze(["x"]) });
    const put = Object.freeze(newEntry({ metadata, tags: Object.freeze(["t"]) as string[] }));
    const { applied } = await store.commit(Object.freeze([Object.freeze({ put })]));
    const ids = Object.freeze([applied[0]![0]!]);
    await store.commit(Object.freeze([Object.freeze({ touch: ids, at: 2000 }), Object.freeze({ remove: ids })]));
    equal(await store.count(), 0);
    equal(put, newEntry({ metadata: { a: ["x"] }, tags: ["t"] }));
  });

  check("an id asked for twice is answered with two objects", async ({ store }) => {
    const id = await putOne(store, { tags: ["t"] });
    const [one, two] = await store.getMany([id, id]);
    one!.tags.push("spoilt");
    one!.vector!.fill(9);
    equal([two!.tags, two!.vector], [["t"], Float32Array.of(0.6, 0.8)]);
  });

  check("lists that are returned are the caller's own", async ({ store }) => {
    const { applied } = await store.commit([{ put: newEntry() }]);
    const id = applied[0]![0]!;
    applied[0]!.push(7);
    (await store.oldest(9)).push(7);
    (await store.namespaces()).push("spoilt");
    const feed = (await store.changesSince(0))!;
    feed.removed.push(7);
    feed.puts.length = 0;
    equal([await store.oldest(9), await store.namespaces()], [[id], ["n"]]);
    const again = (await store.changesSince(0))!;
    equal([again.removed, again.puts.map((entry) => entry.id)], [[], [id]]);
  });
}
