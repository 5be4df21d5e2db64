// Where everything lies in memory, and the blocks that rows live in.
//
//   __heap_base, aligned to 64
//   | query row | result ids: f64 × MAX_RESULTS | result scores: f32 × MAX_RESULTS | block | block | …
//
// A block holds 16 rows and belongs to one chain; a chain is one namespace:
//
//   +0    next block of the chain, 0 at the end (u32); where its planes lie (u32 × 2, see planes.ts); unused up to 64, so that
//         what follows is aligned
//   +64   16 ids (f64); 0 = vacant. Entry ids are JavaScript numbers, so f64 holds each of them exactly
//   +192  16 rows of rowBytes()
//
// Rows are padded with zeros to 16 floats (one cache line): no loop over a row has a remainder.
// A slot names one row: the block's address in the high bits, the lane in the low 6 bits that alignment keeps free.

const ALIGN: usize = 64;
const BLOCK_ROWS: i32 = 16;
const MAX_RESULTS: i32 = 128;
const IDS: usize = 64;
const ROWS: usize = IDS + <usize>BLOCK_ROWS * sizeof<f64>();
const PAGE: u64 = 65536;
const ADDRESSABLE: u64 = 4294967296;
/**
 * Memory grows by 1 MiB or an eighth: a growth may cost milliseconds however small it is, and it makes JavaScript renew
 * its views, while pages that are never written cost nothing.
 */
const GROW_PAGES: i32 = 16;

let rowSize: usize = 0;
let queryRow: usize = 0;
let ids: usize = 0;
let scores: usize = 0;
let top: usize = 0;
/** Head of the list of blocks given back, linked through their `next`. */
let spare: usize = 0;

/** Places the fixed regions for vectors of this many dimensions. False when memory cannot grow. */
export function open(dimensions: i32): bool {
  rowSize = align(<usize>dimensions * sizeof<f32>());
  top = max(align(__heap_base), ALIGN); // address 0 means "none"
  queryRow = allocate(rowSize);
  ids = allocate(<usize>MAX_RESULTS * sizeof<f64>());
  scores = allocate(<usize>MAX_RESULTS * sizeof<f32>());
  return queryRow != 0 && ids != 0 && scores != 0;
}

export function blockRows(): i32 {
  return BLOCK_ROWS;
}

export function maxResults(): i32 {
  return MAX_RESULTS;
}

export function query(): usize {
  return queryRow;
}

export function resultIds(): usize {
  return ids;
}

export function resultScores(): usize {
  return scores;
}

export function rowBytes(): usize {
  return rowSize;
}

/**
 * Puts a vacant block after `tail`, the last of its chain (0: a new chain), and returns it, or 0 when memory is
 * exhausted. Chains so run through memory upwards, which the prefetcher likes.
 */
export function growChain(tail: usize): usize {
  let block = spare;
  if (block != 0) {
    spare = next(block);
    for (let lane = 0; lane < BLOCK_ROWS; lane++) store<f64>(idAt(block, lane), 0);
    store<u32>(block, 0, 4);
  } else {
    block = allocate(ROWS + <usize>BLOCK_ROWS * rowSize);
    if (block == 0) return 0;
  }
  store<u32>(block, 0);
  if (tail != 0) store<u32>(tail, <u32>block);
  return block;
}

/** Gives every block of a chain back for reuse by any chain. */
export function dropChain(head: usize): void {
  while (head != 0) {
    const rest = next(head);
    store<u32>(head, <u32>spare);
    spare = head;
    head = rest;
  }
}

export function slot(block: usize, lane: i32): usize {
  return block | <usize>lane;
}

/** Address of a slot's floats. */
export function row(slot: usize): usize {
  return rowAt(blockOf(slot), laneOf(slot));
}

/** Makes a written row visible to `scan`. The id is the last thing stored: a row is never seen half-written. */
export function place(slot: usize, id: f64): void {
  store<f64>(idAt(blockOf(slot), laneOf(slot)), id);
}

export function vacate(slot: usize): void {
  place(slot, 0);
}

export function next(block: usize): usize {
  return <usize>load<u32>(block);
}

export function idAt(block: usize, lane: i32): usize {
  return block + IDS + <usize>lane * sizeof<f64>();
}

export function rowAt(block: usize, lane: i32): usize {
  return block + ROWS + <usize>lane * rowSize;
}

export function blockOf(slot: usize): usize {
  return slot & ~(ALIGN - 1);
}

export function laneOf(slot: usize): i32 {
  return <i32>(slot & (ALIGN - 1));
}

function align(bytes: usize): usize {
  return (bytes + ALIGN - 1) & ~(ALIGN - 1);
}

/** Fresh memory is zero, so a new block is vacant and its padding is zero. Counts in u64: the end may lie past 4 GiB. */
export function allocate(bytes: usize): usize {
  const start = top;
  const end = <u64>start + <u64>align(bytes);
  if (end >= ADDRESSABLE) return 0; // the top must stay an address
  const have = <u64>memory.size() * PAGE;
  if (end > have) {
    const needed = <i32>((end - have + PAGE - 1) / PAGE);
    if (memory.grow(max(needed, max(GROW_PAGES, memory.size() >> 3))) < 0 && memory.grow(needed) < 0) return 0;
  }
  top = <usize>end;
  return start;
}
