import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Change, memoryStore, SemanticCache, SemanticCacheSync, type SyncStore } from "../../src/index.ts";
import { CacheBed, MORE, paraphrase, stored, unrelated } from "./cache-bed.ts";
import { engines } from "./engines.ts";
import { untilQuiet } from "./event-loop.ts";
import { type Bench, type Line, spread } from "./measure.ts";
import { pythonWithNumPy } from "./numpy.ts";
import { NumPyCache, type Worked } from "./numpy-cache.ts";

const EXACT_CALLS = 5000;
const SEMANTIC_CALLS = 1000;
const MOST_MIXED_CALLS = 20_000;
const WARM_UP_CALLS = 400;
const OPENINGS = 3;
const QUIET_TURNS = 5;
const CONCURRENT = 100;
const COPIED_AT_ONCE = 1000;
const CAP = 10_000;
const PAST_CAP = 3000;
const NUMPY_CALLS = { exact: 2000, put: 500, semantic: 100, slow: 20, mixed: 400 } as const;
/** Far enough between entries that no two calls in a row touch the same page. */
const STRIDE = 7919;
const ANSWER = "An answer of a few sentences, as a model gives it. ".repeat(8);
/** Above what a float32 sum in another order gives. */
const SAME_SCORE = 1e-5;

/** What the reference publishes, in milliseconds: what it aims at, and the p99 it saw on an M4 Max. */
const PUBLISHED: Record<string, [target: number, seen: string]> = {
  "exact get": [0.5, "2.3"],
  "semantic get, 768 float32": [5, "2.7"],
  "semantic get, 1536 float32": [8, "4.0"],
  "semantic get, 1536 int8": [6, "50–60"],
  put: [2, "0.9"],
  "put into a full cache, 384": [20, "40–45"],
  "open, 768 float32": [100, "300"],
  "open, 768 int8": [200, "400–450"],
};
/** Calls a second, of 10,000 × 384. */
const PUBLISHED_RATES: Record<string, [target: number, seen: number]> = {
  "one at a time": [5000, 5700],
  "100 at once": [2000, 5100],
};

type Dtype = "float32" | "int8";
type Times = Record<string, number[]>;
type Rates = Record<string, number>;

interface Place {
  name: string;
  open(): SyncStore;
  /** Whether it has its entries again after it was closed. */
  keeps: boolean;
}

