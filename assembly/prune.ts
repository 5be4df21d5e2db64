import { useBasis } from "./basis";
import { CANDIDATE, CAPACITY, candidates, context, makeRoom, sums } from "./context";
import {
  basisOf,
  blockAt,
  covered,
  doubtfulMasks,
  farRow,
  nearPlane,
  nextSection,
  PLANE_BLOCK,
  secondPlane,
} from "./planes";
import { bar, found, wanted } from "./results";
import { look, scanBlock } from "./scan";
import { farWeights, leastSum, nearWeights, secondWeights, weigh } from "./weights";

// The same answer as `scan`, by looking at few rows. Of each row an upper bound of its score is summed in integers; a row
// whose bound cannot reach the bar is passed over. docs/exact-search.md derives the bounds. In a context:

/** How many candidates wait, and how many are waited for. */
const WAITING: usize = 24;
const BATCH: usize = 28;
/** The integer sums of each stage that a row must reach, and the bar that they were made from. */
const LEAST: usize = 32;
const BAR: usize = 44;
/** Whether bounds were given up, and a quarter of the rows passed before this section. */
const HOPELESS: usize = 48;
const QUARTER: usize = 52;
/** Counters: blocks past plane A, rows past plane B, rows past plane C, rows looked at themselves. */
const BLOCKS: usize = 104;
const SECOND: usize = 108;
const FAR: usize = 112;
const ROWS: usize = 116;

const FAR_COLUMNS: i32 = 64;
const FIRST_BATCH: i32 = 256;
/** So many rows are looked at before the bounds are given up. */
const MANY: i32 = 4096;
const ALWAYS: i32 = i32.MAX_VALUE;

export function counter(n: i32): i32 {
  return load<i32>(context() + BLOCKS + ((<usize>n) << 2));
}

/** Counts what another context counted too. */
export function addCounters(other: usize): void {
  const own = context() + BLOCKS;
  v128.store(own, i32x4.add(v128.load(own), v128.load(other + BLOCKS)));
}

/** Readies the context, in which a search has begun, for these planes. False when memory is exhausted. */
export function prepare(planes: usize): bool {
  if (!makeRoom()) return false;
  useBasis(basisOf(planes));
  weigh();
  restart();
  return true;
}

/** Readies a context that has its weights. */
export function restart(): void {
  const here = context();
  store<i32>(here, 0, WAITING);
  store<i32>(here, FIRST_BATCH, BATCH);
  store<i64>(here, 0, HOPELESS);
  memory.fill(here + BLOCKS, 0, 16);
  setBars();
}

/** `scan` of a chain of blocks that these sections cover. */
export function prunedScan(planes: usize): i32 {
  if (wanted() <= 0) return 0;
  if (!prepare(planes)) return -1;
  for (let section = planes; section != 0; section = nextSection(section)) passSection(section);
  settle();
  return found();
}

/** One section of such a scan. What it leaves waiting the next one looks at, or `settle`. */
export function passSection(section: usize): void {
  const here = context();
  const blocks = covered(section);
  // Nothing is called for a block that is passed over: it takes some 20 ns, and a call several.
  let near = nearPlane(section, 0);
  let doubts = doubtfulMasks(section);
  for (let place = 0; place < blocks; place++, near += PLANE_BLOCK, doubts += 2) {
    if (load<i32>(here, HOPELESS) != 0) {
      scanBlock(blockAt(section, place));
      continue;
    }
    passNear(section, place, near, <i32>load<u16>(doubts), here);
    if (load<i32>(here, WAITING) < load<i32>(here, BATCH)) continue;
    settle();
    // Of a block, a quarter is four rows: where so many are looked at themselves, bounds do not pay.
    const rowsRead = load<i32>(here, ROWS);
    store<i32>(here, rowsRead > MANY && rowsRead > load<i32>(here, QUARTER) + ((place + 1) << 2), HOPELESS);
  }
  store<i32>(here, load<i32>(here, QUARTER) + (blocks << 2), QUARTER);
}

