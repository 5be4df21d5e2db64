import { idOf } from "./blocks";
import { context, resultIds, resultScores } from "./context";
import { beginSeeing } from "./shared";

// The best found so far, best first; equal scores stand in id order. In a context: k (+8), how many were found (+12), the
// bar (+16), whether a filter is to be asked (+20).

/** Whether an entry may be part of the answer. JavaScript knows. */
declare function allowed(id: f64): bool;

export function begin(k: i32, threshold: f32, filtered: bool): void {
  ask(k, threshold, filtered);
  if (ASC_FEATURE_THREADS) beginSeeing();
}

/** Nothing is found yet, of the version that is seen. */
export function ask(k: i32, threshold: f32, filtered: bool): void {
  const here = context();
  store<i32>(here, k, 8);
  store<i32>(here, 0, 12);
  store<f32>(here, threshold, 16);
  store<i32>(here, filtered, 20);
}

export function wanted(): i32 {
  return load<i32>(context(), 8);
}

export function found(): i32 {
  return load<i32>(context(), 12);
}

/** What a score must reach: the threshold, and once all places are taken the last of them. */
export function bar(): f32 {
  return load<f32>(context(), 16);
}

/** Others found better ones. */
export function raiseBar(to: f32): void {
  store<f32>(context(), max(bar(), to), 16);
}

/** Takes a slot's score that reached the bar, unless there is no row to be seen. The last goes when all places are taken. */
export function offer(slot: usize, score: f32): void {
  const id = idOf(slot);
  if (id != 0) offerId(id, score);
}

export function offerId(id: f64, score: f32): void {
  const here = context();
  const k = wanted();
  let count = found();
  let place = count;
  if (count == k) {
    if (!before(score, id, count - 1)) return;
    place = count - 1;
  }
  if (load<i32>(here, 20) != 0 && !allowed(id)) return;
  if (count < k) store<i32>(here, ++count, 12);
  while (place > 0 && before(score, id, place - 1)) {
    store<f32>(scoreAddress(place), scoreAt(place - 1));
    store<f64>(idAddress(place), load<f64>(idAddress(place - 1)));
    place--;
  }
  store<f32>(scoreAddress(place), score);
  store<f64>(idAddress(place), id);
  if (count == k) raiseBar(scoreAt(count - 1));
}

/** Whether (score, id) stands before the result at `place`. */
function before(score: f32, id: f64, place: i32): bool {
  const other = scoreAt(place);
  return score > other || (score == other && id < load<f64>(idAddress(place)));
}

export function scoreAt(place: i32): f32 {
  return load<f32>(scoreAddress(place));
}

export function idAtPlace(place: i32): f64 {
  return load<f64>(idAddress(place));
}

function scoreAddress(place: i32): usize {
  return resultScores() + ((<usize>place) << 2);
}

function idAddress(place: i32): usize {
  return resultIds() + ((<usize>place) << 3);
}
