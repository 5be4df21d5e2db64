import { resultIds, resultScores } from "./layout";

// The best found so far, best first; equal scores stand in id order.

let count: i32 = 0;
let wanted: i32 = 0;
let least: f32 = 0;

export function begin(k: i32, threshold: f32): void {
  count = 0;
  wanted = k;
  least = threshold;
}

export function found(): i32 {
  return count;
}

/** What a score must reach: the threshold, and once all places are taken the last of them. */
export function bar(): f32 {
  return least;
}

/** Takes a score that reached the bar, unless its slot is vacant. The last goes when all places are taken. */
export function offer(id: f64, score: f32): void {
  if (id == 0) return;
  let place = count;
  if (count == wanted) {
    if (!before(score, id, count - 1)) return;
    place = count - 1;
  } else {
    count++;
  }
  while (place > 0 && before(score, id, place - 1)) {
    store<f32>(scoreAddress(place), scoreAt(place - 1));
    store<f64>(idAddress(place), load<f64>(idAddress(place - 1)));
    place--;
  }
  store<f32>(scoreAddress(place), score);
  store<f64>(idAddress(place), id);
  if (count == wanted) least = max(least, scoreAt(count - 1));
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
