import {
  atMostOutside,
  coordinate,
  coordinatesError,
  DIRECTIONS,
  epsilon,
  HEAD,
  MIDDLE,
  project,
  roundingScale,
  step,
  useBasis,
} from "./basis";
import { laneOf } from "./blocks";
import { codes, lengths } from "./context";
import { exactDot } from "./learn";
import { allocate, follow, link } from "./memory";

// What searching reads of a row before the row itself: 128 bytes of codes. They lie apart from the rows, in sections that
// cover 16, 64 or 256 blocks each and form a chain beside the chain of blocks:
//
//   +0     next section, 0 at the end (u32); blocks covered (u32); the basis its codes are of (u32); blocks it can cover (u32)
//   +64    addresses of the blocks covered: u32 each
//   …      doubtful rows of each block, one bit a lane: u16 each. Theirs are no codes: they are always looked at themselves
//   …      plane A, 512 bytes a block: codes along directions 0…29, then what lies outside and what rounding cost
//   …      plane B, 32 bytes a row: the same for directions 30…59
//   …      plane C, 64 bytes a row: the same for directions 60…121
//
// In plane A the 32 columns stand in pairs, and of each pair the 16 rows: what one multiplication of 16 codes takes. Planes B
// and C are read for single rows, so a row's columns stand together.

const PAIR_BYTES: usize = 32;
const PLANE_BLOCK: usize = 16 * (<usize>HEAD + 2);
const SECOND_ROW: usize = 32;
const FAR_ROW: usize = 64;
const ADDRESSES: usize = 64;
/** Up to each region, so many bytes a block. */
const DOUBTFUL: usize = 4;
const NEAR: usize = DOUBTFUL + 2;
const SECOND: usize = NEAR + PLANE_BLOCK;
const FAR: usize = SECOND + 16 * SECOND_ROW;
const BLOCK: usize = FAR + 16 * FAR_ROW;
/** 126, so that a length of 1 and its rounding fit a code. */
export const OUTSIDE_SCALE: f64 = 126;
const MOST: f64 = 127;

/** Sections given back, by their size. */
let spareSmall: usize = 0;
let spareMiddle: usize = 0;
let spareLarge: usize = 0;

export function openPlanes(): void {
  spareSmall = spareMiddle = spareLarge = 0;
}

/** Puts an empty section for so many blocks (16, 64 or 256) after `tail` (0: a new chain). Returns 0 when memory is exhausted. */
export function growPlanes(tail: usize, basis: usize, blocks: i32): usize {
  let section = blocks == 16 ? spareSmall : blocks == 64 ? spareMiddle : spareLarge;
  if (section == 0) section = allocate(ADDRESSES + <usize>blocks * BLOCK);
  else setSpare(blocks, nextSection(section));
  if (section == 0) return 0;
  memory.fill(section, 0, ADDRESSES);
  store<u32>(section, <u32>basis, 8);
  store<u32>(section, blocks, 12);
  if (tail != 0) link(tail, <u32>section);
  return section;
}

/** Gives the sections of a chain back. */
export function dropPlanes(head: usize): void {
  while (head != 0) {
    const rest = nextSection(head);
    const blocks = capacity(head);
    store<u32>(head, <u32>(blocks == 16 ? spareSmall : blocks == 64 ? spareMiddle : spareLarge));
    setSpare(blocks, head);
    head = rest;
  }
}

function setSpare(blocks: i32, section: usize): void {
  if (blocks == 16) spareSmall = section;
  else if (blocks == 64) spareMiddle = section;
  else spareLarge = section;
}

function capacity(section: usize): i32 {
  return load<u32>(section, 12);
}

/** Where a region of a section begins, from how much of it lies before for each block. */
function region(section: usize, before: usize): usize {
  return section + ADDRESSES + <usize>capacity(section) * before;
}

/** Covers one more block. Its rows must be encoded before a search that sees them. False when the section is full. */
export function cover(section: usize, block: usize): bool {
  const place = covered(section);
  if (place == capacity(section)) return false;
  store<u32>(section + ADDRESSES + ((<usize>place) << 2), <u32>block);
  store<u16>(doubtfulMasks(section) + ((<usize>place) << 1), 0);
  link(section + 4, place + 1);
  return true;
}

export function nextSection(section: usize): usize {
  return <usize>follow(section);
}

/** The basis its codes are of. */
export function basisOf(section: usize): usize {
  return <usize>load<u32>(section, 8);
}

export function covered(section: usize): i32 {
  return follow(section + 4);
}

export function blockAt(section: usize, place: i32): usize {
  return <usize>load<u32>(section + ADDRESSES + ((<usize>place) << 2));
}

/** Of each block a u16. */
export function doubtfulMasks(section: usize): usize {
  return region(section, DOUBTFUL);
}

