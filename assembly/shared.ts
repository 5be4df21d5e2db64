import { choose, context, makeRoom, newContext } from "./context";
import { allocate } from "./memory";

// How threads search while one of them writes, without locks. Only the writer changes anything, and every change makes a
// new version. A row is written once, into a slot that no search looks at, and then carries two versions: since when it is
// there, and until when. A search notes the version it begins at and sees the rows of that version, whatever is written
// meanwhile: a row that is overwritten gets a new slot, and the old one stays as it was. It is used again when no search is
// under way that began before the row went. So no search can see half a row, half a change, or none of a row's two states.
//
//   +0    version (i64); head of the list of chains (u32, see chains.ts)
//   +64   READERS cells: the version its search began at, NONE between searches (i64); its context (u32); whose it is (u32):
//         0, or the ticket that was given out for it, with TAKEN when its reader has come
//
// The order that makes it safe: a reader announces a version, and then looks whether it is still the current one; the
// writer makes a version the current one, and then looks who announced which. One of the two always sees the other.

const READERS: i32 = 32;
const NONE: i64 = i64.MAX_VALUE;
const CELLS: usize = 64;
const CELL: usize = 16;
const CONTEXT: usize = 8;
const OWNER: usize = 12;
/** A ticket: a number of its own, above so many bits that say which cell it is for. */
const PLACE_BITS: u32 = 5;
const TICKETS: u32 = 1 << 25;
const TAKEN: u32 = 0x80000000;
/** In a context: the version its search sees. */
const SEEN: usize = 64;
const BORN: usize = 0;
const DIED: usize = 8;

let state: usize = 0;
let cell: usize = 0;
/** In a reader's instance: what its cell must say. */
let own: u32 = 0;
let given: u32 = 0;
let lastGiven: i32 = 0;

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

/**
 * Gives out a place for one more reader, and makes what it works with: only the writer may ask for memory. Answers with its
 * ticket, 0 when all places are taken or memory is exhausted. Places go round: one that was taken back comes last.
 */
export function admitReader(): u32 {
  for (let n = 1; n <= READERS; n++) {
    const place = (lastGiven + n) % READERS;
    const at = cellAt(place);
    if (atomic.load<u32>(at, OWNER) != 0) continue;
    if (load<u32>(at, CONTEXT) == 0) {
      const made = readerContext();
      if (made == 0) return 0;
      store<u32>(at, <u32>made, CONTEXT);
    }
    lastGiven = place;
    given = (given % (TICKETS - 1)) + 1;
    const ticket = (given << PLACE_BITS) | <u32>place;
    atomic.store<i64>(at, NONE);
    atomic.store<u32>(at, ticket, OWNER);
    return ticket;
  }
  return 0;
}

function readerContext(): usize {
  const writers = context();
  const made = newContext();
  if (made == 0) return 0;
  choose(made);
  const hasRoom = makeRoom();
  choose(writers);
  return hasRoom ? made : 0;
}

/** In a reader's instance: takes the place it was given a ticket for. False when somebody has, or it was taken back. */
export function joinReaders(shared: usize, ticket: u32): bool {
  state = shared;
  const at = cellOf(ticket);
  if (ticket == 0 || atomic.cmpxchg<u32>(at, ticket, ticket | TAKEN, OWNER) != ticket) return false;
  cell = at;
  own = ticket | TAKEN;
  choose(<usize>load<u32>(at, CONTEXT));
  return true;
}

/** In a reader's instance, between two searches. */
export function leaveReaders(): void {
  atomic.cmpxchg<u32>(cell, own, 0, OWNER);
}

/** In the writer's: takes a place back whose reader is gone, and what it was reading with it. False when it has left. */
export function expelReader(ticket: u32): bool {
  const at = cellOf(ticket);
  const owner = atomic.load<u32>(at, OWNER);
  if (ticket == 0 || (owner | TAKEN) != (ticket | TAKEN)) return false;
  takeBack(at);
  return true;
}

/** The same of all places. */
export function expelReaders(): void {
  for (let i = 0; i < READERS; i++) takeBack(cellAt(i));
}

function takeBack(at: usize): void {
  atomic.store<u32>(at, 0, OWNER);
  atomic.store<i64>(at, NONE);
}

/** A search begins: notes which version it sees. */
export function beginSeeing(): void {
  let version = atomic.load<i64>(state);
  if (cell != 0 && atomic.load<u32>(cell, OWNER) == own) {
    for (;;) {
      atomic.store<i64>(cell, version);
      const now = atomic.load<i64>(state);
      if (now == version) break;
      version = now;
    }
  }
  store<i64>(context(), version, SEEN);
}

/** In a reader's instance. False when its place was taken back meanwhile: what it found may be anything. */
export function endSeeing(): bool {
  atomic.cmpxchg<i64>(cell, load<i64>(context(), SEEN), NONE);
  return atomic.load<u32>(cell, OWNER) == own;
}

/** The version that the last search saw. */
export function versionSeen(): f64 {
  return <f64>load<i64>(context(), SEEN);
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

function cellOf(ticket: u32): usize {
  return cellAt(<i32>(ticket & (<u32>READERS - 1)));
}

function cellAt(i: i32): usize {
  return state + CELLS + <usize>i * CELL;
}
