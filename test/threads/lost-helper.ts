/** The gate of a pool (assembly/pool.ts): closed, or how many joined in the low bits. */
const CLOSED = 0x80000000;

/** Joins the next search of a pool, as a helper does, and is never heard of again. */
export function joinAndVanish(memory: WebAssembly.Memory, pool: number, ready: () => void): void {
  const words = new Int32Array(memory.buffer);
  ready();
  for (;;) {
    const gate = Atomics.load(words, pool >> 2);
    if ((gate & CLOSED) !== 0) continue;
    if (Atomics.compareExchange(words, pool >> 2, gate, gate + 1) === gate) return;
  }
}