export function nearPlane(section: usize, place: i32): usize {
  return region(section, NEAR) + <usize>place * PLANE_BLOCK;
}

/** Of the row at a place among all rows covered. */
export function secondRow(section: usize, row: i32): usize {
  return region(section, SECOND) + <usize>row * SECOND_ROW;
}

export function farRow(section: usize, row: i32): usize {
  return region(section, FAR) + <usize>row * FAR_ROW;
}

/** A block's codes lie in pieces: where one of them begins. */
export function pieceAt(section: usize, place: i32, piece: i32): usize {
  if (piece == 0) return doubtfulMasks(section) + ((<usize>place) << 1);
  if (piece == 1) return nearPlane(section, place);
  if (piece == 2) return secondRow(section, place << 4);
  return farRow(section, place << 4);
}

/** 0: there is no such piece. */
export function pieceBytes(piece: i32): usize {
  if (piece == 0) return NEAR - DOUBTFUL;
  if (piece == 1) return SECOND - NEAR;
  if (piece == 2) return FAR - SECOND;
  return piece == 3 ? BLOCK - FAR : 0;
}

/** What rounding cost the row that was measured last. */
export function roundingOf(stage: i32): f64 {
  return load<f64>(lengths() + 32 + ((<usize>stage) << 3));
}

/** The codes of a row, and for each stage at least the length of what they leave out: outside the directions, and inside. */
export function measure(row: usize): void {
  project(row);
  const whole = exactDot(row, row) * (1 + 1e-12);
  let squared: f64 = 0;
  let lost: f64 = 0;
  let stage = 0;
  for (let j = 0; j < DIRECTIONS; j++) {
    const y = coordinate(j);
    const code = max(-MOST, min(MOST, nearest(y / step(j))));
    const error = y - code * step(j);
    squared += y * y;
    lost += error * error;
    store<i8>(codes() + <usize>j, <i8>code);
    if (j + 1 == HEAD || j + 1 == MIDDLE || j + 1 == DIRECTIONS) {
      const k = j + 1;
      const length = Math.sqrt(squared);
      const skew = (epsilon() / (1 - epsilon())) * (length + coordinatesError(k));
      const inside = Math.sqrt(1 + epsilon()) * (Math.sqrt(lost) + coordinatesError(k) + skew);
      store<f64>(lengths() + ((<usize>stage) << 3), atMostOutside(whole, length, k));
      store<f64>(lengths() + 32 + ((<usize>stage) << 3), inside * (1 + 1e-12));
      stage++;
    }
  }
}

/**
 * Writes the codes of a row of float32 numbers, for a slot whose block has this place in the section. A row whose rounding
 * does not fit its column becomes doubtful.
 */
export function encode(section: usize, place: i32, slot: usize, floats: usize): void {
  const lane = laneOf(slot);
  useBasis(basisOf(section));
  measure(floats);

  const near = nearPlane(section, place) + ((<usize>lane) << 1);
  const second = secondRow(section, (place << 4) + lane);
  const far = farRow(section, (place << 4) + lane);
  for (let j = 0; j < HEAD; j++) store<i8>(column(near, j), load<i8>(codes() + <usize>j));
  memory.copy(second, codes() + <usize>HEAD, <usize>(MIDDLE - HEAD));
  memory.copy(far, codes() + <usize>MIDDLE, <usize>(DIRECTIONS - MIDDLE));
  let fits = lengthsOf(column(near, HEAD), column(near, HEAD + 1), 0);
  fits = lengthsOf(second + <usize>(MIDDLE - HEAD), second + <usize>(MIDDLE - HEAD) + 1, 1) && fits;
  fits = lengthsOf(far + <usize>(DIRECTIONS - MIDDLE), far + <usize>(DIRECTIONS - MIDDLE) + 1, 2) && fits;
  const at = doubtfulMasks(section) + ((<usize>place) << 1);
  const others = <i32>load<u16>(at) & ~(1 << lane);
  store<u16>(at, <u16>(fits ? others : others | (1 << lane)));
}

/** Both lengths of a stage, rounded up. False when one is too great for its column. */
function lengthsOf(outsideColumn: usize, roundingColumn: usize, stage: i32): bool {
  const out = Math.ceil(load<f64>(lengths() + ((<usize>stage) << 3)) * OUTSIDE_SCALE);
  const lost = Math.ceil(roundingOf(stage) * roundingScale(stage));
  store<i8>(outsideColumn, <i8>min(MOST, out));
  store<i8>(roundingColumn, <i8>min(MOST, lost));
  return out <= MOST && lost <= MOST;
}

function column(plane: usize, j: i32): usize {
  return plane + <usize>(j >> 1) * PAIR_BYTES + <usize>(j & 1);
}

/** Any rounding will do, as its error is measured. */
function nearest(x: f64): f64 {
  return Math.floor(x + 0.5);
}
