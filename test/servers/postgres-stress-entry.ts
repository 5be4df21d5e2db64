// One of two processes that write, remove and follow one store for some seconds. It prints what it did; once told that the
// other has ended too, what it followed.
//   postgres-stress-entry.ts CLIENT URL SCHEMA MS 0|1

import { createInterface } from "node:readline";
import { postgresStore } from "../../adapters/stores/postgres.ts";
import { SemanticCache } from "../../src/index.ts";
import { newEntry } from "../conformance/store-under-test.ts";
import { OTHER, WORDS } from "../unit/cache-fixtures.ts";
import { PATIENT } from "./patient.ts";
import { CLIENTS } from "./postgres-clients.ts";
import type { Done, Followed } from "./postgres-stress.ts";

/** A cache may not know for so long what another has done. */
const STALENESS_MS = 150;

/** What a cache of a process did last, for the other: a question with its answer, or deleted. */
interface Act {
  query: string;
  answer: string | null;
  at: number;
}

const [name, url, schema, ms] = process.argv.slice(2) as [string, string, string, string];
const { client, end } = await CLIENTS[name]!(url, "");
const store = postgresStore({ ...PATIENT, client, schema });
const cache = await SemanticCache.open({
  embedder: WORDS,
  store: postgresStore({ ...PATIENT, client, schema }),
  mode: "stale-tolerant",
  staleness: STALENESS_MS,
});
await store.open(WORDS);

const me = crypto.randomUUID().slice(0, 8);
const done: Done = { commits: 0, counted: 0, kept: [], removed: [], touches: 0, steps: 0, conflicts: 0, known: 0 };
const mirror = new Map<number, number>();
let version = 0;
const until = Date.now() + Number(ms);

await Promise.all([count("a"), count("b"), comeAndGo(1), comeAndGo(2), touch(), follow(), act(), know()]);
console.log(JSON.stringify(done));
for await (const _ of createInterface({ input: process.stdin })) break;
await catchUp();
const followed: Followed = { version, mirror: [...mirror].sort(([a], [b]) => a - b) };
console.log(JSON.stringify(followed));
await end();
process.exit();

/** Both processes count in the same entries; none of their steps may be lost. */
async function count(key: string): Promise<void> {
  while (Date.now() < until) {
    const entry = await store.get("counts", key);
    const value = String(Number(entry?.value ?? 0) + 1);
    const put = newEntry({ namespace: "counts", key, value });
    try {
      await store.commit([{ put, when: entry ? { revision: entry.revision } : "absent" }]);
      done.counted++;
      done.commits++;
    } catch (error) {
      if ((error as { code?: string }).code !== "conflict") throw error;
      done.conflicts++;
    }
  }
}

async function comeAndGo(line: number): Promise<void> {
  for (let i = 0; Date.now() < until; i++) {
    const keys = [`${me} ${line} ${i}`, `${me} ${line} ${i}+`];
    const puts = keys.map((key) => ({ put: newEntry({ namespace: "own", key, value: key }), when: "absent" as const }));
    const [first, second] = (await store.commit(puts)).applied.map(([id]) => id!) as [number, number];
    done.kept.push(first);
    done.commits++;
    const { applied } = await store.commit([{ remove: [second] }]);
    if (applied[0]![0] !== second) throw new Error(`${second} was not there to remove`);
    done.removed.push(second);
    done.commits++;
  }
}

/** Answers and deletes a question, and says so once it is done. Nothing else counts its commits. */
async function act(): Promise<void> {
  for (let i = 0; Date.now() < until; i++) {
    const query = `${OTHER} ${me} ${Math.floor(i / 2)}`;
    const answer = i % 2 === 0 ? `answer ${i}` : null;
    if (answer !== null) await cache.put(query, answer, { namespace: me });
    else if (!(await cache.delete(query, { namespace: me }))) throw new Error(`${query} was not there to delete`);
    done.commits++;
    await store.setMeta(`act ${me}`, JSON.stringify({ query, answer, at: Date.now() } satisfies Act));
    await new Promise((resolve) => setTimeout(resolve, 2 * STALENESS_MS));
  }
}

/** Asks by the meaning alone for what the other has done, once there was time to know of it. */
async function know(): Promise<void> {
  const other = await theOther();
  for (let last = 0; Date.now() < until; ) {
    const said = await store.getMeta(`act ${other}`);
    const { query, answer, at } = JSON.parse(said ?? "{}") as Act;
    if (said === undefined || at === last) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      continue;
    }
    last = at;
    // A timer counts from when its turn began: after work it is early by as much.
    while (Date.now() <= at + STALENESS_MS) await new Promise((resolve) => setTimeout(resolve, 1));
    const hit = await cache.get(`${query} please`, { namespace: other, threshold: 0.9, touch: false });
    if ((await store.getMeta(`act ${other}`)) !== said) continue; // it went on meanwhile
    if ((hit?.response ?? null) !== answer) throw new Error(`${query}: ${hit?.response}, not ${answer}`);
    if (hit?.layer === "exact") throw new Error("it was not asked by its meaning");
    done.known++;
  }
}

/** Both leave their names. */
async function theOther(): Promise<string> {
  const names = [`name ${process.argv.at(-1)}`, `name ${process.argv.at(-1) === "0" ? 1 : 0}`] as const;
  await store.setMeta(names[0], me);
  for (;;) {
    const other = await store.getMeta(names[1]);
    if (other !== undefined) return other;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function touch(): Promise<void> {
  while (Date.now() < until) {
    const ids = await store.oldest(20);
    if (ids.length === 0) continue;
    await store.commit([{ touch: [...ids].reverse(), at: Date.now() }]);
    done.touches++;
  }
}

async function follow(): Promise<void> {
  while (Date.now() < until) {
    await catchUp();
    done.steps++;
  }
}

async function catchUp(): Promise<void> {
  const feed = await store.changesSince(version);
  if (feed === undefined) throw new Error(`the feed does not know version ${version}`);
  if (feed.version < version) throw new Error(`the version fell from ${version} to ${feed.version}`);
  for (const { id, revision } of feed.puts) {
    if (revision <= version || revision > feed.version) throw new Error(`revision ${revision} came late`);
    mirror.set(id, revision);
  }
  for (const id of feed.removed) mirror.delete(id);
  version = feed.version;
}
