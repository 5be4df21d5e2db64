// A process that is meant to be killed while it fills one SQLite file from another. What was there when it began it must not
// embed again.
//   reembed-entry.js ENGINE FROM TO
import { sqliteStore } from "../../adapters/stores/sqlite-index.ts";
import { reembed } from "../../src/cache/reembed.ts";
import type { Store } from "../../src/index.ts";
import { normalise } from "../../src/text/normalise.ts";
import { equal, ok } from "../conformance/assert.ts";
import { collect } from "../conformance/store-under-test.ts";
import {
  asked,
  expected,
  holdings,
  NEW,
  NEW_IDENTITY,
  NOW,
  OLD_IDENTITY,
  questions,
} from "../unit/reembed-fixtures.ts";
import { ENGINES } from "../unit/sqlite-engines.test.ts";

const ENTRIES = 1500;

const [engine, fromFile, toFile] = process.argv.slice(2) as [string, string, string];
const openFile = await ENGINES[engine]!();
const [from, to] = [fromFile, toFile].map((file) => sqliteStore(openFile(file).open)) as [Store, Store];

if ((await from.identify!()) === undefined) {
  await asked(questions(ENTRIES), from);
} else {
  await from.open(OLD_IDENTITY);
}
const there = new Set<string>();
if ((await to.identify!()) !== undefined) {
  await to.open(NEW_IDENTITY);
  for (const { text } of await collect(to.scan())) there.add(normalise(text));
}
process.stdout.write(`ready ${there.size}\n`);
const embed = async (texts: readonly string[]): Promise<Float32Array[]> => {
  for (const text of texts) ok(!there.has(text), `"${text}" was there, and is embedded again`);
  await new Promise((resolve) => setTimeout(resolve, 2));
  return NEW.embed(texts);
};
// It may have been killed when all was done but saying so.
if (there.size === 0 || (await to.getMeta("migration")) !== "finished") {
  const options = { batch: 8, concurrency: 4, attempts: 1, clock: () => NOW };
  const { entries } = await reembed({ from, to, embedder: { ...NEW, embed }, ...options });
  equal(entries, ENTRIES);
}
equal(await holdings(to), await expected(from));
await from.close();
await to.close();
process.stdout.write("whole\n");
