import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT } from "../stage.ts";
import type { Bed } from "./case.ts";
import type { Spread } from "./measure.ts";
import { type Answer, duel, type Searcher, searcher } from "./searcher.ts";

const FOLDER = join(ROOT, "test/bench/peers");
const fromPeers = createRequire(join(FOLDER, "package.json"));

/** As hnswlib and its bindings are usually set; usearch calls them connectivity and expansion. */
const M = 16;
const EF_CONSTRUCTION = 200;
const EF_SEARCH = 50;
const SEED = 100;
const USEARCH_EXPANSION = { add: 128, search: 64 };

export interface PeerResult {
  name: string;
  rows: number;
  /** What was measured on, or why it was not. */
  data: string;
  build: number | undefined;
  peer: Spread | undefined;
  subject: Spread | undefined;
  ratio: number | undefined;
  /** Share of the queries for which it found the nearest row, or one exactly as near. */
  recall: number | undefined;
  missing?: string;
}

interface Peer {
  name: string;
  exact: boolean;
  /** Above, its build takes more than ten minutes. */
  most?: number;
  build(vectors: Float32Array, dimensions: number): Promise<(query: Float32Array) => { row: number; score: number }>;
}

// Of each package what is used here; vectors of length 1, so that the inner product is the cosine.

interface Usearch {
  Index: new (
    options: object,
  ) => {
    add(key: bigint, vector: Float32Array, threads: number): void;
    search(vector: Float32Array, k: number, threads: number): UsearchMatches;
  };
  exactSearch(
    rows: Float32Array,
    query: Float32Array,
    dimensions: number,
    k: number,
    metric: "ip",
    threads: number,
  ): UsearchMatches;
}
interface UsearchMatches {
  keys: BigUint64Array;
  distances: Float32Array;
}

interface Hnswlib<Vector> {
  HierarchicalNSW: new (
    space: "ip",
    dimensions: number,
    file?: string,
  ) => {
    initIndex(most: number, m: number, efConstruction: number, seed: number): void;
    addPoint(vector: Vector, label: number, replaceDeleted: boolean): void;
    searchKnn(vector: Vector, k: number, filter: undefined): { distances: number[]; neighbors: number[] };
    setEf?(ef: number): void;
    setEfSearch?(ef: number): void;
  };
}

interface EdgeVecModule {
  initSync(options: { module: Uint8Array }): unknown;
  EdgeVecConfig: new (dimensions: number) => { metric: string };
  EdgeVec: new (
    config: object,
  ) => {
    insert(vector: Float32Array): number;
    search(vector: Float32Array, k: number): { id: number; score: number }[];
  };
}

const PEERS: Peer[] = [
  {
    name: "usearch, exact",
    exact: true,
    async build(vectors, dimensions) {
      const { exactSearch } = fromPeers("usearch") as Usearch;
      return (query) => usearchBest(exactSearch(vectors, query, dimensions, 1, "ip", 1));
    },
  },
  {
    name: "usearch, HNSW f32",
    exact: false,
    async build(vectors, dimensions) {
      const { Index } = fromPeers("usearch") as Usearch;
      const index = new Index({
        dimensions,
        metric: "ip",
        quantization: "f32",
        connectivity: M,
        expansion_add: USEARCH_EXPANSION.add,
        expansion_search: USEARCH_EXPANSION.search,
        multi: false,
      });
      each(vectors, dimensions, (vector, row) => index.add(BigInt(row), vector, 1));
      return (query) => usearchBest(index.search(query, 1, 1));
    },
  },
  {
    name: `hnswlib-node, ef ${EF_SEARCH}`,
    exact: false,
    async build(vectors, dimensions) {
      const library = fromPeers("hnswlib-node") as Hnswlib<number[]>;
      const index = new library.HierarchicalNSW("ip", dimensions);
      index.initIndex(vectors.length / dimensions, M, EF_CONSTRUCTION, SEED);
      each(vectors, dimensions, (vector, row) => index.addPoint([...vector], row, false));
      index.setEf!(EF_SEARCH);
      const lists = new Map<Float32Array, number[]>(); // it takes plain arrays; making one is not its search
      return (query) => {
        const list = lists.get(query) ?? [...query];
        lists.set(query, list);
        return hnswlibBest(index.searchKnn(list, 1, undefined));
      };
    },
  },
  {
    name: `hnswlib-wasm, ef ${EF_SEARCH}`,
    exact: false,
    async build(vectors, dimensions) {
      const library = await hnswlibWasm();
      const index = new library.HierarchicalNSW("ip", dimensions, "");
      index.initIndex(vectors.length / dimensions, M, EF_CONSTRUCTION, SEED);
      each(vectors, dimensions, (vector, row) => index.addPoint(vector, row, false));
      index.setEfSearch!(EF_SEARCH);
      return (query) => hnswlibBest(index.searchKnn(query, 1, undefined));
    },
  },
  {
    name: "edgevec, HNSW",
    exact: false,
    most: 10_000,
    async build(vectors, dimensions) {
      const library = (await import(pathToFileURL(fromPeers.resolve("edgevec/edgevec.js")).href)) as EdgeVecModule;
      library.initSync({ module: readFileSync(fromPeers.resolve("edgevec/edgevec_bg.wasm")) });
      const config = new library.EdgeVecConfig(dimensions);
      config.metric = "l2"; // its "cosine" and "dot" of 0.9.0 answer the least similar; of vectors of length 1 this is the same order
      const index = new library.EdgeVec(config);
      each(vectors, dimensions, (vector) => index.insert(vector));
      return (query) => {
        const [best] = index.search(query, 1);
        return { row: best === undefined ? -1 : best.id - 1, score: Number.NaN };
      };
    },
  },
];

