import { ExactIndex } from "../../src/vectors/exact-index.ts";
import { type Data, KINDS, type Kind, type Source } from "./data.ts";
import { untilQuiet } from "./event-loop.ts";
import { type Spread, spread } from "./measure.ts";
import { NumPy } from "./numpy.ts";
import { plainLoop } from "./plain-loop.ts";
import { RowsFile } from "./rows-file.ts";
import { type Answer, type Duel, duel, type Searcher, searcher } from "./searcher.ts";

const THRESHOLDS = [0.8, 0.85, 0.9] as const;
/** The default of the cache: what is measured where only one is. */
export const USUAL = 0.85;
const QUERIES = 200;
/** Of a million rows: each is compared with a scan of all, which takes a tenth of a second. */
const FEW_QUERIES = 100;
const EVICTED_QUERIES = 100;
const CHUNK_ROWS = 10_000;
const INSERTED = 1000;
const INSERTED_AT_ONCE = 50;
/** Until the compiler is done with the kernel. */
const WARM_UP_CALLS = 400;
const WARM_UP_MS = 500;
const NAMESPACE = "n";
/** Above what a float32 sum of 1,536 products in another order gives. */
const SAME_SCORE = 1e-5;

/** Searches of one kind at one threshold. */
export interface Cell {
  kind: Kind;
  threshold: number;
  warm: Spread;
  /** Before each search 128 MB were read. Only at the usual threshold. */
  evicted: Spread | undefined;
  numpy1: Duel | undefined;
  numpy2: Duel | undefined;
  looked: ExactIndex["looked"];
}

export interface Case {
  name: string;
  dimensions: number;
  rows: number;
  cells: Cell[];
  /** Scoring every row with the same kernel: milliseconds. */
  allRows: number;
  plain: Duel | undefined;
  /** Milliseconds to add all rows, and what learning and encoding took after it, in all and in the longest slice. */
  fill: number;
  learning: { busy: number; longest: number };
  /** Milliseconds to add one row when learning is over. */
  insert: number;
  bytesPerRow: number;
  /** What the index holds above the rows as float32, as a share of these; its spare room is in it. */
  extraMemory: number;
}

/** Everything `measureCase` opened, for peers that are asked the same. */
export interface Bed {
  file: RowsFile;
  queries: Float32Array[];
  subject(threshold: number): Searcher;
  /** Ends the bench if an answer is not that of scoring every row. */
  check(name: string, answers: readonly Answer[], threshold?: number): void;
  best: { row: number; score: number }[];
}

export interface CaseOptions {
  python: string | undefined;
  /** One kind of query at one threshold, for the curve. */
  brief: boolean;
  /** What is measured besides while rows and index are there. */
  also?(bed: Bed): Promise<void>;
}

export async function measureCase(source: Source, rows: number, options: CaseOptions): Promise<Case> {
  const { name, dimensions } = source;
  const data = source.open(rows, rows > 300_000 ? FEW_QUERIES : QUERIES);
  const file = new RowsFile(rows, dimensions);
  try {
    const index = new ExactIndex(dimensions);
    const fill = fillBoth(index, file, data);
    const queries = KINDS.flatMap((kind) => data.queries[kind]);
    const numbers = numbersByKind(data);
    // Nothing was awaited since the rows were added: the index has learnt nothing yet, and scores every row.
    const everyRow = searcher("all rows", (query) => found(index, queries[query]!, -1)).ask(
      options.brief ? numbers.paraphrase : queries.map((_, i) => i),
    );
    const { milliseconds, rows: bestRows, scores } = await everyRow;
    const best = bestRows.map((row, i) => ({ row, score: scores[i]! }));
    const learning = await untilQuiet();
    index.settle();
    const extraMemory = index.bytes / (rows * dimensions * 4) - 1;
    const bed: Bed = {
      file,
      queries,
      best,
      subject: (threshold) => searcher("mneme", (query) => found(index, queries[query]!, threshold)),
      check: (who, answers, threshold) => checkAnswers(`${who} on ${name}`, answers, best, threshold),
    };
    warmUp(index, queries);
    const measured: Case = {
      name,
      dimensions,
      rows,
      cells: [],
      allRows: spread(milliseconds).median,
      plain: undefined,
      fill,
      learning,
      insert: 0,
      bytesPerRow: index.bytes / rows,
      extraMemory,
    };
    const kinds = options.brief ? (["paraphrase"] as const) : KINDS;
    const thresholds = options.brief ? [USUAL] : THRESHOLDS;
    for (const kind of kinds) {
      for (const threshold of thresholds) {
        const { warm, looked } = await timeAlone(bed, index, numbers[kind], threshold);
        const evicted =
          options.brief || threshold !== USUAL ? undefined : await timeEvicted(bed, numbers[kind], threshold);
        measured.cells.push({ kind, threshold, warm, evicted, looked, numpy1: undefined, numpy2: undefined });
      }
    }
    await besideNumPy(bed, measured, numbers, options);
    const loop = await duel(bed.subject(USUAL), plainLoop(file, queries), numbers.paraphrase);
    bed.check("mneme", loop.answers.subject, USUAL);
    bed.check("plain loop", loop.answers.peer);
    measured.plain = loop;
    await options.also?.(bed);
    measured.insert = timeInserting(index, data, dimensions); // last: it leaves vacant blocks behind
    return measured;
  } finally {
    file.remove();
  }
}