/**
 * Where the rows themselves lie elsewhere: the candidates of one section, as many as it returns. Of each its bound (i32),
 * and 8 bytes on its slot (u32).
 */
export function gather(section: usize): i32 {
  const here = context();
  store<i32>(here, 0, WAITING);
  const blocks = covered(section);
  let near = nearPlane(section, 0);
  let doubts = doubtfulMasks(section);
  for (let place = 0; place < blocks; place++, near += PLANE_BLOCK, doubts += 2) {
    passNear(section, place, near, <i32>load<u16>(doubts), here);
  }
  return passFar();
}

/** Plane A of a block. What may reach the bar goes on. */
function passNear(section: usize, place: i32, at: usize, unsure: i32, here: usize): void {
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
  const least = i32x4.splat(load<i32>(here, LEAST));
  const overA = i32x4.ge_s(i32x4.add(a, i32x4.dot_i16x8_s(v128.load_ext<i8>(at), pair)), least);
  const overB = i32x4.ge_s(i32x4.add(b, i32x4.dot_i16x8_s(v128.load_ext<i8>(at, 8), pair)), least);
  const overC = i32x4.ge_s(i32x4.add(c, i32x4.dot_i16x8_s(v128.load_ext<i8>(at, 16), pair)), least);
  const overD = i32x4.ge_s(i32x4.add(d, i32x4.dot_i16x8_s(v128.load_ext<i8>(at, 24), pair)), least);
  if (!v128.any_true(v128.or(v128.or(overA, overB), v128.or(overC, overD))) && unsure == 0) return;
  v128.store(sums(), a);
  v128.store(sums(), b, 16);
  v128.store(sums(), c, 32);
  v128.store(sums(), d, 48);
  const over =
    i32x4.bitmask(overA) | (i32x4.bitmask(overB) << 4) | (i32x4.bitmask(overC) << 8) | (i32x4.bitmask(overD) << 12);
  passSecond(section, place, over, unsure);
}

/** Plane B of a block. What may still reach the bar waits for plane C. */
function passSecond(section: usize, place: i32, over: i32, unsure: i32): void {
  const here = context();
  const sum = sums();
  const bounds = sum + 64;
  const least = load<i32>(here, LEAST + 4);
  let waiting = load<i32>(here, WAITING);
  store<i32>(here, load<i32>(here, BLOCKS) + 1, BLOCKS);
  let at = secondPlane(section, place);
  let a = v128.load(sum);
  let b = v128.load(sum, 16);
  let c = v128.load(sum, 32);
  let d = v128.load(sum, 48);
  let w = secondWeights();
  for (const end = w + 60; w < end; w += 4, at += 32) {
    const pair = v128.load_splat<i32>(w);
    a = i32x4.add(a, i32x4.dot_i16x8_s(v128.load_ext<i8>(at), pair));
    b = i32x4.add(b, i32x4.dot_i16x8_s(v128.load_ext<i8>(at, 8), pair));
    c = i32x4.add(c, i32x4.dot_i16x8_s(v128.load_ext<i8>(at, 16), pair));
    d = i32x4.add(d, i32x4.dot_i16x8_s(v128.load_ext<i8>(at, 24), pair));
  }
  v128.store(sum, a);
  v128.store(sum, b, 16);
  v128.store(sum, c, 32);
  v128.store(sum, d, 48);
  const pair = v128.load_splat<i32>(w);
  v128.store(bounds, i32x4.add(a, i32x4.dot_i16x8_s(v128.load_ext<i8>(at), pair)));
  v128.store(bounds, i32x4.add(b, i32x4.dot_i16x8_s(v128.load_ext<i8>(at, 8), pair)), 16);
  v128.store(bounds, i32x4.add(c, i32x4.dot_i16x8_s(v128.load_ext<i8>(at, 16), pair)), 32);
  v128.store(bounds, i32x4.add(d, i32x4.dot_i16x8_s(v128.load_ext<i8>(at, 24), pair)), 48);

  for (let rest = over | unsure; rest != 0; rest &= rest - 1) {
    const lane = ctz(rest);
    const isUnsure = (unsure & (1 << lane)) != 0;
    const bound = isUnsure ? ALWAYS : load<i32>(bounds + ((<usize>lane) << 2));
    if (bound < least) continue;
    const candidate = candidates() + <usize>waiting * CANDIDATE;
    store<i32>(candidate, bound);
    store<i32>(candidate, load<i32>(sum + ((<usize>lane) << 2)), 4);
    store<u32>(candidate, <u32>(blockAt(section, place) | <usize>lane), 8);
    store<u32>(candidate, <u32>farRow(section, place, lane), 12);
    waiting++;
  }
  store<i32>(here, waiting, WAITING);
}

