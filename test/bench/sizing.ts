import { postgresStore } from "../../adapters/stores/postgres.ts";
import { SemanticCache, type Store, type SyncEmbedder } from "../../src/index.ts";
import { ExactIndex } from "../../src/vectors/exact-index.ts";
import { newEntry } from "../conformance/store-under-test.ts";
import { pgPool } from "../servers/postgres-clients.ts";
import { counting } from "../servers/postgres-own.test.ts";
import { startPostgres } from "../servers/postgres-server.ts";
import { anisotropic } from "./data.ts";
import { type Bench, type Line, spread } from "./measure.ts";

const DIMENSIONS = [384, 1536];
const QUERIES = 200;
const WARM_UP = 20;
const PUTS = 100;
const TENANT = 1000;
const K = 5;
const BATCH = 250;
const CHUNK_ROWS = 10_000;
const PATIENT = { timeout: 600_000 };
const MIB = 2 ** 20;
const EF_SEARCH = [100, 400];
const ANSWER = JSON.stringify("The answer to it, as long as such answers are. ".repeat(6));

/** What a Postgres with pgvector takes to be searched itself: room, time, and how much of what is nearest it finds. */
export const benchSizing: Bench = async ({ entries = 10_000, sets }) => {
  const lines: Line[] = [];
  const openings: Line[] = [];
  for (const dimensions of sets?.map(Number) ?? DIMENSIONS) {
    const server = await startPostgres({ shared_buffers: "1GB", maintenance_work_mem: "1GB", max_wal_size: "8GB" });
    const client = await pgPool(server.url);
    try {
      const { line, opened } = await measure(client, entries, dimensions);
      lines.push(line);
      openings.push(...opened);
    } finally {
      await client.end();
      await server.close();
    }
  }
  return {
    notes: [
      `${entries} entries in one namespace, with an answer of ${ANSWER.length} characters, and ${TENANT} in another. PostgreSQL on this machine (shared_buffers 1 GB, fsync off), by pg on the loopback; the embedder takes no time.`,
      "MiB: the table with what lies apart from its rows; the HNSW index (m 16, ef_construction 64); the other indexes. Filling is in commits of 250 without the HNSW index; making it is one statement over all rows.",
      `Milliseconds: get is cache.get of a paraphrase, one after another; "small" asks in the namespace of ${TENANT}. put is one entry with all indexes there. Recall is of the best 1 and ${K}, against comparing every row.`,
      'Opening: a cache opened, and its first get of a paraphrase. "exact" reads all vectors into memory, "store" none.',
    ],
    lines,
    sections: { openings },
  };
};