/** What the whole cache costs, beside what a part of the reference's work costs at least, on this machine. */
export const benchCache: Bench = async ({ entries = 100_000 }) => {
  const folder = mkdtempSync(join(tmpdir(), "mneme-bench-"));
  const notes = [...NOTES, `${entries.toLocaleString("en")} entries.`];
  const python = pythonWithNumPy();
  if (python === undefined) notes.push("NumPy: there is no python3 with numpy here (Debian: python3-numpy).");
  if (Object.keys(engines()).length === 0) notes.push("SQLite: this runtime has none of its own.");
  const lines: Line[] = [];
  const rates: Line[] = [];
  try {
    for (const [dimensions, measure] of [
      [768, measureUsual],
      [1536, measureLong],
    ] as const) {
      console.error(`bench: ${dimensions} dimensions`);
      const bed = new CacheBed(entries, dimensions);
      const { own, bare } = await measure(bed, folder, python);
      lines.push(...linesOf(own, bare, entries === 100_000));
      bed.remove();
    }
    console.error("bench: eviction and throughput, 384 dimensions");
    const bed = new CacheBed(entries, 384);
    const evicting = measureEvicting(bed, folder);
    if (evicting === undefined) notes.push("maxEntries: this build of the cache does not know it; not measured.");
    else lines.push(...linesOf(evicting, {}, true));
    rates.push(...(await measureRates(bed, folder, python)));
    bed.remove();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { notes, lines, sections: { throughput: rates } };
};

const NOTES = [
  "Milliseconds a call of SemanticCacheSync, embedding not included; × is NumPy's p50 by ours. Every hit was checked for its layer, and every nearest entry against NumPy's.",
  "NumPy: what the reference does at least, on one thread. Exact get: one SQLite select and one committed update; semantic get: M @ q and argpartition, int8 cast in chunks; put: one insert; open: reading and stacking the vectors.",
  "Published: what the reference aims at and the p99 it saw, on an M4 Max with 100,000 entries (eviction 10,000; throughput 10,000 × 384, of which none were hits).",
  "Throughput: calls a second, 45 of 100 stored questions, 45 paraphrases, 10 unrelated ones; 384 dimensions; uses of entries written back in the same time.",
];

async function measureUsual(bed: CacheBed, folder: string, python: string | undefined) {
  const own: Record<string, Times> = {};
  for (const place of places(folder, bed, bed.entries)) {
    const times: Times = {};
    own[place.name] = times;
    let cache = open(bed, place.open());
    await settled();
    times["exact get"] = exactGets(cache, bed);
    times["semantic get, 768 float32"] = semanticGets(cache, SEMANTIC_CALLS).milliseconds;
    times["semantic miss, 768 float32"] = misses(cache);
    times.put = puts(cache, bed.entries, MORE);
    if (place.keeps) {
      for (const dtype of ["float32", "int8"] as const) {
        times[`open, 768 ${dtype}`] = Array.from({ length: OPENINGS }, () => {
          cache.close();
          return timed(() => {
            cache = open(bed, place.open(), dtype);
          });
        });
      }
    }
    cache.close();
  }
  const bare: Times = {};
  if (python !== undefined) {
    const numpy = await NumPyCache.start(python, bed.file, bed.queries, { folder, table: true });
    bare["exact get"] = (await numpy.work("exact", NUMPY_CALLS.exact)).milliseconds;
    bare.put = (await numpy.work("put", NUMPY_CALLS.put)).milliseconds;
    bare["semantic get, 768 float32"] = (await numpy.work("semantic", NUMPY_CALLS.semantic)).milliseconds;
    bare["open, 768 float32"] = (await numpy.work("open", OPENINGS)).milliseconds;
    await numpy.stop();
  }
  return { own, bare };
}

async function measureLong(bed: CacheBed, folder: string, python: string | undefined) {
  const own: Record<string, Times> = {};
  const bare: Times = {};
  const found: Record<string, Found> = {};
  for (const place of places(folder, bed, bed.entries)) {
    const times: Times = {};
    own[place.name] = times;
    let cache = open(bed, place.open());
    for (const dtype of ["float32", "int8"] as const) {
      if (dtype === "int8") {
        if (place.keeps) cache.close();
        cache = open(bed, place.open(), dtype);
      }
      await settled();
      const gets = semanticGets(cache, SEMANTIC_CALLS);
      times[`semantic get, 1536 ${dtype}`] = gets.milliseconds;
      found[dtype] = gets;
    }
    cache.close();
  }
  for (const dtype of python === undefined ? [] : (["float32", "int8"] as const)) {
    const numpy = await NumPyCache.start(python!, bed.file, bed.queries, { dtype, folder, table: false });
    const calls = dtype === "int8" ? NUMPY_CALLS.slow : NUMPY_CALLS.semantic;
    const worked = await numpy.work("semantic", calls);
    bare[`semantic get, 1536 ${dtype}`] = worked.milliseconds;
    agree(dtype, found[dtype]!, worked);
    await numpy.stop();
  }
  return { own, bare };
}

/** Undefined: the cache has more entries than it was told to keep. */
function measureEvicting(bed: CacheBed, folder: string): Record<string, Times> | undefined {
  const own: Record<string, Times> = {};
  const cap = Math.min(CAP, Math.floor(bed.entries / 2));
  for (const place of places(folder, bed, 0)) {
    const capped = { embedder: bed.embedder, store: place.open(), maxEntries: cap };
    const cache = SemanticCacheSync.open(capped);
    for (let i = 0; i < cap; i++) cache.put(stored(i), ANSWER);
    const milliseconds = puts(cache, cap, Math.min(PAST_CAP, cap));
    const { entries } = cache.stats();
    cache.close();
    if (entries > cap) return undefined;
    own[place.name] = { "put into a full cache, 384": milliseconds };
  }
  return own;
}

async function measureRates(bed: CacheBed, folder: string, python: string | undefined): Promise<Line[]> {
  const calls = Math.min(MOST_MIXED_CALLS, bed.entries);
  const own: Record<string, Rates> = {};
  for (const place of places(folder, bed, bed.entries)) {
    const cache = open(bed, place.open());
    await settled();
    const alone = perSecond(calls, () => {
      for (let call = 0; call < calls; call++) checkMixed(call, cache.get(mixed(call, bed))?.layer);
      cache.flush();
    });
    if (place.keeps) cache.close();
    const embed = async (texts: readonly string[]) => bed.embedder.embed(texts);
    const together = await SemanticCache.open({
      guards: false,
      embedder: { ...bed.embedder, embed },
      store: place.open(),
    });
    await settled();
    let next = 0;
    const start = performance.now();
    const caller = async (): Promise<void> => {
      for (let call = next++; call < calls; call = next++) {
        checkMixed(call, (await together.get(mixed(call, bed)))?.layer);
      }
    };
    await Promise.all(Array.from({ length: CONCURRENT }, caller));
    await together.flush();
    own[place.name] = { "one at a time": alone, "100 at once": (1000 * calls) / (performance.now() - start) };
    await together.close();
  }
  let numpy: number | undefined;
  if (python !== undefined) {
    const process = await NumPyCache.start(python, bed.file, bed.queries, { folder, table: true });
    const { milliseconds } = await process.work("mixed", NUMPY_CALLS.mixed);
    numpy = (1000 * milliseconds.length) / milliseconds.reduce((sum, ms) => sum + ms, 0);
    await process.stop();
  }
  return Object.entries(own).flatMap(([store, rates]) =>
    Object.entries(rates).map(([workload, rate]): Line => {
      const [aims, saw] = PUBLISHED_RATES[workload]!;
      return {
        workload,
        store,
        "calls/s": Math.round(rate),
        "NumPy calls/s": numpy === undefined ? null : Math.round(numpy),
        "×": numpy === undefined ? null : round(rate / numpy),
        "aims at": aims,
        saw,
      };
    }),
  );
}

/** Memory, and the first SQLite this runtime has, both with so many entries. */
function* places(folder: string, bed: CacheBed, entries: number): Generator<Place> {
  const memory = memoryStore();
  const cache = open(bed, memory);
  for (let i = 0; i < entries; i++) cache.put(stored(i), `${i} ${ANSWER}`);
  const file = sqliteFile(folder);
  if (file !== undefined) copy(memory, bed, file.open());
  yield { name: "memory", open: () => memory, keeps: false };
  memory.close(); // its objects would slow down the collector in what follows
  if (file === undefined) return;
  yield file;
  file.remove();
}

function sqliteFile(folder: string): (Place & { remove(): void }) | undefined {
  const [engine] = Object.entries(engines());
  if (engine === undefined) return undefined;
  const [name, { store }] = engine;
  const path = join(folder, "cache.db");
  let close = (): unknown => undefined;
  return {
    name,
    keeps: true,
    open() {
      close();
      const opened = store(path);
      close = opened.close;
      return opened.store;
    },
    remove() {
      close();
      for (const end of ["", "-wal", "-shm"]) rmSync(path + end, { force: true });
    },
  };
}

/** Many entries a commit, as filling is not what is measured. */
function copy(from: SyncStore, bed: CacheBed, to: SyncStore): void {
  const cache = open(bed, to); // which stamps the store as its own
  let batch: Change[] = [];
  const commit = (): void => {
    to.commit(batch);
    batch = [];
  };
  for (const { id, accessedAt, hits, revision, ...entry } of from.scan({ fields: "all" })) {
    if (batch.push({ put: entry }) === COPIED_AT_ONCE) commit();
  }
  commit();
  cache.close();
}

function open(bed: CacheBed, store: SyncStore, dtype: Dtype = "float32"): SemanticCacheSync {
  return SemanticCacheSync.open({ guards: false, embedder: bed.embedder, store, dtype });
}

function exactGets(cache: SemanticCacheSync, { entries }: CacheBed): number[] {
  return warmTimes(EXACT_CALLS, (call) => {
    const i = (call * STRIDE) % entries;
    const hit = cache.get(stored(i));
    return () => expect(hit?.layer === "exact" && hit.response.startsWith(`${i} `), "an exact hit");
  });
}

interface Found {
  milliseconds: number[];
  similarities: number[];
}

function semanticGets(cache: SemanticCacheSync, calls: number): Found {
  const similarities: number[] = [];
  const milliseconds = warmTimes(calls, (call) => {
    const hit = cache.get(paraphrase(call));
    return () => {
      expect(hit?.layer === "semantic", "a semantic hit");
      similarities[call] = hit!.similarity;
    };
  });
  return { milliseconds, similarities };
}

function misses(cache: SemanticCacheSync): number[] {
  return warmTimes(SEMANTIC_CALLS, (call) => {
    const hit = cache.get(unrelated(call));
    return () => expect(hit === undefined, "a miss");
  });
}

function puts(cache: SemanticCacheSync, from: number, count: number): number[] {
  return times(count, (call) => {
    cache.put(stored(from + call), ANSWER);
    return () => {};
  });
}

function mixed(call: number, { entries }: CacheBed): string {
  const kind = call % 20;
  if (kind < 9) return stored((call * STRIDE) % entries);
  return kind < 18 ? paraphrase(call) : unrelated(call);
}

function checkMixed(call: number, layer: string | undefined): void {
  const kind = call % 20;
  expect(layer === (kind < 9 ? "exact" : kind < 18 ? "semantic" : undefined), `another answer than ${layer}`);
}

/** Milliseconds of each call; what it returns checks its answer, untimed. */
function times(calls: number, work: (call: number) => () => void): number[] {
  return Array.from({ length: calls }, (_, call) => {
    const start = performance.now();
    const check = work(call);
    const took = performance.now() - start;
    check();
    return took;
  });
}

/** After as many that are not timed as the compiler needs. */
function warmTimes(calls: number, work: (call: number) => () => void): number[] {
  times(Math.min(calls, WARM_UP_CALLS), work);
  return times(calls, work);
}

/** The index has learnt. Asked several times, as other processes may take the time in which it would. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < QUIET_TURNS; turn++) await untilQuiet();
}

function timed(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function perSecond(calls: number, work: () => void): number {
  return (1000 * calls) / timed(work);
}

/** The index's nearest is as near as NumPy's. */
function agree(what: string, { similarities }: Found, { scores = [] }: Worked): void {
  for (const [i, score] of scores.entries()) {
    expect(Math.abs(similarities[i]! - score) <= SAME_SCORE, `NumPy's nearest of query ${i}, ${what}: ${score}`);
  }
}

function expect(condition: boolean, what: string): void {
  if (!condition) throw new Error(`the cache was to give ${what}`);
}

function linesOf(own: Record<string, Times>, bare: Times, published: boolean): Line[] {
  return Object.entries(own).flatMap(([store, times]) =>
    Object.entries(times).map(([workload, milliseconds]): Line => {
      const { median, p99, max } = spread(milliseconds);
      // Python's exact get, put and open are those of SQLite; in memory there is nothing to set beside.
      const peer = store === "memory" && !workload.startsWith("semantic") ? undefined : bare[workload];
      const theirs = peer && spread(peer);
      const [aims, saw] = (published && PUBLISHED[workload]) || [null, null];
      return {
        workload,
        store,
        p50: round(median),
        p99: round(p99),
        max: round(max),
        "NumPy p50": theirs ? round(theirs.median) : null,
        "NumPy p99": theirs ? round(theirs.p99) : null,
        "×": theirs ? round(theirs.median / median) : null,
        "aims at": aims,
        "saw p99": saw,
      };
    }),
  );
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
