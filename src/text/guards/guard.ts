import type { Reading } from "./reading.ts";

/**
 * Looks at a question and a stored one that is near it, and says why the stored answer may not serve; undefined where it sees
 * no reason. It is asked of every candidate, so it must be quick, and it must not throw.
 */
export interface Guard {
  readonly name: string;
  check(asked: Reading, stored: Reading): string | undefined;
}

/** "“50” is not “5”": what one text has and the other has not. */
export function differs(asked: Iterable<string>, stored: Iterable<string>): string {
  return `${listed(asked)} is not ${listed(stored)}`;
}

function listed(words: Iterable<string>): string {
  const all = [...words];
  return all.length === 0 ? "nothing" : all.map((word) => `“${word}”`).join(", ");
}
