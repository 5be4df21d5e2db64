import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ExactIndex } from "../../src/vectors/exact-index.ts";
import { seeded } from "../unit/vectors.ts";
import { type Bench, spread } from "./measure.ts";

const THRESHOLDS = [0.8, 0.85, 0.9];
const QUERIES = 200;
const WARM_UP = 400;
const NAMESPACE = "n";

/** Rows, and the queries asked of them by kind. */
interface Data {
  name: string;
  dimensions: number;
  count: number;
  row(i: number): Float32Array;
  queries: Record<string, Float32Array[]>;
}

/**
 * Nearest row by cosine: the index, beside the same kernel scoring every row, in the same run. Each answer that was timed is
 * compared with that one. `--data DIR`: embeddings as signed bytes, rows.i8 and queries-{para,near,unrel}.i8 of 512 numbers.
 */
export const benchSearch: Bench = ({ entries = 100_000, data }) => {
  const sets = [anisotropic(entries, 768), isotropic(entries, 384)];
  if (data !== undefined) sets.unshift(embeddings(data, entries));
  return {
    notes: [
      "Milliseconds. “All rows” scores every row with the same kernel in the same run; “×” is of the medians. “Caches cold”: each search comes after one of all rows.",
      "Blocks (of 16 rows) past plane A, rows past planes B and C, and rows scored: the mean of a search. They are the same in every run.",
      ...sets.map(({ name, count }) => `${name}: ${count.toLocaleString("en")} rows.`),
    ],
    lines: sets.flatMap(measure),
  };
};

function measure({ name, dimensions, count, row, queries }: Data): Record<string, string | number>[] {
  const index = new ExactIndex(dimensions);
  const plain = new ExactIndex(dimensions); // never told to settle: it scores every row
  let start = performance.now();
  for (let i = 0; i < count; i++) index.add(i + 1, NAMESPACE, row(i));
  const filling = performance.now() - start;
  start = performance.now();
  index.settle();
  const learning = performance.now() - start;
  for (let i = 0; i < count; i++) plain.add(i + 1, NAMESPACE, row(i));
  start = performance.now();
  for (let i = 0; i < 1000; i++) index.add(count + 1 + i, NAMESPACE, row(i));
  const inserting = performance.now() - start;
  for (let i = 0; i < 1000; i++) index.remove(count + 1 + i);

  const lines: Record<string, string | number>[] = [];
  for (const [kind, asked] of Object.entries(queries)) {
    for (const threshold of THRESHOLDS) {
      const warm: number[] = [];
      for (let i = 0; i < WARM_UP + asked.length; i++) {
        start = performance.now();
        index.search(NAMESPACE, asked[i % asked.length]!, 1, threshold);
        if (i >= WARM_UP) warm.push(performance.now() - start);
      }
      const looked = { blocks: 0, second: 0, far: 0, rows: 0 };
      const cold: number[] = [];
      const all: number[] = [];
      for (const query of asked) {
        start = performance.now();
        const found = index.search(NAMESPACE, query, 1, threshold);
        cold.push(performance.now() - start);
        for (const [what, n] of Object.entries(index.looked)) looked[what as keyof typeof looked] += n / asked.length;
        start = performance.now();
        const expected = plain.search(NAMESPACE, query, 1, threshold);
        all.push(performance.now() - start);
        if (JSON.stringify(found) !== JSON.stringify(expected)) throw new Error(`${name}, ${kind}: another answer`);
      }
      const [subject, peer] = [spread(warm), spread(all)];
      lines.push({
        case: `${name}, ${kind}, ≥ ${threshold}`,
        median: round(subject.median),
        p99: round(subject.p99),
        "caches cold": round(spread(cold).median),
        "all rows": round(peer.median),
        "×": round(peer.median / subject.median),
        blocks: round(looked.blocks),
        "past B": round(looked.second),
        "past C": round(looked.far),
        scored: round(looked.rows),
      });
    }
  }
  lines.push({
    case: `${name}, add one (before, after learning); learn and encode all`,
    median: round(filling / count),
    p99: round(inserting / 1000),
    "caches cold": "",
    "all rows": round(learning),
  });
  return lines;
}

/** As embeddings are: a mean away from zero, and variance that falls with the direction. Queries: rows, moved. */
function anisotropic(count: number, dimensions: number): Data {
  const random = seeded(1);
  const noise = (): number => random() + random() + random();
  const scale = Float32Array.from({ length: dimensions }, (_, i) => (1 + i) ** -0.55);
  const mean = scale.map((s) => 0.6 * s * noise());
  const make = (around?: Float32Array, share = 0): Float32Array => {
    const vector = scale.map((s, i) =>
      around === undefined ? mean[i]! + s * noise() : around[i]! + share * s * noise(),
    );
    return vector;
  };
  const centres = Array.from({ length: Math.ceil(count / 20) }, () => make());
  const rows = new Float32Array(count * dimensions);
  for (let i = 0; i < count; i++) rows.set(make(centres[i % centres.length], 0.7), i * dimensions);
  const row = (i: number): Float32Array => rows.subarray(i * dimensions, (i + 1) * dimensions);
  return {
    name: `anisotropic ${dimensions}`,
    dimensions,
    count,
    row,
    queries: {
      paraphrase: Array.from({ length: QUERIES }, (_, i) => make(row((i * 997) % count), 0.35)),
      unrelated: Array.from({ length: QUERIES }, () => make()),
    },
  };
}

/** No structure at all: the worst there is. */
function isotropic(count: number, dimensions: number): Data {
  const random = seeded(2);
  const make = (): Float32Array => Float32Array.from({ length: dimensions }, () => random() + random() + random());
  const rows = Array.from({ length: count }, make);
  return {
    name: `isotropic ${dimensions}`,
    dimensions,
    count,
    row: (i) => rows[i]!,
    queries: { unrelated: Array.from({ length: QUERIES }, make) },
  };
}

function embeddings(folder: string, entries: number): Data {
  const dimensions = 512;
  const vectors = (file: string): ((i: number) => Float32Array) => {
    const bytes = readFileSync(join(folder, file));
    const codes = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    return (i) => Float32Array.from(codes.subarray(i * dimensions, (i + 1) * dimensions));
  };
  const row = vectors("rows.i8");
  const kinds = { paraphrase: "queries-para.i8", "near miss": "queries-near.i8", unrelated: "queries-unrel.i8" };
  return {
    name: "real sentences 512",
    dimensions,
    count: Math.min(entries, 100_000),
    row,
    queries: Object.fromEntries(
      Object.entries(kinds).map(([kind, file]) => {
        const query = vectors(file);
        return [kind, Array.from({ length: QUERIES }, (_, i) => query(i))];
      }),
    ),
  };
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