async function measure(
  client: Awaited<ReturnType<typeof pgPool>>,
  entries: number,
  dimensions: number,
): Promise<{ line: Line; opened: Line[] }> {
  const identity = { fingerprint: `bench:dim${dimensions}`, dimensions };
  const data = anisotropic(dimensions).open(entries, QUERIES);
  const queries = data.queries.paraphrase;
  const plain = postgresStore({ client, ...PATIENT });
  await plain.open(identity);
  const index = new ExactIndex(dimensions);
  const best: { id: number; similarity: number }[][] = queries.map(() => []);
  let filling = 0;
  for (let from = 0; from < entries; from += CHUNK_ROWS) {
    const count = Math.min(CHUNK_ROWS, entries - from);
    const rows = new Float32Array(count * dimensions);
    data.read(from, rows);
    const vectors = Array.from({ length: count }, (_, i) => rows.subarray(i * dimensions, (i + 1) * dimensions));
    const start = performance.now();
    const ids = await fill(plain, "default", vectors, from);
    filling += performance.now() - start;
    for (const [i, id] of ids.entries()) index.add(id, "default", vectors[i]!);
    for (const [q, query] of queries.entries()) {
      const found = [...best[q]!, ...index.search("default", query, K, -1)];
      best[q] = found.sort((a, b) => b.similarity - a.similarity).slice(0, K);
    }
    index.clear();
    if (from === 0) await fill(plain, "tenant", vectors.slice(0, TENANT), 0);
  }
  index.close?.();

  const making = performance.now();
  const store = postgresStore({ client, vectors: "pgvector", ...PATIENT });
  await store.open(identity);
  const made = performance.now() - making;
  // Twice: what the first one empties, the second one knows to be seen by all.
  for (let i = 0; i < 2; i++) await client.query('VACUUM ANALYZE "mneme".entries', []);
  const { rows } = await client.query(
    `SELECT pg_table_size('mneme.entries') AS heap, pg_relation_size('mneme.entries_by_embedding') AS hnsw,
      pg_indexes_size('mneme.entries') AS indexes`,
    [],
  );
  const [size] = rows as { heap: string; hnsw: string; indexes: string }[];
  const line: Line = {
    entries,
    dimensions,
    "table MiB": round(Number(size!.heap) / MIB),
    "HNSW MiB": round(Number(size!.hnsw) / MIB),
    "others MiB": round((Number(size!.indexes) - Number(size!.hnsw)) / MIB),
    "fill s": round(filling / 1000),
    "make s": round(made / 1000),
  };

  const embedder: SyncEmbedder = {
    ...identity,
    embed: (texts) => texts.map((text) => queries[Number(text.slice("question ".length))]!),
  };
  const opened: Line[] = [];
  for (const index of ["store", "exact"] as const) opened.push(await opening(client, embedder, index, entries));

  for (const efSearch of EF_SEARCH) {
    const searched = postgresStore({ client, vectors: "pgvector", hnsw: { efSearch }, ...PATIENT });
    const cache = await SemanticCache.open({ guards: false, embedder, store: searched, index: "store" });
    const get = await times(QUERIES, (i) => cache.get(`question ${i}`, { touch: false, threshold: 0.7 }));
    line[`get p50, ef ${efSearch}`] = round(get.median);
    line[`get p99, ef ${efSearch}`] = round(get.p99);
    const right = [1, K].map(() => 0) as [number, number];
    for (const [q, query] of queries.entries()) {
      const found = await searched.search!.nearest(query, { namespace: "default", scope: "", k: K, threshold: -1 });
      const ids = new Set(found.map(({ entry }) => entry.id));
      if (found[0]?.entry.id === best[q]![0]!.id) right[0]++;
      right[1] += best[q]!.filter(({ id }) => ids.has(id)).length;
    }
    line[`recall@1, ef ${efSearch}`] = round(right[0] / queries.length);
    line[`recall@${K}, ef ${efSearch}`] = round(right[1] / queries.length / K);
    if (efSearch === EF_SEARCH[0]) {
      const options = { namespace: "tenant", touch: false, threshold: 0.7 };
      const small = await times(QUERIES, (i) => cache.get(`question ${i}`, options));
      line["get p50, small"] = round(small.median);
      line["get p99, small"] = round(small.p99);
      const put = await times(PUTS, (i) => cache.put(`question ${i}`, "an answer", { namespace: "put" }));
      line["put p50"] = round(put.median);
    }
    await cache.close();
  }
  return { line, opened };
}

/** From nothing to the first answer by meaning. */
async function opening(
  client: Awaited<ReturnType<typeof pgPool>>,
  embedder: SyncEmbedder,
  index: "store" | "exact",
  entries: number,
): Promise<Line> {
  const { client: counted, sent } = counting(client);
  const vectors = index === "store" ? "pgvector" : "bytes";
  const store = postgresStore({ client: counted, vectors, ...PATIENT });
  const start = performance.now();
  const cache = await SemanticCache.open({ guards: false, embedder, store, index });
  const openMs = performance.now() - start;
  const opened = sent.length;
  const hit = await cache.get(`question ${QUERIES - 1}`, { touch: false, threshold: 0.5 }); // the likest come last
  const line = {
    entries,
    dimensions: embedder.dimensions,
    index,
    "open ms": round(openMs),
    statements: opened,
    "first get ms": round(performance.now() - start - openMs),
    "its statements": sent.length - opened,
    found: hit?.layer === "semantic",
  };
  await cache.close();
  return line;
}

async function fill(store: Store, namespace: string, vectors: Float32Array[], from: number): Promise<number[]> {
  const ids: number[] = [];
  for (let at = 0; at < vectors.length; at += BATCH) {
    const puts = vectors.slice(at, at + BATCH).map((vector, i) => {
      const n = from + at + i;
      return { put: newEntry({ namespace, key: `key ${n}`, text: `question number ${n}`, value: ANSWER, vector }) };
    });
    ids.push(...(await store.commit(puts)).applied.map(([id]) => id!));
  }
  return ids;
}

/** Milliseconds a call, once it is warm. */
async function times(calls: number, run: (i: number) => Promise<unknown>): Promise<ReturnType<typeof spread>> {
  const taken: number[] = [];
  for (let i = -WARM_UP; i < calls; i++) {
    const start = performance.now();
    await run((i + calls) % calls);
    if (i >= 0) taken.push(performance.now() - start);
  }
  return spread(taken);
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
