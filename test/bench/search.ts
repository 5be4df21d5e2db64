import { writeFileSync } from "node:fs";
import { freemem } from "node:os";
import { type GetOverhead, measureGet } from "./cache-get.ts";
import { type Case, measureCase, USUAL } from "./case.ts";
import { anisotropic, embeddings, flat, isotropic, type Source } from "./data.ts";
import { type Bench, type Line, machine } from "./measure.ts";
import { pythonWithNumPy } from "./numpy.ts";
import { besidePeers, installPeers, type PeerResult } from "./peers.ts";
import { type CurvePoint, plot } from "./plot.ts";
import { targets } from "./targets.ts";

const SIZES = [1_000, 10_000, 100_000];
const CURVE_SIZES = [3_000, 30_000];
const MILLION_SIZES = [300_000, 1_000_000];
const CURVE = anisotropic(768);
/** Rows that all npm peers are built from within minutes. */
const PEER_ROWS = 10_000;
/** With --peers full. */
const MOST_PEER_ROWS = 100_000;
/** The rows, NumPy's copy of them, and room to work. */
const MILLION_BYTES = 9e9;

/** Nearest row by cosine: the index beside NumPy, a plain loop and other libraries, in the same run (CONTRIBUTING.md). */
export const benchSearch: Bench = async ({ entries = 100_000, data, million, peers, plot: plotFile, sets }) => {
  const notes: string[] = [...NOTES];
  if (peers !== "none") installPeers();
  const python = pythonWithNumPy();
  if (python === undefined) notes.push("NumPy: there is no python3 with numpy here (Debian: python3-numpy).");
  const all = [anisotropic(384), CURVE, anisotropic(1536), flat(768), isotropic(384), isotropic(768)];
  if (data !== undefined) all.unshift(embeddings(data));
  const sources = all.filter(({ name }) => sets === undefined || sets.some((wanted) => name.includes(wanted)));
  if (plotFile !== undefined && !sources.includes(CURVE))
    throw new Error(`--plot wants ${CURVE.name} among the --sets.`);
  if (million && freemem() < MILLION_BYTES) {
    throw new Error(`--million wants ${MILLION_BYTES / 1e9} GB of free memory, and there are ${freemem() / 1e9}.`);
  }

  const cases: Case[] = [];
  const peerResults: PeerResult[] = [];
  const run = async (source: Source, rows: number, brief: boolean): Promise<void> => {
    console.error(`bench: ${source.name}, ${rows.toLocaleString("en")} rows`);
    const withPeers =
      source === sources[0] &&
      !brief &&
      ((rows === PEER_ROWS && peers !== "none") || (rows === MOST_PEER_ROWS && peers === "full"));
    const measured = await measureCase(source, rows, {
      python,
      brief,
      also: async (bed) => {
        if (withPeers) peerResults.push(...(await besidePeers(bed, source.name, USUAL)));
      },
    });
    cases.push(measured);
  };
  for (const source of sources) {
    for (const rows of SIZES) {
      if (rows <= Math.min(entries, source.most ?? rows)) await run(source, rows, false);
    }
  }
  if (sources.includes(CURVE)) {
    for (const rows of CURVE_SIZES) if (rows <= entries) await run(CURVE, rows, true);
    if (million) for (const rows of MILLION_SIZES) await run(CURVE, rows, rows < 1_000_000);
  }
  const overheads = await measureGet(CURVE);
  const curve = cases
    .filter(({ name }) => name === CURVE.name)
    .map(curvePoint)
    .sort((a, b) => a.rows - b.rows);
  if (plotFile !== undefined) {
    writeFileSync(
      plotFile,
      plot(
        curve,
        `${CURVE.dimensions} dimensions, threshold ${USUAL}, one thread; ${machine().cpu}, ${machine().runtime}`,
      ),
    );
  }
  return {
    notes,
    lines: cases.flatMap(searchLines),
    sections: {
      index: cases.map(indexLine),
      "cache.get": overheads.map(getLine),
      peers: peerResults.map(peerLine),
      curve: curve.map(({ rows, ...times }) => ({ rows, ...rounded(times) })),
      targets: targets(cases, peerResults, overheads).map((target) => ({ ...target })),
    },
  };
};

const NOTES = [
  "Milliseconds, one thread but for NumPy 2T. “×” is how many times faster the index is: the median over rounds in which the two take turns, as are the peers'; “× its best” takes NumPy's fastest call against the index's median, as other work on the machine stretches long calls more. NumPy: float32 `M @ q` and argmax, timed inside Python.",
  "Every timed answer was compared with that of scoring every row: the same row and score to the bit for the index, the score within 1e-5 for exact peers. Recall is the share of queries for which a peer found the nearest row.",
  "Evicted: before each search 128 MB are read. All rows: scoring every row with the same kernel. Blocks (of 16 rows) past plane A, rows past planes B and C, and rows scored: the mean of a search, the same in every run.",
  "Learning: what runs between other things, in all and in the longest piece without a break. Peers run on the first set of data.",
];

function searchLines({ name, rows, cells, allRows }: Case): Line[] {
  return cells.map(({ kind, threshold, warm, evicted, numpy1, numpy2, looked }) => ({
    set: name,
    rows,
    kind,
    threshold,
    ...rounded({
      p50: warm.median,
      p99: warm.p99,
      "evicted p50": evicted?.median,
      "evicted p99": evicted?.p99,
      "all rows": allRows,
      "NumPy 1T": numpy1?.peer.median,
      "× 1T": numpy1?.ratio,
      "× its best": numpy1?.cautious,
      "NumPy 2T": numpy2?.peer.median,
      "× 2T": numpy2?.ratio,
      blocks: looked.blocks,
      "past B": looked.second,
      "past C": looked.far,
      scored: looked.rows,
    }),
  }));
}

function indexLine({ name, rows, fill, learning, insert, bytesPerRow, extraMemory, plain }: Case): Line {
  return {
    set: name,
    rows,
    ...rounded({
      "fill ms": fill,
      "learning ms": learning.busy,
      "longest ms": learning.longest,
      "insert µs": insert * 1000,
      "bytes a row": bytesPerRow,
      "more memory %": extraMemory * 100,
      "plain loop": plain?.peer.median,
      "× loop": plain?.ratio,
    }),
  };
}

function getLine({ kind, rows, get, search, overhead, hits }: GetOverhead): Line {
  return {
    kind,
    rows,
    ...rounded({ "get µs": get * 1000, "index µs": search * 1000, "adds µs": overhead * 1000, hits }),
  };
}

function peerLine({ name, data, rows, build, peer, subject, ratio, recall, missing }: PeerResult): Line {
  if (missing !== undefined) return { peer: name, set: data, rows, missing };
  return {
    peer: name,
    set: data,
    rows,
    ...rounded({
      "build s": build === undefined ? undefined : build / 1000,
      p50: peer?.median,
      p99: peer?.p99,
      "recall@1": recall,
      "mneme p50": subject?.median,
      "×": ratio,
    }),
  };
}

function curvePoint({ rows, cells, plain }: Case): CurvePoint {
  const cell = cells.find(({ kind, threshold }) => kind === "paraphrase" && threshold === USUAL)!;
  return { rows, mneme: cell.warm.median, numpy: cell.numpy1?.peer.median, loop: plain?.peer.median };
}

function rounded(values: Record<string, number | undefined>): Line {
  return Object.fromEntries(
    Object.entries(values)
      .filter((entry): entry is [string, number] => entry[1] !== undefined)
      .map(([name, value]) => [name, Number(value.toPrecision(3))]),
  );
}
