// One of two processes that write and read one store for some seconds.
//   dynamodb-writer-entry.ts ENDPOINT PREFIX
import { dynamodbStore } from "../../adapters/stores/dynamodb.ts";
import type { Change } from "../../src/index.ts";
import { IDENTITY, newEntry } from "../conformance/store-under-test.ts";
import { installed } from "../stage.ts";
import { Stores } from "./dynamodb-stores.ts";
import type { Told } from "./dynamodb-writers.ts";

const SECONDS = 4;
const KEYS = 6;

const [endpoint, prefix] = process.argv.slice(2) as [string, string];
const stores = new Stores({ endpoint, front: endpoint, aws: await installed("@aws-sdk/client-dynamodb") });
const store = dynamodbStore(stores.options({ prefix }));
await store.open(IDENTITY);

const told: Told = { counted: 0, ids: [], followed: [], version: 0 };
const followed = new Map<number, string>();
for (const end = Date.now() + SECONDS * 1000, i = { n: 0 }; Date.now() < end; i.n++) {
  await countUp();
  await change(i.n);
  await follow();
}
console.log("done");
for await (const _ of process.stdin) break;
await follow();
told.followed = [...followed].sort(([a], [b]) => a - b);
console.log(JSON.stringify(told));
await store.close();
process.exit(0);

async function countUp(): Promise<void> {
  const { value, revision } = (await store.get("counter", "k"))!;
  const put = newEntry({ namespace: "counter", value: `${Number(value) + 1}` });
  if (await commit([{ put, when: { revision } }])) told.counted++;
}

async function change(n: number): Promise<void> {
  const key = `${n % KEYS}`;
  const known = await store.get("n", key);
  const put = newEntry({ key, value: `${process.pid} ${n}` });
  if (known === undefined) {
    const applied = await commit([{ put, when: "absent" }]);
    if (applied) told.ids.push(applied[0]![0]!);
  } else if (n % 3 === 0) await commit([{ remove: [known.id] }]);
  else await commit([{ touch: [known.id], at: n }]);
}

/** Undefined when the other was faster. */
async function commit(changes: Change[]): Promise<number[][] | undefined> {
  try {
    return (await store.commit(changes)).applied;
  } catch (error) {
    if ((error as { code?: string }).code === "conflict") return undefined;
    throw error;
  }
}

async function follow(): Promise<void> {
  const { version, puts, removed } = (await store.changesSince(told.version))!;
  for (const id of removed) followed.delete(id);
  for (const { id, value } of puts) followed.set(id, value);
  told.version = version;
}
