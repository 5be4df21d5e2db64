import { dot } from "./dot";
import { allocate, idAt, query, rowAt } from "./layout";
import { blockAt, covered, doubtfulMasks, farRow, nearPlane, nextSection, PLANE_BLOCK, secondPlane } from "./planes";
import { bar, begin, found, offer } from "./results";
import { farWeights, leastSum, nearWeights, openWeights, secondWeights, weigh } from "./weights";

// The same answer as `scan`, by looking at few rows. Of each row an upper bound of its score is summed in integers; a row
// whose bound cannot reach the bar is passed over. docs/exact-search.md derives the bounds.

const FAR_COLUMNS: i32 = 64;
const CANDIDATE: usize = 16;
const CAPACITY: i32 = 4096;
const FIRST_BATCH: i32 = 256;
/** So many rows are looked at before the bounds are given up. */
const MANY: i32 = 4096;
const ALWAYS: i32 = i32.MAX_VALUE;

/** i32 × 16: sums of a block's rows without, and with, its last pair. */
let sums: usize = 0;
let bounds: usize = 0;
let candidates: usize = 0;
let waiting: i32 = 0;
let batch: i32 = 0;
let nearBar: i32 = 0;
let secondBar: i32 = 0;
let farBar: i32 = 0;
let barOfBars: f32 = 0;

/** Counters of the last search: blocks past plane A, rows past plane B, past plane C, rows looked at themselves. */
let blocksPast: i32 = 0;
let rowsPast: i32 = 0;
let farPast: i32 = 0;
let rowsRead: i32 = 0;

export function openPruning(): bool {
  if (candidates != 0) return true;
  sums = allocate(64);
  bounds = allocate(64);
  const room = allocate(<usize>(CAPACITY + 16) * CANDIDATE);
  if (sums == 0 || bounds == 0 || room == 0 || !openWeights()) return false;
  candidates = room;
  return true;
}

export function counter(n: i32): i32 {
  if (n == 0) return blocksPast;
  if (n == 1) return rowsPast;
  if (n == 2) return farPast;
  return rowsRead;
}

/** `scan` of a chain of blocks that these sections cover. */
export function prunedScan(head: usize, k: i32, threshold: f32): i32 {
  begin(k, threshold);
  blocksPast = rowsPast = farPast = rowsRead = 0;
  waiting = 0;
  batch = FIRST_BATCH;
  if (k <= 0) return 0;
  weigh();
  setBars();
  let hopeless = false;
  let quarterBefore = 0;
  for (let section = head; section != 0; section = nextSection(section)) {
    const blocks = covered(section);
    // Nothing is called for a block that is passed over: it takes some 20 ns, and a call several.
    let near = nearPlane(section, 0);
    let doubts = doubtfulMasks(section);
    for (let place = 0; place < blocks; place++, near += PLANE_BLOCK, doubts += 2) {
      if (hopeless) {
        scanBlock(blockAt(section, place));
        continue;
      }
      passNear(section, place, near, <i32>load<u16>(doubts));
      if (waiting < batch) continue;
      settle();
      // Of a block, a quarter is four rows: where so many are looked at themselves, bounds do not pay.
      hopeless = rowsRead > MANY && rowsRead > quarterBefore + ((place + 1) << 2);
    }
    quarterBefore += blocks << 2;
  }
  settle();
  return found();
}

function scanBlock(block: usize): void {
  for (let lane = 0; lane < 16; lane++) {
    const score = dot(query(), rowAt(block, lane));
    if (score >= bar()) offer(load<f64>(idAt(block, lane)), score);
  }
}

