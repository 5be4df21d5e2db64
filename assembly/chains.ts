import { allocate } from "./memory";
import { sharedState } from "./shared";

// How other threads find a namespace: a list of records, of which none ever goes:
//
//   +0   next record (u32); head of the chain, 0 while there is none (u32); its planes, 0 while there are none (u32)
//   +12  length of the name (u32); the name, in UTF-16 units
//
// The list begins 8 bytes into the shared state.

const LIST: usize = 8;
const NAME: usize = 16;

/** A record with room for a name of so many units, which JavaScript writes. Not in the list yet. 0: no memory. */
export function newRecord(units: i32): usize {
  const record = allocate(NAME + ((<usize>units) << 1));
  if (record != 0) store<u32>(record, units, 12);
  return record;
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

export function firstRecord(): usize {
  return <usize>atomic.load<u32>(sharedState() + LIST);
}

export function nextRecord(record: usize): usize {
  return <usize>load<u32>(record);
}

export function nameUnits(record: usize): i32 {
  return load<u32>(record, 12);
}

export function nameAt(record: usize): usize {
  return record + NAME;
}

export function headOf(record: usize): usize {
  return <usize>atomic.load<u32>(record, 4);
}

export function planesOf(record: usize): usize {
  return <usize>atomic.load<u32>(record, 8);
}
