import fc from "fast-check";

/** Of the cases that a property is tried with where it is tried in full. */
const SMOKE = 0.25;
const FEWEST = 10;

let share = 1;

/**
 * Properties are tried in full in one place. Every other one tries them too, with fewer cases: enough for what an engine
 * may get wrong, as its mistakes are seldom one in hundreds.
 */
export function setDepth(isDeep: boolean): void {
  share = isDeep ? 1 : SMOKE;
  fc.configureGlobal({ ...fc.readConfigureGlobal(), numRuns: cases(100) });
}

/** How many cases a property has here, that has so many in full. */
export function cases(full: number): number {
  return Math.max(Math.min(FEWEST, full), Math.ceil(full * share));
}
