// Places kept for what matters though it is not among the best: others leave from the end for it, unless it is too weak.

/** What comes in has at least this share of the score of whom it replaces… */
const OF_REPLACED = 0.5;
/** …and this share of the best one's. */
const OF_BEST = 0.4;

/** From here on a memory is worth a look of the reranker though others answer better. */
const IMPORTANT = 0.75;
/** How many of those are let in at most. */
const IMPORTANT_PLACES = 2;

/**
 * The first `k` of a list, best first, with at least `reserve` durable ones where there are so many that are good enough. They
 * stand right under the best of those that stay. That one may not be the best of the list: with more places reserved than
 * `k` leaves to others, no place is safe.
 */
export function durableReserve<T>(
  ranked: readonly T[],
  k: number,
  reserve: number,
  of: { score(item: T): number; durable(item: T): boolean },
): T[] {
  const { stay, come } = exchange(ranked, 0, Math.max(0, k), reserve, of.score, of.durable);
  return [...stay.slice(0, 1), ...come, ...stay.slice(1)];
}

/** The first `pool` of a list, best first, of which those after the first `k` make room for two important ones. */
export function importanceReserve<T>(
  ranked: readonly T[],
  k: number,
  pool: number,
  of: { score(item: T): number; importance(item: T): number },
): T[] {
  const isImportant = (item: T) => of.importance(item) >= IMPORTANT;
  const { stay, come } = exchange(
    ranked,
    Math.max(0, k),
    Math.max(pool, k, 0),
    IMPORTANT_PLACES,
    of.score,
    isImportant,
  );
  return [...stay, ...come];
}

/** Who of the first `end` stays, and who comes in for the others, all of whom stood at `start` or after it. */
function exchange<T>(
  ranked: readonly T[],
  start: number,
  end: number,
  reserve: number,
  score: (item: T) => number,
  isWanted: (item: T) => boolean,
): { stay: T[]; come: T[] } {
  const stay = ranked.slice(0, end);
  const come: T[] = [];
  let missing = reserve - stay.slice(start).filter(isWanted).length;
  let last = stay.length - 1;
  for (let i = end; i < ranked.length && missing > 0; i++) {
    const item = ranked[i]!;
    if (!isWanted(item)) continue;
    while (last >= start && isWanted(stay[last]!)) last--;
    if (last < start) break;
    if (score(item) < Math.max(OF_REPLACED * score(stay[last]!), OF_BEST * score(ranked[0]!))) break;
    stay.splice(last--, 1);
    come.push(item);
    missing--;
  }
  return { stay, come };
}
