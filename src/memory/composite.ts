import type { Ranked } from "./fusion.ts";

/** A candidate, by how well it answers and by what it is worth, each on a scale of its own from 0 up. */
export interface Candidate {
  id: number;
  /** How well it answers: the score of fusion. */
  relevance: number;
  /** What it is worth whatever is asked. */
  quality: number;
  /** How near it is to the time asked for, 0…1. Undefined where none is asked for, or it has none. */
  closeness?: number | undefined;
}

/** How much of the relevance is not at stake. Quality has the rest, so it never makes up for an answer to something else. */
const SURE = 0.8;

/** What being of the very time asked for adds. */
const TEMPORAL_BOOST = 0.4;

/** One score of relevance and quality, both 0…1, as it is itself. */
export function composite(relevance: number, quality: number): number {
  return relevance * (SURE + (1 - SURE) * quality);
}

/**
 * Candidates in their final order, best first, with scores of 0…1: relevance and quality count as shares of the largest among
 * them. Where a time is asked for, only what is of that time can reach 1. Equal ones stay in the order they came in.
 */
export function rank(candidates: readonly Candidate[]): Ranked[] {
  let [relevance, quality, isTimed] = [0, 0, false];
  for (const candidate of candidates) {
    relevance = Math.max(relevance, candidate.relevance);
    quality = Math.max(quality, candidate.quality);
    if (candidate.closeness !== undefined) isTimed = true;
  }
  return candidates
    .map((candidate) => {
      const score = composite(share(candidate.relevance, relevance), share(candidate.quality, quality));
      return { id: candidate.id, score: isTimed ? score * timeliness(candidate.closeness ?? 0) : score };
    })
    .sort((a, b) => b.score - a.score);
}

function share(value: number, most: number): number {
  return most === 0 ? 0 : value / most;
}

/** What a time asked for multiplies by: 1 of that time, less the farther away. */
function timeliness(closeness: number): number {
  return (1 + TEMPORAL_BOOST * closeness) / (1 + TEMPORAL_BOOST);
}