/** Plane C of the rows that wait. Returns how many may still reach the bar; those come first. */
function passFar(): i32 {
  const here = context();
  const first = candidates();
  const waiting = load<i32>(here, WAITING);
  const leastSecond = load<i32>(here, LEAST + 4);
  const leastFar = load<i32>(here, LEAST + 8);
  let kept = 0;
  for (let i = 0; i < waiting; i++) {
    const candidate = first + <usize>i * CANDIDATE;
    let bound = load<i32>(candidate);
    if (bound < leastSecond) continue;
    if (bound != ALWAYS) {
      bound = load<i32>(candidate, 4) + farSum(<usize>load<u32>(candidate, 12));
      if (bound < leastFar) continue;
      store<i32>(candidate, bound);
    }
    v128.store(first + <usize>kept * CANDIDATE, v128.load(candidate));
    kept++;
  }
  store<i32>(here, 0, WAITING);
  store<i32>(here, load<i32>(here, SECOND) + waiting, SECOND);
  store<i32>(here, load<i32>(here, FAR) + kept, FAR);
  return kept;
}

/** Looks at the rows that wait, the most promising first: each that is found raises the bar for the rest. */
export function settle(): void {
  const here = context();
  const first = candidates();
  let kept = passFar();
  store<i32>(here, min(CAPACITY, load<i32>(here, BATCH) << 1), BATCH);
  for (let i = (kept >> 1) - 1; i >= 0; i--) sink(i, kept);
  while (kept > 0) {
    if (load<i32>(first) < load<i32>(here, LEAST + 8)) return;
    store<i32>(here, load<i32>(here, ROWS) + 1, ROWS);
    look(<usize>load<u32>(first, 8));
    if (bar() != load<f32>(here, BAR)) setBars();
    kept--;
    v128.store(first, v128.load(first + <usize>kept * CANDIDATE));
    sink(0, kept);
  }
}

/** Lets candidate i of a heap of `size` sink below those with a greater bound. */
function sink(i: i32, size: i32): void {
  const moving = v128.load(candidates() + <usize>i * CANDIDATE);
  const bound = i32x4.extract_lane(moving, 0);
  for (;;) {
    let child = 2 * i + 1;
    if (child >= size) break;
    if (child + 1 < size && boundOf(child + 1) > boundOf(child)) child++;
    if (boundOf(child) <= bound) break;
    v128.store(candidates() + <usize>i * CANDIDATE, v128.load(candidates() + <usize>child * CANDIDATE));
    i = child;
  }
  v128.store(candidates() + <usize>i * CANDIDATE, moving);
}

function boundOf(i: i32): i32 {
  return load<i32>(candidates() + <usize>i * CANDIDATE);
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
export function setBars(): void {
  const here = context();
  store<f32>(here, bar(), BAR);
  for (let stage = 0; stage < 3; stage++) store<i32>(here + LEAST + ((<usize>stage) << 2), leastSum(stage, bar()));
}
