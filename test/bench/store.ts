import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Change, memoryStore, type NewEntry, SemanticCacheSync, type SyncStore } from "../../src/index.ts";
import { testEmbedder } from "../conformance/embedder.ts";
import { seeded } from "../unit/vectors.ts";
import { BareTable, readVectors } from "./bare.ts";
import { type Engine, engines } from "./engines.ts";
import { type Bench, spread } from "./measure.ts";

const DIMENSIONS = 768;
const WARM_UP = 500;
const CALLS = 4000;
const ROUNDS = 20;
const OPENINGS = 3;
const EVICTED = 1000;
const BATCH = 100;
const IDENTITY = { fingerprint: "mneme-test:words:dim768", dimensions: DIMENSIONS };

type Line = Record<string, string | number>;
type Case = "exact get" | "put" | "put, one of 100" | "evict 1,000" | "scan vectors" | "open a cache";
/** Milliseconds, call by call: the store's, and those of the same engine used bare. */
type Times = Partial<Record<Case, { own: number[]; bare: number[] }>>;

/** What the reference publishes for its SQLite store: milliseconds it aims at, and the p99 it saw. */
const PUBLISHED: Partial<Record<Case, [target: number, seen: number]>> = {
  "exact get": [0.5, 2.3],
  put: [2, 0.9],
  "evict 1,000": [20, 42],
  "open a cache": [100, 300],
};

