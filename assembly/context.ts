import { allocate } from "./memory";
import { rowBytes } from "./rows";

// What one search works with. Every search under way has a context of its own: the queries of a batch, and every thread.
// All of it is addressed from where the chosen context begins:
//
//   +0     numbers of the search (results.ts, prune.ts, weights.ts)
//   +128   ids found: f64 × MAX_RESULTS; their scores: f32 × MAX_RESULTS
//   +1664  weights (256 bytes), sums of a block (128), coordinates (512), codes (128), lengths (64)
//   +2752  the query row, a row to work on, and candidates

const MAX_RESULTS: i32 = 128;
export const CAPACITY: i32 = 4096;
export const CANDIDATE: usize = 16;
const LISTED: usize = 8;
const IDS: usize = 128;
const SCORES: usize = IDS + <usize>MAX_RESULTS * 8;
const WEIGHTS: usize = SCORES + <usize>MAX_RESULTS * 4;
const SUMS: usize = WEIGHTS + 256;
const COORDINATES: usize = SUMS + 128;
const CODES: usize = COORDINATES + 512;
const LENGTHS: usize = CODES + 128;
const QUERY: usize = LENGTHS + 64;

let here: usize = 0;

export function maxResults(): i32 {
  return MAX_RESULTS;
}

/** Returns its address, or 0 when memory is exhausted. */
export function newContext(): usize {
  return allocate(QUERY + 2 * rowBytes());
}

export function choose(context: usize): void {
  here = context;
}

/** Room for candidates, which only searches that pass rows over need. False when memory is exhausted. */
export function makeRoom(): bool {
  if (candidates() != 0) return true;
  store<u32>(here, <u32>allocate(<usize>CAPACITY * (2 * CANDIDATE + LISTED)), 4);
  return candidates() != 0;
}

export function context(): usize {
  return here;
}

export function candidates(): usize {
  return <usize>load<u32>(here, 4);
}

/** Of rows that passed plane A: there may be as many as a section has. */
export function list(): usize {
  return candidates() + <usize>CAPACITY * 2 * CANDIDATE;
}

export function resultIds(): usize {
  return here + IDS;
}

export function resultScores(): usize {
  return here + SCORES;
}

export function weights(): usize {
  return here + WEIGHTS;
}

export function sums(): usize {
  return here + SUMS;
}

export function coordinates(): usize {
  return here + COORDINATES;
}

export function codes(): usize {
  return here + CODES;
}

export function lengths(): usize {
  return here + LENGTHS;
}

export function query(): usize {
  return here + QUERY;
}

export function wideRow(): usize {
  return here + QUERY + rowBytes();
}
