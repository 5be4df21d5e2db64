import { allocate, blockOf, laneOf, rowAt } from "./layout";
import {
  atMostOutside,
  coordinate,
  coordinatesError,
  DIRECTIONS,
  gramDistance,
  HEAD,
  MIDDLE,
  project,
  STAGES,
  step,
} from "./projection";

// What searching reads of a row before the row itself: 128 bytes of codes. They lie apart from the rows, in sections that
// cover up to 256 blocks each and form a chain beside the chain of blocks:
//
//   +0     next section, 0 at the end (u32); blocks covered (u32); unused up to 64
//   +64    addresses of the blocks covered: u32 × 256
//   …      doubtful rows of each block, one bit a lane: u16 × 256. Theirs are no codes: they are always looked at themselves
//   …      plane A, 512 bytes a block: codes along directions 0…29, then what lies outside and what rounding cost
//   …      plane B, 512 bytes a block: the same for directions 30…59
//   …      plane C, 64 bytes a row: the same for directions 60…121
//
// In planes A and B the 32 columns stand in pairs, and of each pair the 16 rows: what one multiplication of 16 codes takes.
// Plane C is read for single rows, so a row's columns stand together.
//
// A block that is covered knows where: its header holds the section (u32 at +4) and the place in it (u32 at +8).

const SECTION_BLOCKS: i32 = 256;
const PAIR_BYTES: usize = 32;
export const PLANE_BLOCK: usize = 512;
const FAR_ROW: usize = 64;
const ADDRESSES: usize = 64;
const DOUBTFUL: usize = ADDRESSES + <usize>SECTION_BLOCKS * 4;
const NEAR: usize = DOUBTFUL + <usize>SECTION_BLOCKS * 2;
const SECOND: usize = NEAR + <usize>SECTION_BLOCKS * PLANE_BLOCK;
const FAR: usize = SECOND + <usize>SECTION_BLOCKS * PLANE_BLOCK;
const SECTION_BYTES: usize = FAR + <usize>SECTION_BLOCKS * 16 * FAR_ROW;
/** 126, so that a length of 1 and its rounding fit a code. */
export const OUTSIDE_SCALE: f64 = 126;
const MOST: f64 = 127;

let spare: usize = 0;
let codes: usize = 0;
let outside: usize = 0;
let rounding: usize = 0;
let scales: usize = 0;

/** Makes room for one row's codes and for the scales. False when memory cannot grow. */
export function openPlanes(): bool {
  if (codes != 0) return true;
  outside = allocate(<usize>STAGES * 8);
  rounding = allocate(<usize>STAGES * 8);
  scales = allocate(<usize>STAGES * 8);
  codes = allocate(<usize>DIRECTIONS);
  return codes != 0;
}

/** Puts an empty section after `tail` (0: a new chain), and returns it, or 0 when memory is exhausted. */
export function growPlanes(tail: usize): usize {
  let section = spare;
  if (section != 0) spare = <usize>load<u32>(section);
  else section = allocate(SECTION_BYTES);
  if (section == 0) return 0;
  memory.fill(section, 0, ADDRESSES);
  if (tail != 0) store<u32>(tail, <u32>section);
  return section;
}

/** Gives the sections of a chain back. The blocks they cover must be gone, or be uncovered. */
export function dropPlanes(head: usize): void {
  while (head != 0) {
    const rest = nextSection(head);
    store<u32>(head, <u32>spare);
    spare = head;
    head = rest;
  }
}

/** Covers one more block; its rows are doubtful until they are encoded. False when the section is full. */
export function cover(section: usize, block: usize): bool {
  const place = covered(section);
  if (place == SECTION_BLOCKS) return false;
  store<u32>(section + ADDRESSES + ((<usize>place) << 2), <u32>block);
  store<u16>(doubtfulAt(section, place), 0xffff);
  store<u32>(block, <u32>section, 4);
  store<u32>(block, place, 8);
  store<u32>(section, place + 1, 4);
  return true;
}

export function nextSection(section: usize): usize {
  return <usize>load<u32>(section);
}

export function covered(section: usize): i32 {
  return load<u32>(section, 4);
}

export function blockAt(section: usize, place: i32): usize {
  return <usize>load<u32>(section + ADDRESSES + ((<usize>place) << 2));
}

/** Of each block a u16. */
export function doubtfulMasks(section: usize): usize {
  return section + DOUBTFUL;
}

export function nearPlane(section: usize, place: i32): usize {
  return section + NEAR + <usize>place * PLANE_BLOCK;
}

export function secondPlane(section: usize, place: i32): usize {
  return section + SECOND + <usize>place * PLANE_BLOCK;
}

export function farRow(section: usize, place: i32, lane: i32): usize {
  return section + FAR + (((<usize>place) << 4) + <usize>lane) * FAR_ROW;
}

