import { allocate, follow, link } from "./memory";
import { storedBytes } from "./rows";
import { isVisible, setBorn, setDied } from "./shared";

// The blocks that rows live in. A block holds 16 rows and belongs to one chain; a chain is one namespace:
//
//   +0    next block of the chain, 0 at the end (u32); its place in the chain (u32); the number its chain was given (u32)
//   +64   16 ids (f64); 0 = vacant. Entry ids are JavaScript numbers, so f64 holds each of them exactly
//   +192  when other threads search too: since when each row is there, and until when (i64 × 16 each, see shared.ts)
//   …     16 rows, as they are stored
//
// A slot names one row: the block's address in the high bits, the lane in the low 6 bits that alignment keeps free.

const BLOCK_ROWS: i32 = 16;
const SLOT_LANES: usize = 63;
const IDS: usize = 64;
const STAMPS: usize = IDS + <usize>BLOCK_ROWS * sizeof<f64>();
const ROWS: usize = STAMPS + (ASC_FEATURE_THREADS ? <usize>BLOCK_ROWS * 16 : 0);

/** Head of the list of blocks given back, linked through their `next`. */
let spare: usize = 0;

export function openBlocks(): void {
  spare = 0;
}

export function blockRows(): i32 {
  return BLOCK_ROWS;
}

/**
 * Puts a vacant block after `tail`, the last of its chain (0: a new chain), and returns it, or 0 when memory is
 * exhausted. Chains so run through memory upwards, which the prefetcher likes.
 */
export function growChain(tail: usize, chain: i32): usize {
  const place = tail == 0 ? 0 : placeOf(tail) + 1;
  let block = spare;
  if (block != 0) {
    spare = next(block);
    memory.fill(block, 0, ROWS);
  } else {
    block = allocate(ROWS + <usize>BLOCK_ROWS * storedBytes());
    if (block == 0) return 0;
  }
  store<u32>(block, place, 4);
  store<u32>(block, chain, 8);
  if (tail != 0) link(tail, <u32>block);
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

export function next(block: usize): usize {
  return <usize>follow(block);
}

/** The number its chain was given. */
export function chainOf(slot: usize): i32 {
  return load<u32>(blockOf(slot), 8);
}

/** The place of its block in the chain. */
export function placeOf(slot: usize): i32 {
  return load<u32>(blockOf(slot), 4);
}

export function slot(block: usize, lane: i32): usize {
  return block | <usize>lane;
}

/** Where a slot's row lies. */
export function row(slot: usize): usize {
  return blockOf(slot) + ROWS + <usize>laneOf(slot) * storedBytes();
}

/** Where a slot's id lies. */
export function idAt(slot: usize): usize {
  return blockOf(slot) + IDS + <usize>laneOf(slot) * sizeof<f64>();
}

/** The id of a slot's row, 0 where the search under way must not see one. */
export function idOf(slot: usize): f64 {
  if (ASC_FEATURE_THREADS && !isVisible(stamps(slot))) return 0;
  return load<f64>(idAt(slot));
}

/** Makes a written row visible to searches. The id is the last thing stored. */
export function place(slot: usize, id: f64): void {
  if (ASC_FEATURE_THREADS) setBorn(stamps(slot));
  store<f64>(idAt(slot), id);
}

export function vacate(slot: usize): void {
  if (ASC_FEATURE_THREADS) setDied(stamps(slot));
  else store<f64>(idAt(slot), 0);
}

function blockOf(slot: usize): usize {
  return slot & ~SLOT_LANES;
}

export function laneOf(slot: usize): i32 {
  return <i32>(slot & SLOT_LANES);
}

function stamps(slot: usize): usize {
  return blockOf(slot) + STAMPS + <usize>laneOf(slot) * 16;
}
