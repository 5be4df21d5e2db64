import type { Reading } from "./reading.ts";

/**
 * Looks at a question and a stored one that is near it, and says why the stored answer may not serve; undefined where it sees
 * no reason. It is asked of every candidate, so it must be quick, and it must not throw.
 */
export interface Guard {
  readonly name: string;
  check(asked: Reading, stored: Reading): string | undefined;
}

/** “50” is not “5”; or “50” is in one of them only; undefined where nothing is. */
export function differs(asked: Iterable<string>, stored: Iterable<string>): string | undefined {
  const [ours, theirs] = [listed(asked), listed(stored)];
  if (ours + theirs === "") return undefined;
  return ours === "" || theirs === "" ? `${ours || theirs} is in one of them only` : `${ours} is not ${theirs}`;
}

function listed(words: Iterable<string>): string {
  return [...words].map((word) => `“${word}”`).join(", ");
}
