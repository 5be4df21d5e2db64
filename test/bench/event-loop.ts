/** Shorter ones are the loop's own turning. */
const LEAST_MS = 0.3;
/** Learning takes most of the time until it is over; a neighbour or the collector does not. */
const WINDOW_MS = 60;
const BUSY_SHARE = 0.25;

/**
 * Lets what was put off be done, until nothing more comes. Answers how long it kept the event loop, in all and at most; of a
 * piece the processor time where that is less, as what other processes take is not its own.
 */
export async function untilQuiet(): Promise<{ busy: number; longest: number }> {
  let busy = 0;
  let longest = 0;
  for (let inWindow = WINDOW_MS; inWindow > WINDOW_MS * BUSY_SHARE; busy += inWindow) {
    inWindow = 0;
    const start = performance.now();
    for (let last = start; last - start < WINDOW_MS; ) {
      const before = process.cpuUsage();
      await new Promise((resolve) => setImmediate(resolve));
      const { user, system } = process.cpuUsage(before);
      const now = performance.now();
      const held = Math.min(now - last, (user + system) / 1000);
      if (held >= LEAST_MS) {
        inWindow += held;
        longest = Math.max(longest, held);
      }
      last = now;
    }
  }
  return { busy, longest };
}
