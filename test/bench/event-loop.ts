/** Shorter ones are the loop's own turning. */
const LEAST_MS = 0.3;
const QUIET_MS = 150;
const LIMIT_MS = 300_000;

/** Lets what was put off be done, until nothing more comes. Answers how long it kept the event loop, in all and at most. */
export async function untilQuiet(): Promise<{ busy: number; longest: number }> {
  const start = performance.now();
  let busy = 0;
  let longest = 0;
  let last = start;
  for (let quietSince = start; last - quietSince < QUIET_MS && last - start < LIMIT_MS; ) {
    await new Promise((resolve) => setImmediate(resolve));
    const now = performance.now();
    const held = now - last;
    last = now;
    if (held < LEAST_MS) continue;
    busy += held;
    longest = Math.max(longest, held);
    quietSince = now;
  }
  return { busy, longest };
}