/** How many units of a rounding column stand for a length of 1. */
export function roundingScale(stage: i32): f64 {
  return load<f64>(scales + ((<usize>stage) << 3));
}

export function setRoundingScale(stage: i32, scale: f64): void {
  store<f64>(scales + ((<usize>stage) << 3), scale);
}

/** What rounding cost the row that was measured last. */
export function roundingOf(stage: i32): f64 {
  return load<f64>(rounding + ((<usize>stage) << 3));
}

/** The codes of a row, and for each stage at least the length of what they leave out: outside the directions, and inside. */
export function measure(row: usize): void {
  project(row);
  let squared: f64 = 0;
  let lost: f64 = 0;
  let stage = 0;
  for (let j = 0; j < DIRECTIONS; j++) {
    const y = coordinate(j);
    const code = max(-MOST, min(MOST, nearest(y / step(j))));
    const error = y - code * step(j);
    squared += y * y;
    lost += error * error;
    store<i8>(codes + <usize>j, <i8>code);
    if (j + 1 == HEAD || j + 1 == MIDDLE || j + 1 == DIRECTIONS) {
      const k = j + 1;
      const length = Math.sqrt(squared);
      const epsilon = gramDistance();
      const skew = (epsilon / (1 - epsilon)) * (length + coordinatesError(k));
      const inside = Math.sqrt(1 + epsilon) * (Math.sqrt(lost) + coordinatesError(k) + skew);
      store<f64>(outside + ((<usize>stage) << 3), atMostOutside(length, k));
      store<f64>(rounding + ((<usize>stage) << 3), inside * (1 + 1e-12));
      stage++;
    }
  }
}

/** Writes the codes of a slot's row. A row whose rounding does not fit its column stays doubtful. */
export function encode(slot: usize): void {
  const block = blockOf(slot);
  const lane = laneOf(slot);
  const section = <usize>load<u32>(block, 4);
  if (section == 0) return;
  const place = <i32>load<u32>(block, 8);
  doubt(section, place, lane);
  measure(rowAt(block, lane));

  const near = nearPlane(section, place) + ((<usize>lane) << 1);
  const second = secondPlane(section, place) + ((<usize>lane) << 1);
  const far = farRow(section, place, lane);
  for (let j = 0; j < HEAD; j++) store<i8>(column(near, j), codeAt(j));
  for (let j = HEAD; j < MIDDLE; j++) store<i8>(column(second, j - HEAD), codeAt(j));
  memory.copy(far, codes + <usize>MIDDLE, <usize>(DIRECTIONS - MIDDLE));
  let fits = lengths(column(near, HEAD), column(near, HEAD + 1), 0);
  fits = lengths(column(second, HEAD), column(second, HEAD + 1), 1) && fits;
  fits = lengths(far + <usize>(DIRECTIONS - MIDDLE), far + <usize>(DIRECTIONS - MIDDLE) + 1, 2) && fits;
  if (fits) {
    const at = doubtfulAt(section, place);
    store<u16>(at, <u16>(<i32>load<u16>(at) & ~(1 << lane)));
  }
}

/** A row that is about to change has no codes. */
export function doubtSlot(slot: usize): void {
  const block = blockOf(slot);
  const section = <usize>load<u32>(block, 4);
  if (section != 0) doubt(section, <i32>load<u32>(block, 8), laneOf(slot));
}

/** The rows of a slot's block are not covered any more. */
export function uncover(block: usize): void {
  store<u32>(block, 0, 4);
}

function doubt(section: usize, place: i32, lane: i32): void {
  const at = doubtfulAt(section, place);
  store<u16>(at, <u16>(<i32>load<u16>(at) | (1 << lane)));
}

/** Both lengths of a stage, rounded up. False when one is too great for its column. */
function lengths(outsideColumn: usize, roundingColumn: usize, stage: i32): bool {
  const out = Math.ceil(load<f64>(outside + ((<usize>stage) << 3)) * OUTSIDE_SCALE);
  const lost = Math.ceil(roundingOf(stage) * roundingScale(stage));
  store<i8>(outsideColumn, <i8>min(MOST, out));
  store<i8>(roundingColumn, <i8>min(MOST, lost));
  return out <= MOST && lost <= MOST;
}

function codeAt(j: i32): i8 {
  return load<i8>(codes + <usize>j);
}

function column(plane: usize, j: i32): usize {
  return plane + <usize>(j >> 1) * PAIR_BYTES + <usize>(j & 1);
}

function doubtfulAt(section: usize, place: i32): usize {
  return doubtfulMasks(section) + ((<usize>place) << 1);
}

/** Any rounding will do, as its error is measured. */
function nearest(x: f64): f64 {
  return Math.floor(x + 0.5);
}
