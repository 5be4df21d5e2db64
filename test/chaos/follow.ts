import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { equal } from "../conformance/assert.ts";
import { run } from "../harness.ts";
import { Servant } from "../servant.ts";
import type { Stage } from "../stage.ts";
import { OTHER, PARAPHRASE, QUESTION } from "../unit/cache-fixtures.ts";
import { seeded } from "../unit/vectors.ts";

export interface Order {
  verb: "get" | "put" | "delete" | "clear";
  query: string;
  namespace: string;
  response: string;
}

const PROCESSES: [runtime: string, engine: string][] = [
  ["node 22", "node:sqlite"],
  ["node 26", "better-sqlite3"],
  ["deno", "node:sqlite"],
  ["bun", "bun:sqlite"],
];
const ORDERS = 1500;
/** What is put, and what asks for it by its meaning alone. */
const TOPICS = [
  { put: QUESTION, ask: PARAPHRASE },
  { put: OTHER, ask: `${OTHER} please` },
];

/** Caches in processes of four engines on one file. What one of them acknowledged, the next lookup of any other sees. */
export const followStage: Stage = {
  name: "stale-tolerant",
  async run(tell) {
    const folder = await mkdtemp(join(tmpdir(), "mneme-follow-"));
    const servants = PROCESSES.map(
      ([runtime, engine]) => new Servant(runtime, "chaos/follow-entry.js", [engine, join(folder, "store.db")]),
    );
    let seen = 0;
    try {
      for (const servant of servants) equal(await servant.next(), "ready"); // one after the other: each opens the file
      const report = await run({
        "stale-tolerant": (test) => {
          test("F12 what one process puts, overwrites, deletes or clears, the next lookup of any other sees", async () => {
            seen = await obeyed(servants, ORDERS);
          });
        },
      });
      tell(`stale-tolerant, four processes on one file (${ORDERS} orders, ${seen} semantic hits)`, report);
    } finally {
      await Promise.all(servants.map((servant) => servant.end()));
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** Gives orders to one after another, and compares what each answers with a plain map. Returns how often one was found. */
export async function obeyed(servants: readonly Servant[], orders: number): Promise<number> {
  const random = seeded(7);
  const pick = (n: number): number => Math.min(n - 1, Math.floor(((random() + 1) / 2) * n));
  const model = new Map<string, string>();
  let hits = 0;
  for (let i = 0; i < orders; i++) {
    const who = pick(servants.length);
    const topic = pick(TOPICS.length);
    const namespace = ["a", "b"][pick(2)]!;
    const what = pick(20);
    const verb = what < 11 ? "get" : what < 16 ? "put" : what < 19 ? "delete" : "clear";
    const query = verb === "get" ? TOPICS[topic]!.ask : TOPICS[topic]!.put;
    const name = `${namespace} ${topic}`;
    const answer = await servants[who]!.ask({ verb, query, namespace, response: `${i}` });
    const told = `order ${i}: ${servants[who]!.name} ${verb} ${name}`;
    if (verb === "get") {
      equal(answer, model.get(name) ?? null, told);
      if (answer !== null) hits++;
    } else if (verb === "put") {
      model.set(name, `${i}`);
    } else if (verb === "delete") {
      equal(answer, model.delete(name), told);
    } else {
      equal(answer, TOPICS.filter((_, topic) => model.delete(`${namespace} ${topic}`)).length, told);
    }
  }
  return hits;
}