export const benchStore: Bench = ({ entries = 100_000 }) => {
  const folder = mkdtempSync(join(tmpdir(), "mneme-bench-"));
  const lines: Line[] = [];
  const notes = [
    `${entries} entries of ${DIMENSIONS} dimensions. Milliseconds; "mean" has the checkpoints in it, which a p99 may leave out.`,
    `"Bare" is the same engine in the same run with the same settings, one prepared statement a call on a table of the same columns whose only index is the unique key: insert; select; 100 inserts in a transaction; delete by id of the 1,000 with the least; reading id, namespace and vector of each row, keeping nothing. "÷ bare" is of the p99, for scanning and opening of the median.`,
    `"Evict 1,000" finds the least recently used and removes them in one commit. "Open a cache" scans the vectors into the index.`,
    `Published: what the Python reference aims at and saw, on an M4 Max; its eviction is of 10,000 entries of 384 dimensions.`,
  ];
  try {
    const memory = memoryStore();
    memory.open(IDENTITY);
    fill(entries, (batch) => memory.commit(batch.map((put) => ({ put }))));
    lines.push(...linesOf("memory", timeCalls(memory, undefined, entries), false));
    memory.close(); // its objects would slow down the collector in what follows
    for (const [name, engine] of Object.entries(engines())) {
      const paths = { own: join(folder, "own.db"), bare: join(folder, "bare.db") };
      const { times, bytes } = benchEngine(engine, paths, entries);
      lines.push(...linesOf(name, times, entries === 100_000));
      notes.push(`${name}: ${Math.round(bytes / entries)} bytes an entry on disk.`);
      for (const path of Object.values(paths))
        for (const end of ["", "-wal", "-shm"]) rmSync(path + end, { force: true });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { notes, lines };
};

function benchEngine(
  engine: Engine,
  paths: { own: string; bare: string },
  entries: number,
): { times: Times; bytes: number } {
  const start = (): { store: SyncStore; table: BareTable; close(): void } => {
    const { store, close } = engine.store(paths.own);
    store.open(IDENTITY);
    const table = new BareTable(engine.open(paths.bare));
    const closeAll = (): void => {
      store.close();
      close();
      table.close();
    };
    return { store, table, close: closeAll };
  };
  const filling = start();
  fill(entries, (batch) => {
    filling.store.commit(batch.map((put) => ({ put })));
    filling.table.insertAll(batch);
  });
  filling.close();
  const bytes = statSync(paths.own).size;
  const opening = timeOpening(engine, paths);
  const { store, table, close } = start();
  const calls = timeCalls(store, table, entries);
  close();
  return { times: { ...calls, ...opening }, bytes };
}

function timeCalls(store: SyncStore, table: BareTable | undefined, entries: number): Times {
  const random = seeded(3);
  const key = (): string => `key ${Math.floor(Math.abs(random()) * entries) % entries}`;
  let next = entries;
  const batch = (): NewEntry[] => Array.from({ length: BATCH }, () => entry(next++));
  const evictions = Math.min(ROUNDS, Math.floor(entries / EVICTED / 2));
  const times = (
    calls: number,
    warmUp: number,
    prepare: () => { own: () => unknown; bare: (table: BareTable) => unknown },
  ) => {
    const own: number[] = [];
    const bare: number[] = [];
    for (let call = -warmUp; call < calls; call++) {
      const work = prepare();
      // In turns one and the other comes first.
      if (table && call % 2 === 0) bare.push(timed(() => work.bare(table)));
      own.push(timed(work.own));
      if (table && call % 2 !== 0) bare.push(timed(() => work.bare(table)));
    }
    return { own: own.slice(warmUp), bare: bare.slice(warmUp) };
  };
  return {
    "exact get": times(CALLS, WARM_UP, () => {
      const asked = key();
      return { own: () => store.get("default", asked), bare: (bare) => bare.get(asked) };
    }),
    put: times(CALLS, WARM_UP, () => {
      const put = entry(next++);
      return { own: () => store.commit([{ put }]), bare: (bare) => bare.insert(put) };
    }),
    "put, one of 100": perItem(
      times(ROUNDS, 2, () => {
        const puts = batch();
        return {
          own: () => store.commit(puts.map((put): Change => ({ put }))),
          bare: (bare) => bare.insertAll(puts),
        };
      }),
    ),
    "evict 1,000": times(evictions, Math.min(2, evictions), () => ({
      own: () => store.commit([{ remove: store.oldest(EVICTED) }]),
      bare: (bare) => bare.evict(EVICTED),
    })),
  };
}

function perItem({ own, bare }: { own: number[]; bare: number[] }): { own: number[]; bare: number[] } {
  return { own: own.map((time) => time / BATCH), bare: bare.map((time) => time / BATCH) };
}

function timeOpening(engine: Engine, paths: { own: string; bare: string }): Times {
  const read: number[] = [];
  const scan: number[] = [];
  const open: number[] = [];
  // The first round warms up.
  for (let round = 0; round <= OPENINGS; round++) {
    read.push(timed(() => readVectors(engine.open(paths.bare))));
    scan.push(
      timed(() => {
        const { store, close } = engine.store(paths.own);
        store.open(IDENTITY);
        let entries = 0;
        for (const { vector } of store.scan({ fields: "vectors" })) entries += vector!.length;
        store.close();
        close();
        return entries;
      }),
    );
    open.push(
      timed(() => {
        const { store, close } = engine.store(paths.own);
        SemanticCacheSync.open({ embedder: testEmbedder({ dimensions: DIMENSIONS }), store }).close();
        close();
      }),
    );
  }
  const bare = read.slice(1);
  return { "scan vectors": { own: scan.slice(1), bare }, "open a cache": { own: open.slice(1), bare } };
}

function linesOf(store: string, times: Times, published: boolean): Line[] {
  return (Object.entries(times) as [Case, { own: number[]; bare: number[] }][])
    .filter(([, { own }]) => own.length > 0)
    .map(([name, { own, bare }]) => {
      const mine = spread(own);
      const { median, p99, mean, max } = mine;
      const line: Line = {
        store,
        case: name,
        median: round(median),
        p99: round(p99),
        mean: round(mean),
        max: round(max),
      };
      if (bare.length > 0) {
        const peer = spread(bare);
        const which = name === "scan vectors" || name === "open a cache" ? "median" : "p99";
        line["bare median"] = round(peer.median);
        line["bare p99"] = round(peer.p99);
        line["bare mean"] = round(peer.mean);
        line["÷ bare"] = round(mine[which] / peer[which]);
      }
      const [target, seen] = (published && PUBLISHED[name]) || [];
      if (target !== undefined && seen !== undefined) Object.assign(line, { "aims at": target, saw: seen });
      return line;
    });
}

function fill(entries: number, take: (batch: NewEntry[]) => unknown): void {
  for (let at = 0; at < entries; at += 1000) {
    take(Array.from({ length: Math.min(1000, entries - at) }, (_, i) => entry(at + i)));
  }
}

const noise = seeded(1);
const BASE = Float32Array.from({ length: DIMENSIONS }, () => noise());

function entry(i: number): NewEntry {
  const vector = BASE.slice();
  vector[i % DIMENSIONS]! += 1 + i;
  return {
    namespace: "default",
    key: `key ${i}`,
    text: `What is the answer to question number ${i}?`,
    value: JSON.stringify(`The answer to question number ${i}. `.repeat(10)),
    vector,
    metadata: {},
    tags: [],
    createdAt: 1_700_000_000_000 + i,
    expiresAt: null,
  };
}

function timed(run: () => unknown): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