function fillBoth(index: ExactIndex, file: RowsFile, data: Data): number {
  const { dimensions } = index;
  let took = 0;
  const buffer = new Float32Array(Math.min(CHUNK_ROWS, data.rows) * dimensions);
  for (let from = 0; from < data.rows; from += CHUNK_ROWS) {
    const count = Math.min(CHUNK_ROWS, data.rows - from);
    const vectors = buffer.subarray(0, count * dimensions);
    data.read(from, vectors);
    file.append(vectors);
    const start = performance.now();
    for (let i = 0; i < count; i++) {
      index.add(from + i + 1, NAMESPACE, vectors.subarray(i * dimensions, (i + 1) * dimensions));
    }
    took += performance.now() - start;
  }
  return took;
}

function found(index: ExactIndex, query: Float32Array, threshold: number): { row: number; score: number } {
  const [best] = index.search(NAMESPACE, query, 1, threshold);
  return best === undefined ? { row: -1, score: -2 } : { row: best.id - 1, score: best.similarity };
}

function warmUp(index: ExactIndex, queries: readonly Float32Array[]): void {
  const start = performance.now();
  for (let call = 0; call < WARM_UP_CALLS && performance.now() - start < WARM_UP_MS; call++) {
    index.search(NAMESPACE, queries[call % queries.length]!, 1, USUAL);
  }
}

/** Milliseconds a row: the median of groups, as the clock is too coarse for one. They are removed again. */
function timeInserting(index: ExactIndex, data: Data, dimensions: number): number {
  const count = Math.min(INSERTED, data.rows);
  const vectors = new Float32Array(count * dimensions);
  data.read(0, vectors);
  const times: number[] = [];
  for (let at = 0; at < count; at += INSERTED_AT_ONCE) {
    const start = performance.now();
    for (let i = at; i < at + INSERTED_AT_ONCE; i++) {
      index.add(data.rows + i + 1, NAMESPACE, vectors.subarray(i * dimensions, (i + 1) * dimensions));
    }
    times.push((performance.now() - start) / INSERTED_AT_ONCE);
  }
  for (let i = 0; i < count; i++) index.remove(data.rows + i + 1);
  index.settle();
  return spread(times).median;
}

/** All queries, one search after another, and what the searches looked at. */
async function timeAlone(bed: Bed, index: ExactIndex, queries: readonly number[], threshold: number) {
  const looked = { blocks: 0, second: 0, far: 0, rows: 0 };
  const counting = searcher("mneme", (query) => {
    const answer = found(index, bed.queries[query]!, threshold);
    for (const what of Object.keys(looked) as (keyof typeof looked)[])
      looked[what] += index.looked[what] / queries.length;
    return answer;
  });
  await asked(bed, counting, queries, threshold);
  return { warm: spread(await asked(bed, bed.subject(threshold), queries, threshold)), looked };
}

const EVICTING_BYTES = 128e6;
const LINE_BYTES = 64;
let evicting: Uint8Array | undefined;

/** Reads more than any core's share of the caches, as what an application does between two searches would. */
function evictCaches(): number {
  evicting ??= new Uint8Array(EVICTING_BYTES).fill(1); // memory never written may be one page of zeros
  let sum = 0;
  for (let i = 0; i < evicting.length; i += LINE_BYTES) sum += evicting[i]!;
  return sum;
}

async function timeEvicted(bed: Bed, queries: readonly number[], threshold: number): Promise<Spread> {
  const subject = bed.subject(threshold);
  const times: number[] = [];
  for (const query of queries.slice(0, EVICTED_QUERIES)) {
    if (evictCaches() !== EVICTING_BYTES / LINE_BYTES) throw new Error("the sum is of use: else it need not be formed");
    times.push(...(await asked(bed, subject, [query], threshold)));
  }
  return spread(times);
}

async function asked(bed: Bed, subject: Searcher, queries: readonly number[], threshold: number): Promise<number[]> {
  const { milliseconds, rows, scores } = await subject.ask(queries);
  bed.check(
    subject.name,
    queries.map((query, i) => ({ query, row: rows[i]!, score: scores[i]! })),
    threshold,
  );
  return milliseconds;
}

/** One process after the other, so that only one of them holds the rows. Two threads only at the usual threshold. */
async function besideNumPy(
  bed: Bed,
  { cells }: Case,
  numbers: Record<Kind, number[]>,
  { python, brief }: CaseOptions,
): Promise<void> {
  if (python === undefined) return;
  for (const threads of brief ? [1] : [1, 2]) {
    const numpy = await NumPy.start(python, threads, bed.file, bed.queries);
    try {
      for (const cell of cells) {
        if (threads === 2 && cell.threshold !== USUAL) continue;
        const pair = await duel(bed.subject(cell.threshold), numpy, numbers[cell.kind]);
        bed.check("mneme", pair.answers.subject, cell.threshold);
        bed.check(numpy.name, pair.answers.peer);
        cell[threads === 1 ? "numpy1" : "numpy2"] = pair;
      }
    } finally {
      await numpy.stop();
    }
  }
}

/** With a threshold, an answer of ours: the same row and the same score, to the bit. Without, a peer's, who sums in another order. */
function checkAnswers(
  who: string,
  answers: readonly Answer[],
  best: readonly { row: number; score: number }[],
  threshold?: number,
): void {
  for (const { query, row, score } of answers) {
    const expected = best[query]!;
    const none = threshold !== undefined && expected.score < threshold;
    const right =
      threshold === undefined
        ? Math.abs(score - expected.score) <= SAME_SCORE
        : none
          ? row === -1
          : row === expected.row && score === expected.score;
    if (!right) {
      throw new Error(
        `${who}, query ${query}: row ${row} at ${score}; scoring every row gives row ${expected.row} at ${expected.score}`,
      );
    }
  }
}

function numbersByKind({ queries }: Data): Record<Kind, number[]> {
  let next = 0;
  return Object.fromEntries(KINDS.map((kind) => [kind, queries[kind].map(() => next++)])) as Record<Kind, number[]>;
}
