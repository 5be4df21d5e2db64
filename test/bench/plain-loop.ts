import type { RowsFile } from "./rows-file.ts";
import type { Answers, Searcher } from "./searcher.ts";

/** The best of rows that lie one after another, by cosine: what one writes without a library. Rows count from 0. */
export function plainScan(query: Float32Array, rows: Float32Array): { row: number; score: number } {
  let best = -1;
  let score = -2;
  for (let row = 0; row * query.length < rows.length; row++) {
    const dot = plainDot(query, rows, row * query.length);
    if (dot > score) {
      score = dot;
      best = row;
    }
  }
  return { row: best, score };
}

/** Four sums, as one alone would be slower still. */
export function plainDot(query: Float32Array, rows: Float32Array, at: number): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let i = 0; i < query.length; i += 4, at += 4) {
    a += rows[at]! * query[i]!;
    b += rows[at + 1]! * query[i + 1]!;
    c += rows[at + 2]! * query[i + 2]!;
    d += rows[at + 3]! * query[i + 3]!;
  }
  return a + b + c + d;
}

const CHUNK = 100_000;

/** The loop on the rows of a file. Only the loop is timed, not the reading, so that a million rows need not be in memory. */
export function plainLoop(file: RowsFile, queries: readonly Float32Array[]): Searcher {
  let whole: Float32Array | undefined;
  if (file.rows <= CHUNK) {
    whole = new Float32Array(file.rows * file.dimensions);
    file.read(0, whole);
  }
  return {
    name: "plain loop",
    ask(asked) {
      const answers: Answers = { milliseconds: [], rows: [], scores: [] };
      for (const number of asked) {
        const best = { row: -1, score: -2, milliseconds: 0 };
        for (const { from, vectors } of whole ? [{ from: 0, vectors: whole }] : file.chunks(CHUNK)) {
          const start = performance.now();
          const { row, score } = plainScan(queries[number]!, vectors);
          best.milliseconds += performance.now() - start;
          if (score > best.score) Object.assign(best, { row: from + row, score });
        }
        answers.milliseconds.push(best.milliseconds);
        answers.rows.push(best.row);
        answers.scores.push(best.score);
      }
      return answers;
    },
  };
}
