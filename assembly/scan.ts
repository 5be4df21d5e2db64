import { dot } from "./dot";
import { blockRows, idAt, next, query, resultIds, resultScores, rowAt } from "./layout";

let found: i32 = 0;

/**
 * Scores every row of a chain against the query row and keeps the best `k` at or above `threshold`, best first; equal
 * scores stand in id order. Returns how many it kept. The comparison is written so that a NaN score never enters.
 */
export function scan(head: usize, k: i32, threshold: f32): i32 {
  const wanted = query();
  let bar = threshold;
  found = 0;
  if (k <= 0) return 0;
  for (let block = head; block != 0; block = next(block)) {
    for (let lane = 0; lane < blockRows(); lane++) {
      const score = dot(wanted, rowAt(block, lane));
      if (score >= bar) {
        const id = load<f64>(idAt(block, lane));
        if (id == 0) continue;
        offer(id, score, k);
        if (found == k) bar = max(bar, scoreAt(k - 1));
      }
    }
  }
  return found;
}

/** Inserts into the sorted results, dropping the last when all `k` places are taken. */
function offer(id: f64, score: f32, k: i32): void {
  let place = found;
  if (found == k) {
    if (!before(score, id, k - 1)) return;
    place = k - 1;
  } else {
    found++;
  }
  while (place > 0 && before(score, id, place - 1)) {
    store<f32>(scoreAddress(place), scoreAt(place - 1));
    store<f64>(idAddress(place), load<f64>(idAddress(place - 1)));
    place--;
  }
  store<f32>(scoreAddress(place), score);
  store<f64>(idAddress(place), id);
}

/** Whether (score, id) stands before the result at `place`. */
function before(score: f32, id: f64, place: i32): bool {
  const other = scoreAt(place);
  return score > other || (score == other && id < load<f64>(idAddress(place)));
}

function scoreAt(place: i32): f32 {
  return load<f32>(scoreAddress(place));
}

function scoreAddress(place: i32): usize {
  return resultScores() + ((<usize>place) << 2);
}

function idAddress(place: i32): usize {
  return resultIds() + ((<usize>place) << 3);
}
