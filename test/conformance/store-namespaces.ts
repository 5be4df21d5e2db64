import { equal } from "./assert.ts";
import { type Check, collect, newEntry, putOne, reopened } from "./store-under-test.ts";

/** Names that a careless key, pattern or path would mix up. */
const NAMES = [
  "a",
  "a:b",
  "a:",
  ":a",
  "A",
  "a%",
  "%",
  "_",
  "a*",
  "*",
  "a/b",
  "a|b",
  "",
  "\u0000",
  "a\u0000",
  "🧠",
  "\ud83d",
  "\ud83e",
  "x".repeat(10_240),
  `${"x".repeat(10_239)}y`,
  "__proto__",
  "constructor",
  "a ",
  " a",
  "a\n",
  "é",
  "e\u0301",
  "a' OR 'a' = 'a",
  "n); DROP TABLE mneme_entries; --",
  "../a",
  "a\\",
  "null",
  "0",
];

export function testNamespaces(check: Check): void {
  check("the same key in two namespaces is two entries", async ({ store }) => {
    const ids = new Set<number>();
    for (const namespace of NAMES) ids.add(await putOne(store, { namespace, value: JSON.stringify(namespace) }));
    equal(ids.size, NAMES.length);
    for (const namespace of NAMES) {
      const entry = await store.get(namespace, "k");
      equal([entry?.namespace, entry?.value], [namespace, JSON.stringify(namespace)]);
    }
  });

  check("counting, scanning and order stay inside a namespace", async ({ store }) => {
    for (const namespace of NAMES) {
      await putOne(store, { namespace, key: "1" });
      await putOne(store, { namespace, key: "2" });
    }
    equal(await store.count(), 2 * NAMES.length);
    for (const namespace of NAMES) {
      equal(await store.count(namespace), 2);
      const scanned = await collect(store.scan({ namespace }));
      equal(
        scanned.map((entry) => [entry.namespace, entry.key]),
        [
          [namespace, "1"],
          [namespace, "2"],
        ],
      );
      equal(
        await store.oldest(9, namespace),
        scanned.map((entry) => entry.id),
      );
    }
  });

  check("an unknown namespace is empty", async ({ store }) => {
    await putOne(store);
    equal(await store.count("nobody"), 0);
    equal(await store.oldest(5, "nobody"), []);
    equal(await collect(store.scan({ namespace: "nobody" })), []);
    equal(await store.clear("nobody"), 0);
  });

  check("clearing one namespace leaves every other", async ({ store }) => {
    for (const namespace of NAMES) await putOne(store, { namespace });
    let left = NAMES.length;
    for (const namespace of NAMES) {
      equal(await store.clear(namespace), 1, JSON.stringify(namespace.slice(0, 9)));
      equal(await store.count(), --left);
    }
  });

  check("clearing without a name takes everything", async ({ store }) => {
    for (const namespace of NAMES) await putOne(store, { namespace });
    equal(await store.clear(), NAMES.length);
    equal(await store.count(), 0);
    equal(await store.namespaces(), []);
  });

  check("namespaces() are those with entries, sorted, each once", async ({ store }) => {
    equal(await store.namespaces(), []);
    for (const namespace of NAMES) {
      await putOne(store, { namespace, key: "1" });
      await putOne(store, { namespace, key: "2" });
    }
    equal(await store.namespaces(), [...NAMES].sort());
    const { id } = (await store.get("a", "1"))!;
    await store.commit([{ remove: [id] }]);
    equal((await store.namespaces()).includes("a"), true);
    await store.clear("a");
    equal((await store.namespaces()).includes("a"), false);
  });

  check("expiry in one namespace leaves every other", async ({ store }) => {
    const put = (namespace: string) => ({ put: newEntry({ namespace, expiresAt: 2000 }) });
    await store.commit(NAMES.map(put));
    let left = NAMES.length;
    for (const namespace of NAMES) {
      equal((await store.removeExpired(2000, namespace)).length, 1, JSON.stringify(namespace.slice(0, 9)));
      equal(await store.count(), --left);
    }
  });

  check("a namespace goes with its last entry, however it goes", async ({ store }) => {
    const removed = await putOne(store, { namespace: "removed" });
    await putOne(store, { namespace: "expired", expiresAt: 1 });
    await putOne(store, { namespace: "cleared" });
    await putOne(store, { namespace: "kept" });
    await store.commit([{ remove: [removed] }]);
    await store.removeExpired(2, "expired");
    await store.clear("cleared");
    equal(await store.namespaces(), ["kept"]);
    await putOne(store, { namespace: "removed" });
    equal(await store.namespaces(), ["kept", "removed"], "and comes again");
  });

  check("namespaces are there after reopening, each with its own", async (under) => {
    await under.store.commit(NAMES.map((namespace) => ({ put: newEntry({ namespace, text: namespace }) })));
    await reopened(under, async (store) => {
      equal(await store.namespaces(), [...NAMES].sort());
      for (const namespace of NAMES) equal((await store.get(namespace, "k"))?.text === namespace, true);
    });
  });
}