/** Installs them where that is wanting, and says so. */
export function installPeers(): void {
  execFileSync(process.execPath, ["test/setup.mjs", "--peers"], { stdio: ["ignore", 2, 2] });
}

/** Each beside the index, on the rows and queries of a case. */
export async function besidePeers(bed: Bed, data: string, threshold: number): Promise<PeerResult[]> {
  const { file, queries, best } = bed;
  const vectors = new Float32Array(file.rows * file.dimensions);
  file.read(0, vectors);
  const results: PeerResult[] = [];
  for (const peer of PEERS) {
    const { name, most = Number.POSITIVE_INFINITY } = peer;
    const empty = { name, rows: file.rows, data, build: undefined, peer: undefined, subject: undefined };
    const missing = (why: string) => results.push({ ...empty, ratio: undefined, recall: undefined, missing: why });
    if (file.rows > most) {
      missing(`not built from more than ${most.toLocaleString("en")} rows: that takes more than ten minutes`);
      continue;
    }
    console.error(`bench: ${name} of ${file.rows.toLocaleString("en")} rows`);
    const start = performance.now();
    let side: Searcher;
    try {
      const search = await peer.build(vectors, file.dimensions);
      side = searcher(name, (query) => search(queries[query]!));
    } catch (error) {
      missing(`it does not run here: ${(error as Error).message.split("\n")[0]}`);
      continue;
    }
    const build = performance.now() - start;
    const pair = await duel(
      bed.subject(threshold),
      side,
      queries.map((_, i) => i),
    );
    bed.check("mneme", pair.answers.subject, threshold);
    if (peer.exact) bed.check(name, pair.answers.peer);
    const recall = share(
      pair.answers.peer,
      ({ query, row }) => row === best[query]!.row || isTie(vectors, queries[query]!, row, best[query]!.score),
    );
    results.push({ ...empty, build, peer: pair.peer, subject: pair.subject, ratio: pair.ratio, recall });
  }
  return results;
}

function isTie(vectors: Float32Array, query: Float32Array, row: number, score: number): boolean {
  if (row < 0) return false;
  let sum = 0;
  for (let i = 0; i < query.length; i++) sum += vectors[row * query.length + i]! * query[i]!;
  return Math.abs(sum - score) < 1e-6;
}

function share(answers: readonly Answer[], right: (answer: Answer) => boolean): number {
  return answers.filter(right).length / answers.length;
}

function each(vectors: Float32Array, dimensions: number, take: (vector: Float32Array, row: number) => unknown): void {
  for (let row = 0; row * dimensions < vectors.length; row++) {
    take(vectors.slice(row * dimensions, (row + 1) * dimensions), row);
  }
}

function usearchBest({ keys, distances }: UsearchMatches): { row: number; score: number } {
  return keys.length === 0 ? { row: -1, score: -2 } : { row: Number(keys[0]), score: 1 - distances[0]! };
}

function hnswlibBest({ neighbors, distances }: { neighbors: number[]; distances: number[] }) {
  return neighbors.length === 0 ? { row: -1, score: -2 } : { row: neighbors[0]!, score: 1 - distances[0]! };
}

/** It is made for browsers: it looks for a window while it loads, and prints that there is no IndexedDB. */
async function hnswlibWasm(): Promise<Hnswlib<Float32Array>> {
  const global = globalThis as { window?: unknown; document?: unknown };
  const { log, warn, error } = console;
  Object.assign(global, { window: globalThis, document: { currentScript: null } });
  Object.assign(console, { log() {}, warn() {}, error() {} });
  try {
    const { href } = pathToFileURL(fromPeers.resolve("hnswlib-wasm/dist/hnswlib.js"));
    const loader = (await import(href)) as { loadHnswlib(): Promise<Hnswlib<Float32Array>> };
    return await loader.loadHnswlib();
  } finally {
    Object.assign(console, { log, warn, error });
    delete global.window;
    delete global.document;
  }
}
