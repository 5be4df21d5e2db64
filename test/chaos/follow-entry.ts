// One of several processes with a cache on one file, that does what it is told, a line at a time.
//   follow-entry.ts ENGINE FILE
import { createInterface } from "node:readline";
import { sqliteStore } from "../../adapters/stores/sqlite-index.ts";
import { SemanticCacheSync } from "../../src/index.ts";
import { WORDS } from "../unit/cache-fixtures.ts";
import { ENGINES } from "../unit/sqlite-engines.test.ts";
import type { Order } from "./follow.ts";

const [engine, file] = process.argv.slice(2) as [string, string];
const { open, close } = (await ENGINES[engine]!())(file);
const cache = SemanticCacheSync.open({ embedder: WORDS, store: sqliteStore(open), mode: "stale-tolerant" });

console.log("ready");
for await (const line of createInterface({ input: process.stdin })) console.log(JSON.stringify(obey(JSON.parse(line))));
cache.close();
close?.();

function obey({ verb, query, namespace, response }: Order): unknown {
  if (verb === "get") return cache.get(query, { namespace, threshold: 0.8 })?.response ?? null;
  if (verb === "put") return cache.put(query, response, { namespace });
  if (verb === "delete") return cache.delete(query, { namespace });
  return cache.clear(namespace);
}
