import { HEAD, useBasis } from "./basis";
import { CANDIDATE, CAPACITY, candidates, context, list, makeRoom, sums } from "./context";
import { dropFirst, makeHeap } from "./heap";
import { basisOf, blockAt, covered, doubtfulMasks, farRow, nearPlane, nextSection, secondRow } from "./planes";
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
/**
 * Blocks: to be scored without bounds, as these do not pay at the moment; seen so far; seen when rows were last looked at; to be
 * taken next.
 */
const UNBOUNDED: usize = 48;
const SEEN: usize = 52;
const SETTLED: usize = 56;
const STRIDE: usize = 60;
/** Counters: blocks past plane A, rows past plane B, rows past plane C, rows looked at themselves. */
const BLOCKS: usize = 104;
const SECOND: usize = 108;
const FAR: usize = 112;
const ROWS: usize = 116;

const FAR_COLUMNS: i32 = 64;
/** Blocks that go through a plane together: few at first, as bounds may not pay. */
const FEW_BLOCKS: i32 = 16;
const MOST_BLOCKS: i32 = 256;
/** So many rows wait before they are looked at, at first. */
const FIRST_BATCH: i32 = 192;
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
  store<i64>(here, 0, UNBOUNDED);
  store<i32>(here, 0, SETTLED);
  store<i32>(here, FEW_BLOCKS, STRIDE);
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
  for (let place = 0; place < blocks; ) {
    const unbounded = load<i32>(here, UNBOUNDED);
    if (unbounded > 0) {
      scanBlock(blockAt(section, place));
      store<i32>(here, unbounded - 1, UNBOUNDED);
      store<i32>(here, load<i32>(here, SEEN) + 1, SEEN);
      place++;
      continue;
    }
    const stride = load<i32>(here, STRIDE);
    const end = min(blocks, place + stride);
    store<i32>(here, min(MOST_BLOCKS, stride << 1), STRIDE);
    passSecond(section, passNear(section, place, end));
    store<i32>(here, load<i32>(here, SEEN) + (end - place), SEEN);
    place = end;
    if (load<i32>(here, WAITING) >= load<i32>(here, BATCH)) settle();
  }
}

/**
 * Where the rows themselves lie elsewhere: the candidates of one section, as many as it returns. Of each its bound (i32),
 * and 12 bytes on its place among the rows covered (u32).
 */
export function gather(section: usize): i32 {
  store<i32>(context(), 0, WAITING);
  passSecond(section, passNear(section, 0, covered(section)));
  return passFar();
}

/** The slot of the row at a place among all rows covered. */
export function slotAt(section: usize, row: i32): usize {
  return blockAt(section, row >> 4) | <usize>(row & 15);
}

/** Plane A of some blocks. Lists the rows that may reach the bar: sum and place of each. Returns the end of the list. */
function passNear(section: usize, place: i32, end: i32): usize {
  const here = context();
  const least = i32x4.splat(load<i32>(here, LEAST));
  const sum = sums();
  let listed = list();
  let blocks = 0;
  // Nothing is called for a block that is passed over: it takes some 20 ns, and a call several.
  let at = nearPlane(section, place);
  let doubts = doubtfulMasks(section) + ((<usize>place) << 1);
  for (; place < end; place++, doubts += 2) {
    let a = i32x4.splat(0);
    let b = a;
    let c = a;
    let d = a;
    let w = nearWeights();
    let pair: v128;
    for (const stop = w + ((<usize>HEAD) << 1); w < stop; w += 12, at += 96) {
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
    const overA = i32x4.ge_s(i32x4.add(a, i32x4.dot_i16x8_s(v128.load_ext<i8>(at), pair)), least);
    const overB = i32x4.ge_s(i32x4.add(b, i32x4.dot_i16x8_s(v128.load_ext<i8>(at, 8), pair)), least);
    const overC = i32x4.ge_s(i32x4.add(c, i32x4.dot_i16x8_s(v128.load_ext<i8>(at, 16), pair)), least);
    const overD = i32x4.ge_s(i32x4.add(d, i32x4.dot_i16x8_s(v128.load_ext<i8>(at, 24), pair)), least);
    at += 32;
    const unsure = <i32>load<u16>(doubts);
    if (!v128.any_true(v128.or(v128.or(overA, overB), v128.or(overC, overD))) && unsure == 0) continue;
    blocks++;
    v128.store(sum, a);
    v128.store(sum, b, 16);
    v128.store(sum, c, 32);
    v128.store(sum, d, 48);
    const over = i8x16.bitmask(
      i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(overA, overB), i16x8.narrow_i32x4_s(overC, overD)),
    );
    for (let rest = over & ~unsure; rest != 0; rest &= rest - 1) {
      const lane = ctz(rest);
      store<i32>(listed, load<i32>(sum + ((<usize>lane) << 2)));
      store<i32>(listed, (place << 4) | lane, 4);
      listed += 8;
    }
    for (let rest = unsure; rest != 0; rest &= rest - 1) wait(section, (place << 4) | ctz(rest));
  }
  store<i32>(here, load<i32>(here, BLOCKS) + blocks, BLOCKS);
  return listed;
}

