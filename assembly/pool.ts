import { choose, context, makeRoom, newContext, query, weights } from "./context";
import { allocate } from "./memory";
import { nextSection } from "./planes";
import { addCounters, passSection, prepare, restart, setBars, settle } from "./prune";
import { ask, bar, found, idAtPlace, offerId, raiseBar, scoreAt, wanted } from "./results";
import { openRows, rowBytes } from "./rows";

// Several threads at one search. Each takes a section, looks through it, and takes the next one that nobody has; how good
// the best so far is all of them know. The thread that searches waits for no one to begin: who comes too late finds the
// search closed. Who came in time is waited for, but not for ever: a thread may crash or be frozen, and then JavaScript
// gives the pool up and searches again alone. What a thread that was given up still writes lies in the pool, of which nothing
// is used again. Numbers of searches come again after 2^23; that does no harm, as who joins reads what is asked after joining.
//
//   +0    the gate (u32): number of the search, bits 8-30; how many joined, bits 0-7; CLOSED when no more may. Helpers sleep on it
//   +4    how many of them are done (u32)
//   +8    the next section to be taken (u32); the bits of the best bar so far (u32); the first section (u32)
//   +20   the context of the thread that searches (u32); whether helpers are to end (u32)
//   +28   how many are wanted (i32); the threshold (f32)
//   +64   the contexts of all helpers (u32 each); of those that joined, in their order (u32 each)

const DONE: usize = 4;
const TAKEN: usize = 8;
const BAR: usize = 12;
const PLANES: usize = 16;
const CONTEXT: usize = 20;
const END: usize = 24;
const WANTED: usize = 28;
const THRESHOLD: usize = 32;
const HELPERS: usize = 64;
const CLOSED: u32 = 0x80000000;
const SEARCH: u32 = 0x7fffff00;
const JOINED: u32 = 0xff;
/** What a helper copies of the context of a search, besides the weights and the query: version, scale and slacks. They stay. */
const NUMBERS: usize = 64;
const NUMBERS_END: usize = 104;

let pool: usize = 0;
let helpers: i32 = 0;
let joined: i32 = 0;

/** Makes what so many helpers need, at most 255. Returns where it lies, or 0 when memory is exhausted. */
export function openPool(count: i32): usize {
  const made = allocate(HELPERS + ((<usize>count) << 3));
  if (made == 0) return 0;
  store<u32>(made, CLOSED);
  const own = context();
  for (let i = 0; i < count; i++) {
    const room = newContext();
    if (room == 0) return 0;
    choose(room);
    const hasRoom = makeRoom();
    choose(own);
    if (!hasRoom) return 0;
    store<u32>(helperAt(made, i), <u32>room);
  }
  helpers = count;
  pool = made;
  return made;
}

/** `prunedScan` with whoever helps, up to where they are waited for. False when memory is exhausted. */
export function pooledScan(planes: usize): bool {
  joined = 0;
  if (!prepare(planes)) return false;
  const own = context();
  store<u32>(pool, 0, DONE);
  store<u32>(pool, 0, TAKEN);
  store<u32>(pool, 0, BAR);
  store<u32>(pool, <u32>planes, PLANES);
  store<u32>(pool, <u32>own, CONTEXT);
  store<i32>(pool, wanted(), WANTED);
  store<f32>(pool, bar(), THRESHOLD);
  const search = (load<u32>(pool) + 0x100) & SEARCH;
  atomic.store<u32>(pool, search);
  atomic.notify(pool, helpers);

  takeSections(pool);
  joined = <i32>(atomic.or<u32>(pool, CLOSED) & JOINED);
  return true;
}

/** Waits, awake, for so many turns. Whether all who joined are done. */
export function awaitHelpers(turns: i32): bool {
  while (atomic.load<u32>(pool, DONE) != joined) if (--turns < 0) return false;
  return true;
}

/** How many joined the last search. */
export function helped(): i32 {
  return joined;
}

/** Adds what they found, and what they counted. */
export function takeOver(): void {
  const own = context();
  for (let i = 0; i < joined; i++) {
    const theirs = <usize>load<u32>(helperAt(pool, helpers + i));
    choose(theirs);
    const count = found();
    for (let place = 0; place < count; place++) {
      choose(theirs);
      const id = idAtPlace(place);
      const score = scoreAt(place);
      choose(own);
      if (score >= bar()) offerId(id, score);
    }
    choose(own);
    addCounters(theirs);
  }
}

/** Makes helpers end. */
export function closePool(): void {
  atomic.store<u32>(pool, 1, END);
  atomic.store<u32>(pool, CLOSED | ((load<u32>(pool) + 0x100) & SEARCH));
  atomic.notify(pool, helpers);
}

/**
 * What a helper's thread does, until it is to end: waits for searches, awake for so many turns and then asleep, and takes part.
 */
export function help(job: usize, index: i32, count: i32, dimensions: i32, width: i32, turns: i32): void {
  openRows(dimensions, width);
  const own = <usize>load<u32>(helperAt(job, index));
  choose(own);
  let last: u32 = CLOSED;
  for (let turn = 0; ; ) {
    // In this order: if it was to end already, the gate has changed since. Who waits for a change then does not sleep.
    const gate = atomic.load<u32>(job);
    if (atomic.load<u32>(job, END) != 0) return;
    if ((gate & CLOSED) != 0 || (gate & SEARCH) == last) {
      if (++turn > turns) {
        atomic.wait<i32>(job, gate, -1);
        turn = 0;
      }
      continue;
    }
    turn = 0;
    if (atomic.cmpxchg<u32>(job, gate, gate + 1) != gate) continue;
    last = gate & SEARCH;
    store<u32>(helperAt(job, count + <i32>(gate & JOINED)), <u32>own);
    const theirs = <usize>load<u32>(job, CONTEXT);
    ask(load<i32>(job, WANTED), load<f32>(job, THRESHOLD), false);
    memory.copy(own + NUMBERS, theirs + NUMBERS, NUMBERS_END - NUMBERS);
    memory.copy(weights(), theirs + (weights() - own), 256);
    memory.copy(query(), theirs + (query() - own), rowBytes());
    restart();
    takeSections(job);
    atomic.add<u32>(job, 1, DONE);
  }
}

function takeSections(job: usize): void {
  let section = <usize>load<u32>(job, PLANES);
  let place: u32 = 0;
  for (;;) {
    const take = atomic.add<u32>(job, 1, TAKEN);
    for (; place < take && section != 0; place++) section = nextSection(section);
    if (section == 0) break;
    const best = reinterpret<f32>(atomic.load<u32>(job, BAR));
    if (best > 0 && best > bar()) {
      raiseBar(best);
      setBars();
    }
    passSection(section);
    tellBar(job);
  }
  settle();
  tellBar(job);
}

/** Bars above zero are in the order of their bits; 0 says that none is known. */
function tellBar(job: usize): void {
  if (found() < wanted() || !(bar() > 0)) return;
  const own = reinterpret<u32>(bar());
  let best = atomic.load<u32>(job, BAR);
  while (best < own) best = atomic.cmpxchg<u32>(job, best, own, BAR);
}

function helperAt(job: usize, index: i32): usize {
  return job + HELPERS + ((<usize>index) << 2);
}
