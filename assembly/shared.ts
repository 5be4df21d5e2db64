import { choose, context, makeRoom, newContext } from "./context";
import { allocate } from "./memory";

// How threads search while one of them writes, without locks. Only the writer changes anything, and every change makes a
// new version. A row is written once, into a slot that no search looks at, and then carries two versions: since when it is
// there, and until when. A search notes the version it begins at and sees the rows of that version, whatever is written
// meanwhile: a row that is overwritten gets a new slot, and the old one stays as it was. It is used again when no search is
// under way that began before the row went. So no search can see half a row, half a change, or none of a row's two states.
//
//   +0    version (i64); head of the list of chains (u32, see chains.ts)
//   +64   READERS cells: the version its search began at, NONE between searches (i64); its context (u32); taken (u32)
//
// The order that makes it safe: a reader announces a version, and then looks whether it is still the current one; the
// writer makes a version the current one, and then looks who announced which. One of the two always sees the other.

const READERS: i32 = 32;
const NONE: i64 = i64.MAX_VALUE;
const CELLS: usize = 64;
const CELL: usize = 16;
/** In a context: the version its search sees. */
const SEEN: usize = 64;
const BORN: usize = 0;
const DIED: usize = 8;

let state: usize = 0;
let cell: usize = 0;

/** False when memory is exhausted. */
export function openShared(): bool {
  state = allocate(CELLS + <usize>READERS * CELL);
  if (state == 0) return false;
  atomic.store<i64>(state, 1);
  for (let i = 0; i < READERS; i++) atomic.store<i64>(cellAt(i), NONE);
  return true;
}

/** What another thread's instance needs to find it all. */
export function sharedState(): usize {
  return state;
}

/** Makes the contexts of one more reader; the writer does, as only it may ask for memory. False when there is none. */
export function admitReader(): bool {
  const own = context();
  for (let i = 0; i < READERS; i++) {
    if (load<u32>(cellAt(i), 8) != 0) continue;
    const made = newContext();
    if (made == 0) return false;
    choose(made);
    const hasRoom = makeRoom();
    choose(own);
    if (hasRoom) atomic.store<u32>(cellAt(i), <u32>made, 8);
    return hasRoom;
  }
  return true; // there is one for each place: the next reader takes one that was left
}

/** In a reader's instance: takes a cell that nobody has. False when there is none. */
export function joinReaders(shared: usize): bool {
  state = shared;
  for (let i = 0; i < READERS; i++) {
    const made = atomic.load<u32>(cellAt(i), 8);
    if (made == 0 || atomic.cmpxchg<u32>(cellAt(i), 0, 1, 12) != 0) continue;
    cell = cellAt(i);
    choose(<usize>made);
    return true;
  }
  return false;
}

export function leaveReaders(): void {
  atomic.store<i64>(cell, NONE);
  atomic.store<u32>(cell, 0, 12);
}

/** A search begins: notes which version it sees. */
export function beginSeeing(): void {
  let version = atomic.load<i64>(state);
  if (cell != 0) {
    for (;;) {
      atomic.store<i64>(cell, version);
      const now = atomic.load<i64>(state);
      if (now == version) break;
      version = now;
    }
  }
  store<i64>(context(), version, SEEN);
}

export function endSeeing(): void {
  if (cell != 0) atomic.store<i64>(cell, NONE);
}

/** What was placed and vacated since becomes visible, all at once. Returns the version in which it is. */
export function publish(): f64 {
  const version = atomic.load<i64>(state) + 1;
  atomic.store<i64>(state, version);
  return <f64>version;
}

/** The oldest version that a search under way sees: what went in it or before is seen by none. */
export function oldestSeen(): f64 {
  let oldest = atomic.load<i64>(state);
  for (let i = 0; i < READERS; i++) oldest = min(oldest, atomic.load<i64>(cellAt(i)));
  return <f64>oldest;
}

/**
 * Whether the search under way sees a row with these stamps. Until when is read first: a slot that is being used again was
 * given up before, so either that is seen, or that its new row is not there yet.
 */
export function isVisible(stamps: usize): bool {
  const seen = load<i64>(context(), SEEN);
  return seen < atomic.load<i64>(stamps, DIED) && atomic.load<i64>(stamps, BORN) <= seen;
}

export function setBorn(stamps: usize): void {
  atomic.store<i64>(stamps, NONE, BORN);
  atomic.store<i64>(stamps, NONE, DIED);
  atomic.store<i64>(stamps, atomic.load<i64>(state) + 1, BORN);
}

export function setDied(stamps: usize): void {
  atomic.store<i64>(stamps, atomic.load<i64>(state) + 1, DIED);
}

function cellAt(i: i32): usize {
  return state + CELLS + <usize>i * CELL;
}
