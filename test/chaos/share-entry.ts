// One of several processes that use one new file at once, from the moment given on; or, without a moment, who checks at last.
//   share-entry.ts ENGINE FILE NAME [MOMENT]
import { sqliteStore } from "../../adapters/stores/sqlite-index.ts";
import { MnemeError, type SyncStore } from "../../src/index.ts";
import { ok } from "../conformance/assert.ts";
import { newEntry } from "../conformance/store-under-test.ts";
import { ENGINES } from "../unit/sqlite-engines.test.ts";

const LIVES = 12;
const COMMITS = 10;

const [engine, file, name, moment] = process.argv.slice(2) as [string, string, string, string | undefined];
const openFile = await ENGINES[engine]!();

if (moment === undefined) {
  using((store) => {
    const writers = name.split(",");
    for (const writer of writers) {
      for (let life = 0; life < LIVES; life++) {
        for (let i = 0; i < COMMITS; i++) {
          const found = store.get(writer, `${life}-${i}`)?.value;
          ok(found === (i === 3 ? undefined : `${i}`), `${writer} ${life}-${i}: ${found}`);
        }
      }
    }
    const total = writers.length * LIVES * COMMITS;
    const counted = store.get("shared", "counter")?.value;
    ok(counted === `${total}`, `counted to ${counted} of ${total}`);
    const version = total + writers.length * LIVES; // one more in each life: a removal
    ok(store.version() === version, `version ${store.version()} of ${version}`);
    ok(store.check().ok, JSON.stringify(store.check()));
  });
} else {
  while (Date.now() < Number(moment)); // all at once
  for (let life = 0; life < LIVES; life++) using((store) => live(store, life));
}

function live(store: SyncStore, life: number): void {
  for (let i = 0; i < COMMITS; i++) {
    const own = { put: newEntry({ namespace: name, key: `${life}-${i}`, value: `${i}` }), when: "absent" } as const;
    // Counting together: by whoever read it last.
    for (let done = false; !done; ) {
      const known = store.get("shared", "counter");
      const put = newEntry({ namespace: "shared", key: "counter", value: `${Number(known?.value ?? 0) + 1}` });
      try {
        store.commit([own, { put, when: known === undefined ? "absent" : { revision: known.revision } }]);
        done = true;
      } catch (error) {
        if (!(error instanceof MnemeError && error.code === "conflict")) throw error;
      }
    }
    if (i === 3) store.commit([{ remove: [store.get(name, `${life}-3`)!.id] }]);
    if (i % 4 === 0) store.commit([{ touch: store.oldest(3), at: i }]);
    const feed = store.changesSince(Math.max(0, store.version() - 5));
    ok(
      feed?.puts.every(({ revision }) => revision <= feed.version),
      "the feed is of one moment",
    );
  }
}

function using(use: (store: SyncStore) => void): void {
  const { open, close } = openFile(file);
  const store = sqliteStore(open);
  store.open({ fingerprint: "shared", dimensions: 2 });
  use(store);
  store.close();
  close?.();
}