/** Plane A of a block. What may reach the bar goes on. */
function passNear(section: usize, place: i32, at: usize, unsure: i32): void {
  let a = i32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  let w = nearWeights();
  let pair: v128;
  for (const end = w + 60; w < end; w += 12, at += 96) {
    // Three pairs a turn: the loop itself would cost a tenth of the time.
    pair = v128.load_splat<i32>(w);
    a = i32x4.add(a, i32x4.dot_i16x8_s(v128.load_ext<i8>(at), pair));
    b = i32x4.add(b, i32x4.dot_i16x8_s(v128.load_ext<i8>(at, 8), pair));
    c = i32x4.add(c, i32x4.dot_i16x8_s(v128.load_ext<i8>(at, 16), pair));
    d = i32x4.add(d, i32x4.dot_i16x8_s(v128.load_ext<i8>(at, 24), pair));
    pair = v128.load_splat<i32>(w, 4);
    a = i32x4.add(a, i32x4.dot_i16x8_s(v128.load_ext<i8>(at, 32), pair));
    b = i32x4.add(b, i32x4.dot_i16x8_s(v128.load_ext<i8>(at, 40), pair));
    c = i32x4.add(c, i32x4.dot_i16x8_s(v128.load_ext<i8>(at, 48), pair));
    d = i32x4.add(d, i32x4.dot_i16x8_s(v128.load_ext<i8>(at, 56), pair));
    pair = v128.load_splat<i32>(w, 8);
    a = i32x4.add(a, i32x4.dot_i16x8_s(v128.load_ext<i8>(at, 64), pair));
    b = i32x4.add(b, i32x4.dot_i16x8_s(v128.load_ext<i8>(at, 72), pair));
    c = i32x4.add(c, i32x4.dot_i16x8_s(v128.load_ext<i8>(at, 80), pair));
    d = i32x4.add(d, i32x4.dot_i16x8_s(v128.load_ext<i8>(at, 88), pair));
  }
  pair = v128.load_splat<i32>(w);
  const least = i32x4.splat(nearBar);
  const overA = i32x4.ge_s(i32x4.add(a, i32x4.dot_i16x8_s(v128.load_ext<i8>(at), pair)), least);
  const overB = i32x4.ge_s(i32x4.add(b, i32x4.dot_i16x8_s(v128.load_ext<i8>(at, 8), pair)), least);
  const overC = i32x4.ge_s(i32x4.add(c, i32x4.dot_i16x8_s(v128.load_ext<i8>(at, 16), pair)), least);
  const overD = i32x4.ge_s(i32x4.add(d, i32x4.dot_i16x8_s(v128.load_ext<i8>(at, 24), pair)), least);
  if (!v128.any_true(v128.or(v128.or(overA, overB), v128.or(overC, overD))) && unsure == 0) return;
  v128.store(sums, a);
  v128.store(sums, b, 16);
  v128.store(sums, c, 32);
  v128.store(sums, d, 48);
  const over =
    i32x4.bitmask(overA) | (i32x4.bitmask(overB) << 4) | (i32x4.bitmask(overC) << 8) | (i32x4.bitmask(overD) << 12);
  passSecond(section, place, over, unsure);
}

/** Plane B of a block. What may still reach the bar waits for plane C. */
function passSecond(section: usize, place: i32, over: i32, unsure: i32): void {
  blocksPast++;
  let at = secondPlane(section, place);
  let a = v128.load(sums);
  let b = v128.load(sums, 16);
  let c = v128.load(sums, 32);
  let d = v128.load(sums, 48);
  let w = secondWeights();
  for (const end = w + 60; w < end; w += 4, at += 32) {
    const pair = v128.load_splat<i32>(w);
    a = i32x4.add(a, i32x4.dot_i16x8_s(v128.load_ext<i8>(at), pair));
    b = i32x4.add(b, i32x4.dot_i16x8_s(v128.load_ext<i8>(at, 8), pair));
    c = i32x4.add(c, i32x4.dot_i16x8_s(v128.load_ext<i8>(at, 16), pair));
    d = i32x4.add(d, i32x4.dot_i16x8_s(v128.load_ext<i8>(at, 24), pair));
  }
  v128.store(sums, a);
  v128.store(sums, b, 16);
  v128.store(sums, c, 32);
  v128.store(sums, d, 48);
  const pair = v128.load_splat<i32>(w);
  v128.store(bounds, i32x4.add(a, i32x4.dot_i16x8_s(v128.load_ext<i8>(at), pair)));
  v128.store(bounds, i32x4.add(b, i32x4.dot_i16x8_s(v128.load_ext<i8>(at, 8), pair)), 16);
  v128.store(bounds, i32x4.add(c, i32x4.dot_i16x8_s(v128.load_ext<i8>(at, 16), pair)), 32);
  v128.store(bounds, i32x4.add(d, i32x4.dot_i16x8_s(v128.load_ext<i8>(at, 24), pair)), 48);

  for (let rest = over | unsure; rest != 0; rest &= rest - 1) {
    const lane = ctz(rest);
    const isUnsure = (unsure & (1 << lane)) != 0;
    const bound = isUnsure ? ALWAYS : load<i32>(bounds + ((<usize>lane) << 2));
    if (bound < secondBar) continue;
    rowsPast++;
    const candidate = candidates + <usize>waiting * CANDIDATE;
    store<i32>(candidate, bound);
    store<i32>(candidate, load<i32>(sums + ((<usize>lane) << 2)), 4);
    store<u32>(candidate, <u32>(blockAt(section, place) | <usize>lane), 8);
    store<u32>(candidate, <u32>farRow(section, place, lane), 12);
    waiting++;
  }
}

