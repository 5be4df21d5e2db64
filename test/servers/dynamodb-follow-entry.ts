// One of two processes with caches on one table, that does what it is told, a line at a time, and meanwhile writes on its own.
//   dynamodb-follow-entry.ts NAME ENDPOINT PREFIX
import { createInterface } from "node:readline";
import { dynamodbStore } from "../../adapters/stores/dynamodb.ts";
import { type Change, MnemeError, SemanticCache } from "../../src/index.ts";
import type { Order } from "../chaos/follow.ts";
import { newEntry } from "../conformance/store-under-test.ts";
import { installed } from "../stage.ts";
import { WORDS } from "../unit/cache-fixtures.ts";
import { Stores } from "./dynamodb-stores.ts";
import { STALENESS_MS, STORM, type StormOrder, type Told } from "./dynamodb-together.ts";

const KEYS = 6;

const [name, endpoint, prefix] = process.argv.slice(2) as [string, string, string];
const stores = new Stores({ endpoint, front: endpoint, aws: await installed("@aws-sdk/client-dynamodb") });
const store = dynamodbStore(stores.options({ prefix }));
const options = { embedder: WORDS, mode: "stale-tolerant" } as const;
const cache = await SemanticCache.open({ ...options, store });
const late = await SemanticCache.open({
  ...options,
  store: dynamodbStore(stores.options({ prefix })),
  staleness: STALENESS_MS,
});

const told: Told = { counted: 0, commits: 0, made: [], followed: [], version: 0 };
const followed = new Map<number, string>();
let storming = false;
let storm: Promise<void> | undefined;

console.log("ready");
for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await obey(JSON.parse(line) as Order | StormOrder)));
}
await Promise.all([cache.close(), late.close()]);
process.exit(0); // connections are kept

async function obey(order: Order | StormOrder): Promise<unknown> {
  const { verb, query, namespace, response } = order as Order & StormOrder;
  switch (verb) {
    case "get":
      return (await cache.get(query, { namespace, threshold: 0.8 }))?.response ?? null;
    case "late get":
      return (await late.get(query, { namespace }))?.response ?? null;
    case "put":
      return cache.put(query, response, { namespace });
    case "delete":
      return cache.delete(query, { namespace });
    case "clear":
      return cache.clear(namespace);
    case "storm":
      storming = true;
      storm = write();
      return "begun";
    case "calm":
      storming = false;
      await storm;
      return "over";
    default:
      await follow();
      told.followed = [...followed].sort(([a], [b]) => a - b);
      return told;
  }
}

async function write(): Promise<void> {
  for (let n = 0; storming; n++) {
    await countUp();
    await change(n);
    await follow();
  }
}

/** Until the counter was at the revision it was read at. */
async function countUp(): Promise<void> {
  for (let done = false; !done; ) {
    const { value, revision } = (await store.get(STORM, "counter"))!;
    const put = newEntry({ namespace: STORM, key: "counter", value: `${Number(value) + 1}` });
    done = (await commit([{ put, when: { revision } }])) !== undefined;
  }
  told.counted++;
}

async function change(n: number): Promise<void> {
  const key = `${n % KEYS}`;
  const known = await store.get(STORM, key);
  const put = newEntry({ namespace: STORM, key, value: `${name} ${n}` });
  if (known === undefined) {
    const applied = await commit([{ put, when: "absent" }]);
    if (applied) told.made.push(applied[0]![0]!);
  } else if (n % 3 === 0) await commit([{ remove: [known.id] }]);
  else await commit([{ touch: [known.id], at: n }]);
}

/** Undefined when the other was faster. */
async function commit(changes: Change[]): Promise<number[][] | undefined> {
  try {
    const { applied } = await store.commit(changes);
    told.commits++;
    return applied;
  } catch (error) {
    if (error instanceof MnemeError && error.code === "conflict") return undefined;
    throw error;
  }
}

async function follow(): Promise<void> {
  const { version, puts, removed } = (await store.changesSince(told.version))!;
  for (const id of removed) followed.delete(id);
  for (const { id, namespace, value } of puts) if (namespace === STORM) followed.set(id, value);
  told.version = version;
}
