// A process that is meant to be killed: it first checks what the ones before it were told is stored, then stores more and
// more, telling each key once the store has acknowledged it.
//   writer-entry.js ENGINE FILE ACKNOWLEDGED ROUND
import { readFileSync } from "node:fs";
import { sqliteStore } from "../../adapters/stores/sqlite-index.ts";
import { ok } from "../conformance/assert.ts";
import { newEntry } from "../conformance/store-under-test.ts";
import { ENGINES } from "../unit/sqlite-engines.test.ts";

/** Should nobody kill it, it ends by itself. */
const MOST_COMMITS = 1000;

const [engine, file, acknowledged, round] = process.argv.slice(2) as [string, string, string, string];
const store = sqliteStore((await ENGINES[engine]!())(file).open);
store.open({ fingerprint: "chaos", dimensions: 64 });

const check = store.check();
ok(check.ok, `the store is damaged: ${JSON.stringify(check)}`);
const keys = readFileSync(acknowledged, "utf8").split("\n").filter(Boolean);
for (const key of keys) {
  const entry = store.get("chaos", key);
  ok(entry !== undefined, `${key} was acknowledged and is lost`);
  ok(
    entry.value === storedValue(key) && vectorOf(key).every((x, i) => x === entry.vector?.[i]),
    `${key} is half an entry`,
  );
}
// What was not acknowledged may be there or not, but never in part.
for (const entry of store.scan()) ok(entry.value === storedValue(entry.key), `${entry.key} is half an entry`);
ok(store.count() >= new Set(keys).size, "entries are missing");
console.log("ready");

if (round !== "last") {
  for (let i = 0; i < MOST_COMMITS; i++) {
    const names = Array.from({ length: 1 + (i % 4) }, (_, part) => `${round}-${i}-${part}`);
    store.commit(names.map((key) => ({ put: entryOf(key) })));
    process.stdout.write(`${names.join("\n")}\n`);
    if (i % 7 === 6) store.commit([{ touch: store.oldest(5), at: i }]);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
store.close();

function entryOf(key: string) {
  return newEntry({ namespace: "chaos", key, value: storedValue(key), vector: vectorOf(key) });
}

function storedValue(key: string): string {
  return JSON.stringify(key.repeat(100));
}

function vectorOf(key: string): Float32Array {
  return Float32Array.from({ length: 64 }, (_, i) => key.charCodeAt(i % key.length) + i);
}