/** Looks at the rows that wait, the most promising first: each that is found raises the bar for the rest. */
function settle(): void {
  let kept = 0;
  for (let i = 0; i < waiting; i++) {
    const candidate = candidates + <usize>i * CANDIDATE;
    let bound = load<i32>(candidate);
    if (bound < secondBar) continue;
    if (bound != ALWAYS) {
      bound = load<i32>(candidate, 4) + farSum(<usize>load<u32>(candidate, 12));
      if (bound < farBar) continue;
      store<i32>(candidate, bound);
    }
    farPast++;
    v128.store(candidates + <usize>kept * CANDIDATE, v128.load(candidate));
    kept++;
  }
  waiting = 0;
  batch = min(CAPACITY, batch << 1);
  for (let i = (kept >> 1) - 1; i >= 0; i--) sink(i, kept);
  while (kept > 0) {
    if (load<i32>(candidates) < farBar) return;
    look(<usize>load<u32>(candidates, 8));
    kept--;
    v128.store(candidates, v128.load(candidates + <usize>kept * CANDIDATE));
    sink(0, kept);
  }
}

function look(slot: usize): void {
  const block = slot & ~63;
  const lane = <i32>(slot & 63);
  rowsRead++;
  const score = dot(query(), rowAt(block, lane));
  if (!(score >= bar())) return;
  offer(load<f64>(idAt(block, lane)), score);
  if (bar() != barOfBars) setBars();
}

/** Lets candidate i of a heap of `size` sink below those with a greater bound. */
function sink(i: i32, size: i32): void {
  const moving = v128.load(candidates + <usize>i * CANDIDATE);
  const bound = i32x4.extract_lane(moving, 0);
  for (;;) {
    let child = 2 * i + 1;
    if (child >= size) break;
    if (child + 1 < size && boundOf(child + 1) > boundOf(child)) child++;
    if (boundOf(child) <= bound) break;
    v128.store(candidates + <usize>i * CANDIDATE, v128.load(candidates + <usize>child * CANDIDATE));
    i = child;
  }
  v128.store(candidates + <usize>i * CANDIDATE, moving);
}

function boundOf(i: i32): i32 {
  return load<i32>(candidates + <usize>i * CANDIDATE);
}

function farSum(row: usize): i32 {
  let sum = i32x4.splat(0);
  let w = farWeights();
  for (const end = row + FAR_COLUMNS; row < end; row += 8, w += 16) {
    sum = i32x4.add(sum, i32x4.dot_i16x8_s(v128.load_ext<i8>(row), v128.load(w)));
  }
  return (
    i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1) + (i32x4.extract_lane(sum, 2) + i32x4.extract_lane(sum, 3))
  );
}

/** The least integer sums that a row may have whose score reaches the bar. */
function setBars(): void {
  barOfBars = bar();
  nearBar = leastSum(0, barOfBars);
  secondBar = leastSum(1, barOfBars);
  farBar = leastSum(2, barOfBars);
}
