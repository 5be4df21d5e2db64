import { existsSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { AgentMemory } from "../../src/memory/index.ts";
import { ROOT, RUNTIMES, SCRATCH } from "../stage.ts";
import { type Data, embeddings } from "./data.ts";
import { type Line, spread } from "./measure.ts";
import { csv } from "./pairs.ts";

/** What is measured: something that remembers texts with their vectors, and finds them by both. */
interface Subject {
  remember(text: string, vector: Float32Array, i: number): Promise<unknown>;
  recall(text: string, vector: Float32Array): Promise<number>;
  close?(): Promise<void>;
}

const LIMIT = 10;
const WARM_UP = 20;
/** A peer that compares one by one is asked less often. */
const RECALLS = 300;

type Make = (vectorOf: (text: string) => Float32Array) => Promise<Subject>;

const SUBJECTS: Record<string, Make> = {
  "mneme, memory": (vectorOf) => mneme(vectorOf),
  "mneme, SQLite": (vectorOf) => {
    const path = join(SCRATCH, "memory-bench.db");
    for (const end of ["", "-wal", "-shm"]) rmSync(path + end, { force: true });
    return mneme(vectorOf, path);
  },
  "LangGraph InMemoryStore": langGraph,
  "Orama, hybrid": orama,
};

export async function memorySpeed(folder: string, entries: number, peers: boolean): Promise<Line[]> {
  const source = embeddings(join(folder, "embeddings"));
  const data = source.open(entries, RECALLS);
  const questions = csv(readFileSync(join(folder, "banking77-train.csv"), "utf8"))
    .slice(1)
    .map(([text]) => text!);
  const lines: Line[] = [];
  for (const [name, make] of Object.entries(SUBJECTS)) {
    if (!peers && !name.startsWith("mneme")) continue;
    console.error(`bench: ${name}, ${entries} memories`);
    lines.push({ who: name, memories: entries, ...(await measure(make, data, source.dimensions, questions, entries)) });
  }
  return lines;
}

async function measure(
  make: Make,
  data: Data,
  dimensions: number,
  questions: string[],
  entries: number,
): Promise<Line> {
  const rows = new Float32Array(entries * dimensions);
  data.read(0, rows);
  const vectors = new Map<string, Float32Array>();
  const subject = await make((text) => vectors.get(text)!);
  const began = performance.now();
  for (let i = 0; i < entries; i++) {
    const text = textOf(questions, i);
    const vector = rows.subarray(i * dimensions, (i + 1) * dimensions);
    vectors.set(text, vector);
    await subject.remember(text, vector, i);
    vectors.delete(text);
    // As between the turns of an agent: what goes on in the background has its turn.
    if (i % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  const seconds = (performance.now() - began) / 1000;
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const asked = data.queries.paraphrase;
  const times: number[] = [];
  let found = 0;
  for (let i = 0; i < RECALLS; i++) {
    const text = questions[(i * 37) % questions.length]!;
    const vector = asked[i % asked.length]!;
    vectors.set(text, vector);
    const start = performance.now();
    found += await subject.recall(text, vector);
    if (i >= WARM_UP) times.push(performance.now() - start);
    if (performance.now() - began > 20 * 60_000 && times.length > 20) break;
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  if (found === 0) throw new Error("nothing was found");
  await subject.close?.();
  const { median, p99 } = spread(times);
  return {
    "remembered a second": Math.round(entries / seconds),
    "recall p50 ms": round(median),
    "recall p99 ms": round(p99),
  };
}

/** Two questions that occur, in a pair that occurs once. */
function textOf(questions: readonly string[], i: number): string {
  const { length } = questions;
  return `${questions[i % length]} ${questions[(i * 7919 + Math.floor(i / length) * 31 + 17) % length]}`;
}

async function mneme(vectorOf: (text: string) => Float32Array, path?: string): Promise<Subject> {
  const embedder = {
    fingerprint: "bench",
    dimensions: 512,
    embed: (texts: readonly string[]) => texts.map(vectorOf),
  };
  const memory = await AgentMemory.open({ embedder, ...(path !== undefined && { path }) });
  return {
    remember: (content) => memory.remember({ content, tier: "semantic" }),
    recall: async (query) => (await memory.recall({ query, limit: LIMIT })).results.length,
    close: () => memory.close(),
  };
}

async function langGraph(vectorOf: (text: string) => Float32Array): Promise<Subject> {
  const require = createRequire(join(RUNTIMES, "package.json"));
  const { InMemoryStore } = require("@langchain/langgraph-checkpoint") as {
    InMemoryStore: new (
      options: object,
    ) => {
      put(namespace: string[], key: string, value: object): Promise<void>;
      search(namespace: string[], options: object): Promise<unknown[]>;
    };
  };
  const embeddings = {
    embedQuery: async (text: string) => Array.from(vectorOf(text)),
    embedDocuments: async (texts: string[]) => texts.map((text) => Array.from(vectorOf(text))),
  };
  const store = new InMemoryStore({ index: { dims: 512, embeddings, fields: ["content"] } });
  return {
    remember: (content, _, i) => store.put(["bench"], String(i), { content }),
    recall: async (query) => (await store.search(["bench"], { query, limit: LIMIT })).length,
  };
}

async function orama(): Promise<Subject> {
  const require = createRequire(join(ROOT, "test/bench/peers/package.json"));
  if (!existsSync(join(ROOT, "test/bench/peers/node_modules/@orama/orama"))) {
    throw new Error("Orama is not there: node test/setup.mjs --peers");
  }
  const { create, insert, search } = require("@orama/orama") as {
    create(options: object): object;
    insert(db: object, document: object): Promise<string>;
    search(db: object, options: object): Promise<{ hits: unknown[] }>;
  };
  const db = create({ schema: { content: "string", embedding: "vector[512]" } });
  return {
    remember: (content, vector) => insert(db, { content, embedding: Array.from(vector) }),
    recall: async (term, vector) => {
      const value = Array.from(vector);
      const options = { mode: "hybrid", term, vector: { value, property: "embedding" }, similarity: 0.3, limit: LIMIT };
      return (await search(db, options)).hits.length;
    },
  };
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
