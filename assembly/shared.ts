import { choose, context, makeRoom, newContext } from "./context";
import { allocate } from "./memory";

// How threads search while one of them writes, without locks. Only the writer changes anything, and every change makes a
// new version. A row is written once, into a slot that no search looks at, and then carries two versions: since when it is
// there, and until when. A search notes the version it begins at and sees the rows of that version, whatever is written
// meanwhile: a row that is overwritten gets a new slot, and the old one stays as it was. It is used again when no search is
// under way that began before the row went. So no search can see half a row, half a change, or none of a row's two states.
//
//   +0    version (i64); head of the list of chains (u32, see chains.ts)
//   +64   READERS places: the context of its reader (u32), which announces there the version its search began at, NONE between
//         searches; whose it is (u32): 0, or the ticket that was given out for it, with TAKEN when its reader has come
//
// A reader whose place is taken back may live after all, and be in the middle of a search: it goes on writing what it works
// with. So that is given to nobody else, until as many more were taken back as there are places.
//
// The order that makes it safe: a reader announces a version, and then looks whether it is still the current one; the
// writer makes a version the current one, and then looks who announced which. One of the two always sees the other.

const READERS: i32 = 32;
const NONE: i64 = i64.MAX_VALUE;
const PLACES: usize = 64;
const PLACE: usize = 8;
const OWNER: usize = 4;
/** A ticket: a number of its own, above so many bits that say which place it is for. */
const PLACE_BITS: u32 = 5;
const TICKETS: u32 = 1 << 25;
const TAKEN: u32 = 0x80000000;
/** In a context: the version its search sees; the one that a reader announces. */
const SEEN: usize = 64;
const ANNOUNCED: usize = 120;
const BORN: usize = 0;
const DIED: usize = 8;

let state: usize = 0;
/** In a reader's instance: its place, and what that must say. */
let own: usize = 0;
let ticketTaken: u32 = 0;
let given: u32 = 0;
let lastGiven: i32 = 0;
/** Contexts that were taken back: the last ones, in a ring; and those before them, in a list through their first word. */
let lately: usize = 0;
let retired: i32 = 0;
let spare: usize = 0;

/** False when memory is exhausted. */
export function openShared(): bool {
  state = allocate(PLACES + <usize>READERS * PLACE);
  lately = allocate((<usize>READERS) << 2);
  if (state == 0 || lately == 0) return false;
  atomic.store<i64>(state, 1);
  retired = 0;
  spare = 0;
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
    const at = placeAt(place);
    if (atomic.load<u32>(at, OWNER) != 0) continue;
    if (load<u32>(at) == 0) {
      const made = readerContext();
      if (made == 0) return 0;
      atomic.store<i64>(made, NONE, ANNOUNCED);
      store<u32>(at, <u32>made);
    }
    lastGiven = place;
    given = (given % (TICKETS - 1)) + 1;
    const ticket = (given << PLACE_BITS) | <u32>place;
    atomic.store<u32>(at, ticket, OWNER);
    return ticket;
  }
  return 0;
}

function readerContext(): usize {
  if (spare != 0) {
    const taken = spare;
    spare = <usize>load<u32>(taken);
    return taken;
  }
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
  const at = placeOf(ticket);
  if (ticket == 0 || atomic.cmpxchg<u32>(at, ticket, ticket | TAKEN, OWNER) != ticket) return false;
  own = at;
  ticketTaken = ticket | TAKEN;
  choose(<usize>load<u32>(at));
  return true;
}

/** In a reader's instance, between two searches. */
export function leaveReaders(): void {
  atomic.cmpxchg<u32>(own, ticketTaken, 0, OWNER);
}

/** In a reader's instance: whether its place is its own still. */
export function isIn(): bool {
  return atomic.load<u32>(own, OWNER) == ticketTaken;
}

/** In the writer's: takes a place back whose reader is gone, and what it was reading with it. False when it has left. */
export function expelReader(ticket: u32): bool {
  const at = placeOf(ticket);
  const owner = atomic.load<u32>(at, OWNER);
  return ticket != 0 && (owner | TAKEN) == (ticket | TAKEN) && takeBack(at);
}

/** The same of all places. */
export function expelReaders(): void {
  for (let i = 0; i < READERS; i++) takeBack(placeAt(i));
}

function takeBack(at: usize): bool {
  const owner = atomic.xchg<u32>(at, 0, OWNER); // it may come, or leave, at this very moment
  if ((owner & TAKEN) == 0) return owner != 0;
  const last = lately + ((<usize>(retired++ % READERS)) << 2);
  const oldest = <usize>load<u32>(last);
  store<u32>(last, load<u32>(at));
  store<u32>(at, 0);
  if (oldest != 0) {
    store<u32>(oldest, <u32>spare);
    spare = oldest;
  }
  return true;
}

/** A search begins: notes which version it sees. */
export function beginSeeing(): void {
  let version = atomic.load<i64>(state);
  if (own != 0) {
    for (;;) {
      atomic.store<i64>(context(), version, ANNOUNCED);
      const now = atomic.load<i64>(state);
      if (now == version) break;
      version = now;
    }
  }
  store<i64>(context(), version, SEEN);
}

/** In a reader's instance. False when its place was taken back meanwhile: what it found may be anything. */
export function endSeeing(): bool {
  atomic.store<i64>(context(), NONE, ANNOUNCED);
  return isIn();
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
  for (let i = 0; i < READERS; i++) {
    const reader = <usize>load<u32>(placeAt(i));
    if (reader != 0) oldest = min(oldest, atomic.load<i64>(reader, ANNOUNCED));
  }
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

function placeOf(ticket: u32): usize {
  return placeAt(<i32>(ticket & (<u32>READERS - 1)));
}

function placeAt(i: i32): usize {
  return state + PLACES + <usize>i * PLACE;
}
