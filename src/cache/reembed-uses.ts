import type { Entry } from "../store/entry.ts";
import type { Change } from "../store/store.ts";

/** How often an entry is to be used again, and when last, so that it looks as used as the one it was made from. */
export interface Use {
  times: number;
  at: number;
}

/** The protocol counts uses one by one: what was used more often than this is used often enough. */
const MOST_USES = 100;

export function useOf(entry: Pick<Entry, "hits" | "accessedAt">, there: Pick<Entry, "hits" | "accessedAt">): Use {
  const missing = Math.min(entry.hits, MOST_USES) - there.hits;
  return { times: Math.max(missing, entry.accessedAt === there.accessedAt ? 0 : 1), at: entry.accessedAt };
}

/** Each id so many times; the last time is the one that stays. */
export function usesAgain(uses: readonly { id: number; use: Use }[]): Change[] {
  const changes: Change[] = [];
  for (let left = MOST_USES + 1; left > 1; left--) {
    const touch = uses.filter(({ use }) => use.times >= left).map(({ id }) => id);
    if (touch.length > 0) changes.push({ touch, at: 0 });
  }
  const last = new Map<number, number[]>();
  for (const { id, use } of uses) if (use.times > 0) last.set(use.at, [...(last.get(use.at) ?? []), id]);
  for (const [at, touch] of last) changes.push({ touch, at });
  return changes;
}
