// One of two processes with a cache on one Postgres, that does what it is told, a line at a time.
//   postgres-follow-entry.ts INDEX URL SCHEMA

import { createInterface } from "node:readline";
import { postgresStore } from "../../adapters/stores/postgres.ts";
import { SemanticCache } from "../../src/index.ts";
import type { Order } from "../chaos/follow.ts";
import { WORDS } from "../unit/cache-fixtures.ts";
import { PATIENT } from "./patient.ts";
import { pgPool } from "./postgres-clients.ts";

const [index, url, schema] = process.argv.slice(2) as ["store" | "exact", string, string];
const client = await pgPool(url);
const store = postgresStore({ ...PATIENT, client, schema, vectors: "pgvector" });
const cache = await SemanticCache.open({
  embedder: WORDS,
  store,
  index,
  ...(index === "exact" && { mode: "stale-tolerant" }),
});

console.log("ready");
for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await obey(JSON.parse(line) as Order)));
}
await cache.close();
await client.end();

async function obey({ verb, query, namespace, response }: Order): Promise<unknown> {
  if (verb === "get") return (await cache.get(query, { namespace, threshold: 0.8 }))?.response ?? null;
  if (verb === "put") return cache.put(query, response, { namespace });
  if (verb === "delete") return cache.delete(query, { namespace });
  return cache.clear(namespace);
}
