/**
 * For stores of tests that are about anything but waiting: a machine that runs all tests at once may well let a server be
 * silent for longer than a cache should wait.
 */
export const PATIENT = { timeout: 60_000 } as const;
