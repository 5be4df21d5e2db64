import { allocate } from "./memory";
import { isVisible, setBorn, setDied, sharedState } from "./shared";

// How other threads find a namespace: a list of records, of which none ever goes. A chain is there since a version and until
// one, as a row is: a search that began before a namespace was cleared and filled anew finds the chain of then. So a name may
// have several records, of chains one after another.
//
//   +0    next record (u32); head of the chain (u32); its planes, 0 while there are none (u32); length of the name (u32)
//   +16   since when the chain is there, and until when (i64 each, see shared.ts)
//   +32   the name, in UTF-16 units
//
// Planes may change while a chain is there: with all that ever cover it the same is found. The list begins 8 bytes into the
// shared state.

const LIST: usize = 8;
const STAMPS: usize = 16;
const NAME: usize = 32;

/** A record with room for a name of so many units, which JavaScript sets. Not in the list yet. 0: no memory. */
export function newRecord(units: i32): usize {
  const record = allocate(NAME + ((<usize>units) << 1));
  if (record != 0) store<u32>(record, units, 12);
  return record;
}

export function setUnit(record: usize, place: i32, unit: i32): void {
  store<u16>(record + NAME + ((<usize>place) << 1), <u16>unit);
}

export function listRecord(record: usize): void {
  const list = sharedState() + LIST;
  store<u32>(record, load<u32>(list));
  atomic.store<u32>(list, <u32>record);
}

export function setChain(record: usize, head: usize, planes: usize): void {
  atomic.store<u32>(record, <u32>head, 4);
  atomic.store<u32>(record, <u32>planes, 8);
}

/** The chain is there from the next version on. No search may still see the one that the record told of before. */
export function beginChain(record: usize): void {
  setBorn(record + STAMPS);
}

/** From the next version on it is not. */
export function endChain(record: usize): void {
  setDied(record + STAMPS);
}

export function firstRecord(): usize {
  return <usize>atomic.load<u32>(sharedState() + LIST);
}

export function nextRecord(record: usize): usize {
  return <usize>load<u32>(record);
}

export function nameUnits(record: usize): i32 {
  return load<u32>(record, 12);
}

export function unitAt(record: usize, place: i32): i32 {
  return load<u16>(record + NAME + ((<usize>place) << 1));
}

/** Whether the search under way sees its chain. */
export function isThere(record: usize): bool {
  return isVisible(record + STAMPS);
}

export function headOf(record: usize): usize {
  return <usize>atomic.load<u32>(record, 4);
}

export function planesOf(record: usize): usize {
  return <usize>atomic.load<u32>(record, 8);
}
