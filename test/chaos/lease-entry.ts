// One of several processes of one store, of which one at a time computes.
//   lease-entry.ts FILE NAME [hang]     prints "asked" before it asks, "computing" when it computes, and what it was answered
import { SemanticCache } from "../../src/index.ts";
import { QUESTION, WORDS } from "../unit/cache-fixtures.ts";
import { LEASE_MS } from "./lease-time.ts";

const [path, name, hang] = process.argv.slice(2) as [string, string, string | undefined];
await using cache = await SemanticCache.open({ embedder: WORDS, path, lease: LEASE_MS });
console.log("asked");
const { response, hit } = await cache.wrap(QUESTION, async () => {
  console.log("computing");
  // What is killed may be doing anything; here it does nothing, as long as somebody keeps it alive.
  if (hang !== undefined) await new Promise((resolve) => setTimeout(resolve, 600_000));
  await new Promise((resolve) => setTimeout(resolve, 2 * LEASE_MS)); // it has to be renewed meanwhile
  return name;
});
console.log(JSON.stringify({ response, layer: hit?.layer ?? null }));
