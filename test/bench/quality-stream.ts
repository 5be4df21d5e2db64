import type { Evidence } from "../../src/cache/evidence.ts";
import { RiskModel } from "../../src/cache/risk-model.ts";
import { ExactIndex } from "../../src/vectors/exact-index.ts";
import type { Neighbour } from "../../src/vectors/vector-index.ts";
import { seeded } from "../unit/vectors.ts";
import type { Line } from "./measure.ts";

// A stream of questions in random order before an empty cache. A miss is answered with the question's intent, and put; a hit
// puts nothing. Wrong is a hit of another intent.

export interface Stream {
  /** As the exact layer compares them. */
  questions: readonly string[];
  intents: readonly string[];
  /** Of length 1. */
  vectors: readonly Float32Array[];
}

/** What decides whether the best candidate is served, and is told what became of it. */
export interface Decider {
  /** Once for every lookup that the exact layer does not answer. */
  serves(entry: number, evidence: Evidence | undefined): boolean;
  /** Whether the candidate was wrong becomes known: it was not served, or somebody judged the hit. */
  learns?(entry: number, evidence: Evidence, wrong: boolean): void;
}

/** Shares of the hits that are computed all the same, and of those that somebody judges. */
interface Watch {
  explore: number;
  judge: number;
}

interface Tally {
  lookups: number;
  hits: number;
  wrong: number;
}

export interface QualityOptions {
  seeds: readonly number[];
  budgets?: readonly number[];
  thresholds?: readonly number[];
}

const BUDGETS = [0.005, 0.01, 0.02, 0.05];
const THRESHOLDS = [0.8, 0.85, 0.88, 0.9, 0.91, 0.92, 0.95];
const UNWATCHED: Watch = { explore: 0, judge: 0 };
const WATCHES: Record<string, Watch> = {
  misses: UNWATCHED,
  "misses, 2 % tried": { explore: 0.02, judge: 0 },
  "misses, 5 % tried": { explore: 0.05, judge: 0 },
  "misses, 10 % judged": { explore: 0, judge: 0.1 },
  "misses, all judged": { explore: 0, judge: 1 },
};

/** Candidates looked at: what a lookup fetches at first. */
const CANDIDATES = 4;
/** Of all questions; one that is further off counts as no candidate. */
const NEIGHBOURS = 256;

/** A line per static threshold, and per budget and where its labels come from. */
export function qualityStream(stream: Stream, { seeds, budgets = BUDGETS, thresholds = THRESHOLDS }: QualityOptions) {
  const near = neighbours(stream.vectors);
  const measure = (decider: () => Decider, watch: Watch): Line => {
    const runs = seeds.map((seed) => play(stream, near, shuffled(near.length, seed), decider(), watch, seed));
    return shares(runs);
  };
  const lines: Line[] = thresholds.map((threshold) => {
    const serves: Decider["serves"] = (_, evidence) => evidence !== undefined && evidence.similarity >= threshold;
    return { policy: `threshold ${threshold}`, labels: "", ...measure(() => ({ serves }), UNWATCHED) };
  });
  for (const [labels, watch] of Object.entries(WATCHES)) {
    for (const budget of budgets) {
      lines.push({ policy: `budget ${budget}`, labels, ...measure(() => withinBudget(budget), watch) });
    }
  }
  return lines;
}

function withinBudget(budget: number): Decider {
  const model = new RiskModel();
  return {
    serves(entry, evidence) {
      model.saw(entry, evidence);
      return evidence !== undefined && model.bound(entry, evidence) <= budget;
    },
    learns: (entry, evidence, wrong) => model.observe(entry, evidence, wrong),
  };
}

function play(
  { questions, intents }: Stream,
  near: readonly (readonly Neighbour[])[],
  order: readonly number[],
  decider: Decider,
  { explore, judge }: Watch,
  seed: number,
): Tally {
  const random = seeded(~seed);
  const chance = (share: number): boolean => share > 0 && (random() + 1) / 2 < share;
  const put = new Set<number>();
  const exact = new Map<string, number>();
  const tally = { lookups: 0, hits: 0, wrong: 0 };
  for (const question of order) {
    tally.lookups++;
    const candidates = firstOf(near[question]!, put);
    const same = exact.get(questions[question]!);
    const best = same ?? (candidates[0] === undefined ? undefined : candidates[0].id - 1);
    const wrong = best !== undefined && intents[best] !== intents[question];
    const evidence = best === undefined || same !== undefined ? undefined : evidenceOf(candidates, intents);
    const served = same !== undefined || (decider.serves((best ?? 0) + 1, evidence) && !chance(explore));
    if (evidence !== undefined && (!served || chance(judge))) decider.learns?.(best! + 1, evidence, wrong);
    if (served) {
      tally.hits++;
      if (wrong) tally.wrong++;
    } else {
      put.add(question);
      exact.set(questions[question]!, question);
    }
  }
  return tally;
}

function firstOf(near: readonly Neighbour[], put: ReadonlySet<number>): Neighbour[] {
  const found: Neighbour[] = [];
  for (const one of near) {
    if (put.has(one.id - 1)) found.push(one);
    if (found.length === CANDIDATES) break;
  }
  return found;
}

function evidenceOf(candidates: readonly Neighbour[], intents: readonly string[]): Evidence {
  const intentOf = ({ id }: Neighbour): string => intents[id - 1]!;
  const [best] = candidates as [Neighbour];
  const agreeing = candidates.filter((one) => intentOf(one) === intentOf(best));
  const rival = candidates.find((one) => intentOf(one) !== intentOf(best));
  return { similarity: best.similarity, rival: rival?.similarity, agreeing: agreeing.length };
}

/** Of each vector, the nearest others, best first. Ids are places + 1. */
function neighbours(vectors: readonly Float32Array[]): Neighbour[][] {
  const index = new ExactIndex(vectors[0]!.length);
  for (const [place, vector] of vectors.entries()) index.add(place + 1, "", vector);
  const near: Neighbour[][] = [];
  for (let from = 0; from < vectors.length; from += 64) {
    near.push(...index.searchMany("", vectors.slice(from, from + 64), NEIGHBOURS + 1, -1));
  }
  return near.map((found, place) => found.filter(({ id }) => id !== place + 1));
}

function shuffled(length: number, seed: number): number[] {
  const random = seeded(seed);
  const order = Array.from({ length }, (_, i) => i);
  for (let i = length - 1; i > 0; i--) {
    const j = Math.floor(((random() + 1) / 2) * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

function shares(runs: readonly Tally[]): Line {
  const sum = (of: keyof Tally): number => runs.reduce((total, run) => total + run[of], 0);
  const percent = (part: number, whole: number): number => Number(((100 * part) / Math.max(1, whole)).toFixed(2));
  return {
    "hits %": percent(sum("hits"), sum("lookups")),
    "wrong %": percent(sum("wrong"), sum("lookups")),
    "wrong %, worst run": Math.max(...runs.map(({ wrong, lookups }) => percent(wrong, lookups))),
    "wrong of hits %": percent(sum("wrong"), sum("hits")),
  };
}