/** Plane B of the rows listed. What may still reach the bar waits for plane C. */
function passSecond(section: usize, end: usize): void {
  const here = context();
  const least = load<i32>(here, LEAST + 4);
  const first = secondRow(section, 0);
  const w = secondWeights();
  const w0 = v128.load(w);
  const w1 = v128.load(w, 16);
  const w2 = v128.load(w, 32);
  const w3 = v128.load(w, 48);
  // The last two columns are this stage's own: they are no part of the sum that plane C goes on with.
  const directions = v128.and(w3, i32x4(-1, -1, -1, 0));
  const lengths = v128.andnot(w3, i32x4(-1, -1, -1, 0));
  let candidate = candidates() + <usize>load<i32>(here, WAITING) * CANDIDATE;
  for (let listed = list(); listed < end; listed += 8) {
    const row = load<u32>(listed, 4);
    const at = first + ((<usize>row) << 5);
    const last = v128.load_ext<i8>(at, 24);
    const sum =
      load<i32>(listed) +
      lanes(
        i32x4.add(
          i32x4.add(i32x4.dot_i16x8_s(v128.load_ext<i8>(at), w0), i32x4.dot_i16x8_s(v128.load_ext<i8>(at, 8), w1)),
          i32x4.add(i32x4.dot_i16x8_s(v128.load_ext<i8>(at, 16), w2), i32x4.dot_i16x8_s(last, directions)),
        ),
      );
    const bound = sum + i32x4.extract_lane(i32x4.dot_i16x8_s(last, lengths), 3);
    // Written in any case, and kept if it is one: a branch would be guessed wrong too often.
    store<i32>(candidate, bound);
    store<i32>(candidate, sum, 4);
    store<u32>(candidate, <u32>section, 8);
    store<u32>(candidate, row, 12);
    candidate += bound >= least ? CANDIDATE : 0;
  }
  store<i32>(here, <i32>((candidate - candidates()) / CANDIDATE), WAITING);
}

/** A row without codes waits to be looked at itself. */
function wait(section: usize, row: i32): void {
  const here = context();
  const waiting = load<i32>(here, WAITING);
  const candidate = candidates() + <usize>waiting * CANDIDATE;
  store<i32>(candidate, ALWAYS);
  store<u32>(candidate, <u32>section, 8);
  store<u32>(candidate, row, 12);
  store<i32>(here, waiting + 1, WAITING);
}

function lanes(sum: v128): i32 {
  const halves = i32x4.add(sum, v128.shuffle<u64>(sum, sum, 1, 0));
  return i32x4.extract_lane(halves, 0) + i32x4.extract_lane(halves, 1);
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
      bound = load<i32>(candidate, 4) + farSum(farRow(<usize>load<u32>(candidate, 8), load<u32>(candidate, 12)));
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
  const seen = load<i32>(here, SEEN);
  let kept = passFar();
  let looked = 0;
  store<i32>(here, min(CAPACITY, load<i32>(here, BATCH) << 1), BATCH);
  makeHeap(kept);
  while (kept > 0) {
    if (load<i32>(first) < load<i32>(here, LEAST + 8)) break;
    looked++;
    look(slotAt(<usize>load<u32>(first, 8), load<u32>(first, 12)));
    if (bar() != load<f32>(here, BAR)) setBars();
    dropFirst(kept--);
  }
  store<i32>(here, load<i32>(here, ROWS) + looked, ROWS);
  // Where more than a quarter of the rows is looked at all the same, bounds do not pay: eight times as many go without. While few
  // rows were seen for so many that are wanted, that says nothing.
  if (seen > wanted() && looked > (seen - load<i32>(here, SETTLED)) << 2) {
    store<i32>(here, seen << 3, UNBOUNDED);
    store<i32>(here, FEW_BLOCKS, STRIDE);
    store<i32>(here, FIRST_BATCH, BATCH);
  }
  store<i32>(here, seen, SETTLED);
}

function farSum(row: usize): i32 {
  let sum = i32x4.splat(0);
  let w = farWeights();
  for (const end = row + FAR_COLUMNS; row < end; row += 8, w += 16) {
    sum = i32x4.add(sum, i32x4.dot_i16x8_s(v128.load_ext<i8>(row), v128.load(w)));
  }
  return lanes(sum);
}

/** The least integer sums that a row may have whose score reaches the bar. */
export function setBars(): void {
  const here = context();
  store<f32>(here, bar(), BAR);
  for (let stage = 0; stage < 3; stage++) store<i32>(here + LEAST + ((<usize>stage) << 2), leastSum(stage, bar()));
}
