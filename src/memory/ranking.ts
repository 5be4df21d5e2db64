import { type Candidate, rank } from "./composite.ts";
import type { Engine } from "./engine.ts";
import { convex, type Ranked, reciprocalRank } from "./fusion.ts";
import type { Legs, Near } from "./legs.ts";
import { quality } from "./quality.ts";
import type { CheckedRecall } from "./recall-options.ts";
import type { Row } from "./row.ts";
import { closeness, type TimeTarget } from "./temporal.ts";

/** On the way to a result. */
export interface Found {
  row: Row;
  score: number;
  similarity: number | undefined;
  /** The piece of it that is so like the query, where one is. */
  piece?: number | undefined;
}

export interface When {
  now: number;
  /** The time that is asked for. */
  target: TimeTarget | undefined;
}

/** What both legs found, of every way to say the query, in one order: by relevance, then also by what a memory is worth. */
export function ranking(engine: Engine, legs: readonly Legs[], asked: CheckedRecall, { now, target }: When): Found[] {
  const nearest = new Map<number, Near>();
  for (const { vector = [], besides } of legs) {
    for (const near of [...vector, ...besides.vector]) {
      if (near.score > (nearest.get(near.id)?.score ?? Number.NEGATIVE_INFINITY)) nearest.set(near.id, near);
    }
  }
  const lists = legs.map((one) => fused(engine, gated(one, asked.minSimilarity), asked));
  const relevant = lists.length === 1 ? lists[0]! : reciprocalRank(lists);
  const rows = new Map<number, Row>();
  const candidates: Candidate[] = [];
  for (const { id, score } of relevant) {
    const row = engine.catalogue.at(id);
    if (row === undefined) continue; // gone since it was found
    rows.set(id, row);
    const worth = quality(row, now, engine.settings.ranking);
    candidates.push({ id, relevance: score, quality: worth, ...(target && { closeness: closenessOf(row, target) }) });
  }
  return rank(candidates).map(({ id, score }) => {
    const { score: similarity, piece } = nearest.get(id) ?? {};
    return { row: rows.get(id)!, score, similarity, piece };
  });
}

/**
 * What is known to be too unlike the query goes, by whatever leg it came, unless it has its very words. Of what no vector was compared
 * nothing is known.
 */
function gated(legs: Legs, minSimilarity: number): Legs {
  const { vector, keyword, besides, said } = legs;
  if (vector === undefined) return legs;
  const isLike = ({ score }: Ranked): boolean => score >= minSimilarity;
  const unlike = new Set([...vector, ...besides.vector].flatMap((near) => (isLike(near) ? [] : [near.id])));
  const stays = ({ id }: Ranked): boolean => !unlike.has(id) || said.has(id);
  return {
    vector: vector.filter(isLike),
    keyword: keyword.filter(stays),
    besides: { vector: besides.vector.filter(isLike), keyword: besides.keyword.filter(stays) },
    said,
  };
}

/**
 * Scores count from the least there could be, not from the least there is: the second of two that are both near is near, not nothing.
 */
function fused(engine: Engine, { vector, keyword, besides }: Legs, asked: CheckedRecall): Ranked[] {
  const { minSimilarity, minScore } = asked;
  const alpha = vector === undefined ? 0 : asked.alpha;
  const lists = [
    { weight: alpha, hits: [...(vector ?? []), ...besides.vector], least: minSimilarity },
    { weight: 1 - alpha, hits: [...keyword, ...besides.keyword], least: 0 },
  ].filter(({ weight }) => weight > 0);
  if (engine.settings.fusion === "ranks") return reciprocalRank(lists.map(({ hits }) => hits));
  return convex(lists).filter(({ score }) => score >= minScore);
}

function closenessOf({ validFrom, createdAt }: Row, target: TimeTarget): number {
  return closeness(validFrom ?? createdAt, target);
}
