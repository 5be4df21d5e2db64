// A process that is meant to be killed: it first checks what the ones before it were told is stored, then stores more and
// more, telling each key once the store has acknowledged it.
//   writer-entry.js ENGINE FILE ACKNOWLEDGED ROUND
import { readFileSync } from "node:fs";
import { sqliteStore } from "../../adapters/stores/sqlite-index.ts";
import { ENGINES } from "../unit/sqlite-engines.test.ts";
import { IDENTITY, keysOf, putsOf, verify } from "./entries.ts";

/** Should nobody kill it, it ends by itself. */
const MOST_COMMITS = 1000;

const [engine, file, acknowledged, round] = process.argv.slice(2) as [string, string, string, string];
const store = sqliteStore((await ENGINES[engine]!())(file).open);
store.open(IDENTITY);
await verify(store, readFileSync(acknowledged, "utf8").split("\n").filter(Boolean));
console.log("ready");

if (round !== "last") {
  for (let i = 0; i < MOST_COMMITS; i++) {
    const keys = keysOf(round, i);
    store.commit(putsOf(keys));
    process.stdout.write(`${keys.join("\n")}\n`);
    if (i % 7 === 6) store.commit([{ touch: store.oldest(5), at: i }]);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
store.close();
