// Memory is handed out once and never taken back; who needs room again keeps a list of what was given back to it.
// Address 0 means "none".

const ALIGN: usize = 64;
const PAGE: u64 = 65536;
const ADDRESSABLE: u64 = 4294967296;
/**
 * Memory grows by 1 MiB or a sixteenth: a growth may cost milliseconds however small it is, and it makes JavaScript renew
 * its views, while pages that are never written cost nothing. Where it is thrifty, by what is needed. Close to the end it
 * grows to the end at once: an engine that was shown gigabytes may collect all garbage at every growth.
 */
const GROW_PAGES: i32 = 16;

let top: usize = 0;
let limit: u64 = ADDRESSABLE;
let thrifty: bool = false;

/** Begins anew. Nothing is handed out past `most` bytes. */
export function openMemory(most: f64, isThrifty: bool): void {
  thrifty = isThrifty;
  top = max(align(__heap_base), ALIGN);
  limit = min(ADDRESSABLE, <u64>most);
}

export function align(bytes: usize): usize {
  return (bytes + ALIGN - 1) & ~(ALIGN - 1);
}

/** Fresh memory is zero. Counts in u64: the end may lie past 4 GiB. Returns 0 when there is no more. */
export function allocate(bytes: usize): usize {
  const start = top;
  const end = <u64>start + <u64>align(bytes);
  if (end >= limit) return 0; // the top must stay an address
  const have = <u64>memory.size() * PAGE;
  if (end > have) {
    const needed = <i32>((end - have + PAGE - 1) / PAGE);
    const left = <i32>((ADDRESSABLE - have) / PAGE);
    const wanted = max(needed, thrifty ? 1 : max(GROW_PAGES, memory.size() >> 4));
    if (memory.grow(min(wanted, left)) < 0 && memory.grow(needed) < 0) return 0;
  }
  top = <usize>end;
  return start;
}

/** Stores an address or a count that other threads follow: what it leads to was stored before, and is seen by them. */
export function link(at: usize, value: u32): void {
  if (ASC_FEATURE_THREADS) atomic.store<u32>(at, value);
  else store<u32>(at, value);
}

export function follow(at: usize): u32 {
  if (ASC_FEATURE_THREADS) return atomic.load<u32>(at);
  return load<u32>(at);
}
