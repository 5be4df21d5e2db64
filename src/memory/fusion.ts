/** One of a list of results, by a number that stands for it. Higher scores are better, within the list. */
export interface Ranked {
  id: number;
  score: number;
}

/** What a list adds of its own: its hits by their scores, no id twice. */
interface WeightedList {
  weight: number;
  hits: readonly Ranked[];
  /** The score that counts nothing. Default: that of the last in the list. */
  least?: number;
}

/**
 * How much a rank counts less than the one before: 1 of every RANK_DAMPING + rank. Commonly 60, which makes all ranks of a deep
 * list nearly the same; small values let the first ones stand out.
 */
const RANK_DAMPING = 5;

/** One list of several by their scores, each list stretched to 0…1. Best first; of equal ones, which was seen first. */
export function convex(lists: readonly WeightedList[]): Ranked[] {
  const scores = new Map<number, number>();
  for (const { weight, hits, least: given = Number.POSITIVE_INFINITY } of lists) {
    let [least, most] = [given, Number.NEGATIVE_INFINITY];
    for (const { score } of hits) {
      least = Math.min(least, score);
      most = Math.max(most, score);
    }
    for (const { id, score } of hits) {
      // Who is alone, or as good as all others, is the best there is.
      const stretched = most === least ? 1 : (score - least) / (most - least);
      scores.set(id, (scores.get(id) ?? 0) + weight * stretched);
    }
  }
  return bestFirst(scores);
}

/** One list of several by their ranks alone, for scores that cannot be compared. Best first; ties as in `convex`. */
export function reciprocalRank(lists: readonly (readonly Ranked[])[], damping = RANK_DAMPING): Ranked[] {
  const scores = new Map<number, number>();
  for (const hits of lists) {
    for (const [rank, { id }] of hits.entries()) scores.set(id, (scores.get(id) ?? 0) + 1 / (damping + rank));
  }
  return bestFirst(scores);
}

/** Both a Map and sorting keep the order of what came first. */
function bestFirst(scores: ReadonlyMap<number, number>): Ranked[] {
  return Array.from(scores, ([id, score]) => ({ id, score })).sort((a, b) => b.score - a.score);
}
