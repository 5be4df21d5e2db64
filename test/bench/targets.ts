import type { GetOverhead } from "./cache-get.ts";
import { type Case, type Cell, USUAL } from "./case.ts";
import type { PeerResult } from "./peers.ts";

/** What the search is to reach. `measured` and `met` are null where this run did not measure it. */
export interface Target {
  target: string;
  bound: number;
  /** Of the kinds of query the worst. */
  measured: number | null;
  met: boolean | null;
}

export function targets(
  cases: readonly Case[],
  peers: readonly PeerResult[],
  overheads: readonly GetOverhead[],
): Target[] {
  const at = (name: string, rows: number): Case | undefined =>
    cases.find((measured) => measured.name === name && measured.rows === rows);
  const each = <T>(of: Case | undefined, threshold: number | undefined, take: (cell: Cell) => T | undefined): T[] =>
    (of?.cells ?? [])
      .filter((cell) => threshold === undefined || cell.threshold === threshold)
      .map(take)
      .filter((value): value is Awaited<T> => value !== undefined) as T[];
  const numpy = (name: string, rows: number, threshold?: number): number | null =>
    least(each(at(name, rows), threshold, (cell) => cell.numpy1?.ratio));
  const slowest = (of: Case | undefined): number | null => most(each(of, USUAL, (cell) => cell.warm.median));
  const evicted = (name: string): number | null =>
    most(each(at(name, 100_000), USUAL, ({ evicted, warm }) => evicted && evicted.median / warm.median));
  const peer = (name: string): number | null =>
    peers.find((result) => result.name.startsWith(name) && result.rows === 100_000)?.ratio ?? null;

  const real = "real sentences 512";
  const usual = "anisotropic 768";
  const million = slowest(at(usual, 1_000_000));
  const lakh = slowest(at(usual, 100_000));
  const of768 = cases.filter(({ dimensions }) => dimensions === 768);
  const isotropic = cases.filter(({ name }) => name.startsWith("isotropic"));
  return [
    atLeast("× NumPy 1T, real 512, 100,000 rows, ≥ 0.85", 100, numpy(real, 100_000, 0.85)),
    atLeast("× NumPy 1T, real 512, 100,000 rows, ≥ 0.8", 85, numpy(real, 100_000, 0.8)),
    atLeast("× NumPy 1T, anisotropic 768, 100,000 rows, ≥ 0.85", 100, numpy(usual, 100_000, 0.85)),
    atLeast("× NumPy 1T, flat spectrum 768, 100,000 rows, ≥ 0.85", 35, numpy("flat spectrum 768", 100_000, 0.85)),
    atLeast(
      "× NumPy 1T, isotropic, 100,000 rows, any threshold",
      1.8,
      least(
        isotropic
          .filter(({ rows }) => rows === 100_000)
          .map(({ name }) => numpy(name, 100_000))
          .filter((ratio) => ratio !== null),
      ),
    ),
    atLeast("× NumPy 1T, anisotropic 768, 10,000 rows, ≥ 0.85", 50, numpy(usual, 10_000, 0.85)),
    atLeast("× NumPy 1T, real 512, 10,000 rows, ≥ 0.85", 50, numpy(real, 10_000, 0.85)),
    atMost("ms, anisotropic 768, 1,000,000 rows, ≥ 0.85", 2.5, million),
    atMost("× the time of 100,000 rows, 1,000,000 rows", 6, million && lakh && million / lakh),
    atMost("× the warm time, caches evicted, anisotropic 768, 100,000 rows", 2, evicted(usual)),
    atMost("× the warm time, caches evicted, real 512, 100,000 rows", 2, evicted(real)),
    atMost("µs to insert a row, 768 dimensions", 10, most(of768.map(({ insert }) => insert * 1000))),
    atMost("ms, longest pause for learning", 10, most(cases.map(({ learning }) => learning.longest))),
    atMost(
      "% more memory than the rows as float32, spare room included, anisotropic 768, 100,000 rows",
      5,
      percent(at(usual, 100_000)?.extraMemory),
    ),
    atMost("µs that cache.get adds", 30, most(overheads.map(({ overhead }) => overhead * 1000))),
    atLeast("× hnswlib-node ef 50, 100,000 rows", 1, peer("hnswlib-node")),
    atLeast("× usearch HNSW f32, 100,000 rows", 1, peer("usearch, HNSW")),
  ];
}

function atLeast(target: string, bound: number, measured: number | null): Target {
  return {
    target: `≥ ${bound} ${target}`,
    bound,
    measured: rounded(measured),
    met: measured === null ? null : measured >= bound,
  };
}

function atMost(target: string, bound: number, measured: number | null): Target {
  return {
    target: `≤ ${bound} ${target}`,
    bound,
    measured: rounded(measured),
    met: measured === null ? null : measured <= bound,
  };
}

function least(values: readonly number[]): number | null {
  return values.length === 0 ? null : Math.min(...values);
}

function most(values: readonly number[]): number | null {
  return values.length === 0 ? null : Math.max(...values);
}

function percent(share: number | undefined): number | null {
  return share === undefined ? null : share * 100;
}

function rounded(value: number | null): number | null {
  return value === null ? null : Number(value.toPrecision(3));
}
