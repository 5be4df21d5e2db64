import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sqliteStore } from "../../adapters/stores/sqlite-index.ts";
import { type Change, memoryStore, type NewEntry, SemanticCacheSync, type SyncStore } from "../../src/index.ts";
import { testEmbedder } from "../conformance/embedder.ts";
import { seeded } from "../unit/vectors.ts";
import { spread } from "./measure.ts";

const ENTRIES = 100_000;
const DIMENSIONS = 768;
const CALLS = 2_000;
const IDENTITY = { fingerprint: "mneme-test:words:dim768", dimensions: DIMENSIONS };

type Line = Record<string, string | number>;

/**
 * Stores of 100,000 entries at 768 dimensions, beside the bare engine in the same run. Milliseconds; "÷ bare" is of the p99,
 * for opening of the median.
 */
export function benchStore(): Line[] {
  const folder = mkdtempSync(join(tmpdir(), "mneme-bench-"));
  try {
    const lines = benchOne("memory", memoryStore(), undefined);
    if (process.getBuiltinModule?.("node:sqlite") === undefined) {
      console.error("node:sqlite is missing: run this with Node 22.13 or newer to measure it");
      return lines;
    }
    const path = join(folder, "store.db");
    return [
      ...lines,
      ...benchOne("node:sqlite", sqliteStore(path), new BareEngine(join(folder, "bare.db"))),
      openLine(path),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function benchOne(name: string, store: SyncStore, bare: BareEngine | undefined): Line[] {
  store.open(IDENTITY);
  for (let at = 0; at < ENTRIES; at += 1000) {
    store.commit(Array.from({ length: 1000 }, (_, i): Change => ({ put: entry(at + i) })));
    bare?.insertMany(at, 1000);
  }
  const times = {
    get: [] as number[],
    bareGet: [] as number[],
    put: [] as number[],
    barePut: [] as number[],
    batch: [] as number[],
    evict: [] as number[],
  };
  const random = seeded(3);
  for (let call = 0; call < CALLS; call++) {
    const key = `key ${Math.floor(Math.abs(random()) * ENTRIES)}`;
    const fresh = entry(ENTRIES + call);
    times.get.push(timed(() => store.get("default", key)));
    if (bare) times.bareGet.push(timed(() => bare.get(key)));
    times.put.push(timed(() => store.commit([{ put: fresh }])));
    if (bare) times.barePut.push(timed(() => bare.insert(fresh)));
  }
  for (let round = 0; round < 10; round++) {
    const puts = Array.from({ length: 100 }, (_, i): Change => ({ put: entry(ENTRIES + CALLS + round * 100 + i) }));
    times.batch.push(timed(() => store.commit(puts)) / 100);
  }
  for (let round = 0; round < 10; round++) {
    times.evict.push(timed(() => store.commit([{ remove: store.oldest(1000) }])));
  }
  store.close();
  bare?.close();
  const line = (what: string, mine: number[], theirs: number[] = []): Line => {
    const own = spread(mine);
    const peer = theirs.length > 0 ? spread(theirs) : undefined;
    return {
      store: name,
      case: what,
      median: round(own.median),
      p99: round(own.p99),
      ...(peer && {
        "bare median": round(peer.median),
        "bare p99": round(peer.p99),
        "÷ bare": round(own.p99 / peer.p99),
      }),
    };
  };
  return [
    line("exact get", times.get, times.bareGet),
    line("put", times.put, times.barePut),
    line("put, one of a batch of 100", times.batch),
    line("evict the 1,000 oldest", times.evict),
  ];
}

/** Opening a cache on the file, beside reading the same bytes with the engine alone. */
function openLine(path: string): Line {
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  const open: number[] = [];
  const read: number[] = [];
  for (let round = 0; round < 3; round++) {
    read.push(
      timed(() => {
        const database = new DatabaseSync(path);
        let bytes = 0;
        for (const row of database.prepare("SELECT id, namespace, vector FROM mneme_entries").iterate()) {
          bytes += (row.vector as Uint8Array).length;
        }
        database.close();
        return bytes;
      }),
    );
    open.push(
      timed(() => {
        const embedder = { ...testEmbedder({ dimensions: DIMENSIONS }) };
        SemanticCacheSync.open({ embedder, store: sqliteStore(path) }).close();
      }),
    );
  }
  const own = spread(open);
  const peer = spread(read);
  return {
    store: "node:sqlite",
    case: "open a cache on what is left",
    median: round(own.median),
    p99: round(own.p99),
    "bare median": round(peer.median),
    "bare p99": round(peer.p99),
    "÷ bare": round(own.median / peer.median),
  };
}

/** What one writes without a library: a table of the same columns, one prepared statement each. */
class BareEngine {
  readonly #database;
  readonly #insert;
  readonly #get;

  constructor(path: string) {
    this.#database = new (process.getBuiltinModule("node:sqlite").DatabaseSync)(path);
    this.#database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
      CREATE TABLE entries (id INTEGER PRIMARY KEY AUTOINCREMENT, namespace TEXT, key TEXT, text TEXT, value TEXT, vector BLOB,
      metadata TEXT, tags TEXT, createdAt REAL, accessedAt REAL, expiresAt REAL, hits INTEGER, revision INTEGER,
      UNIQUE (namespace, key))`);
    this.#insert = this.#database.prepare(
      "INSERT INTO entries VALUES (NULL, ?, ?, ?, ?, ?, '{}', '[]', ?, ?, NULL, 0, 1)",
    );
    this.#get = this.#database.prepare("SELECT * FROM entries WHERE namespace = ? AND key = ?");
  }

  insert({ namespace, key, text, value, vector, createdAt }: NewEntry): void {
    this.#insert.run(namespace, key, text, value, new Uint8Array(vector!.buffer), createdAt, createdAt);
  }

  insertMany(from: number, count: number): void {
    this.#database.exec("BEGIN");
    for (let i = from; i < from + count; i++) this.insert(entry(i));
    this.#database.exec("COMMIT");
  }

  get(key: string): unknown {
    return this.#get.all("default", key);
  }

  close(): void {
    this.#database.close();
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
