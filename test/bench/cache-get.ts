import { SemanticCacheSync } from "../../src/index.ts";
import { ExactIndex } from "../../src/vectors/exact-index.ts";
import { type Data, KINDS, type Kind, type Source } from "./data.ts";
import { untilQuiet } from "./event-loop.ts";
import { compare } from "./measure.ts";

const ROWS = 10_000;
const QUERIES = 200;
const THRESHOLD = 0.85;

export interface GetOverhead {
  kind: Kind;
  rows: number;
  /** Milliseconds: medians of a semantic lookup through the cache, and of the index's part of it alone. */
  get: number;
  search: number;
  /** Median over the rounds of the difference. */
  overhead: number;
  hits: number;
}

/** What SemanticCacheSync.get adds to the index's own time: its embedder has the vectors, its store is memory. */
export async function measureGet(source: Source): Promise<GetOverhead[]> {
  const data = source.open(ROWS, QUERIES);
  const vectors = vectorsByText(source, data);
  const cache = SemanticCacheSync.open({
    guards: false, // `npm run bench -- guards` has what they take
    threshold: THRESHOLD,
    embedder: {
      fingerprint: `bench:dim${source.dimensions}`,
      dimensions: source.dimensions,
      embed: (texts) => texts.map((text) => vectors.get(text)!),
    },
  });
  const index = new ExactIndex(source.dimensions);
  for (let row = 0; row < ROWS; row++) {
    cache.put(rowText(row), "an answer");
    index.add(row + 1, "n", vectors.get(rowText(row))!);
  }
  await untilQuiet(); // the cache's index learns meanwhile
  index.settle();
  const results = KINDS.map((kind): GetOverhead => {
    const texts = data.queries[kind].map((_, i) => queryText(kind, i));
    let hits = 0;
    for (const [i, text] of texts.entries()) {
      const hit = cache.get(text);
      const [best] = index.search("n", data.queries[kind][i]!, 1, THRESHOLD);
      if (hit?.similarity !== best?.similarity) throw new Error(`the cache and the index disagree on ${text}`);
      if (hit !== undefined) hits++;
    }
    let got = 0;
    let searched = 0;
    const { subject, peer, difference } = compare(
      () => cache.get(texts[got++ % texts.length]!),
      () => index.search("n", data.queries[kind][searched++ % texts.length]!, 1, THRESHOLD),
    );
    const hit = hits / texts.length;
    return { kind, rows: ROWS, get: subject.median, search: peer.median, overhead: difference, hits: hit };
  });
  cache.close();
  return results;
}

function vectorsByText({ dimensions }: Source, data: Data): Map<string, Float32Array> {
  const rows = new Float32Array(ROWS * dimensions);
  data.read(0, rows);
  const vectors = new Map<string, Float32Array>();
  for (let row = 0; row < ROWS; row++) {
    vectors.set(rowText(row), rows.subarray(row * dimensions, (row + 1) * dimensions));
  }
  for (const kind of KINDS)
    for (const [i, query] of data.queries[kind].entries()) vectors.set(queryText(kind, i), query);
  return vectors;
}

/** As long as a question is; in lower case, as the embedder is given it. */
function rowText(row: number): string {
  return `what is the answer to question number ${row}?`;
}

function queryText(kind: Kind, i: number): string {
  return `how would one answer a ${kind} of question ${i}?`;
}
