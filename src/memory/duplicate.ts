import { superseded } from "./changes.ts";
import type { Engine } from "./engine.ts";
import { isLive } from "./filter.ts";
import type { Memory } from "./memory.ts";
import { keptOf, nearTo } from "./neighbours.ts";
import type { Plan } from "./plan.ts";
import type { Kept } from "./record.ts";
import type { Row } from "./row.ts";

/** What something new is very like. */
export interface Similar {
  id: string;
  /** The beginning of what it says. */
  preview: string;
  similarity: number;
}

/** So many are looked at, and the nearest counts. */
const LOOKED_AT = 5;
const PREVIEW = 200;

export async function duplicateOf(
  engine: Engine,
  { namespace, tier }: Memory,
  vector: Float32Array,
): Promise<{ row: Row; kept: Kept; similar: Similar } | undefined> {
  const { similarity } = engine.settings.duplicates;
  const near = nearTo(engine, namespace, vector, { k: LOOKED_AT, similarity, accepts: (row) => row.tier === tier });
  const known = await keptOf(
    engine.store,
    near.map(({ row }) => row),
  );
  for (const { row, similarity } of near) {
    const kept = known.get(row.seq);
    if (kept === undefined) continue;
    return { row, kept, similar: { id: row.id, preview: previewOf(kept.memory.content), similarity } };
  }
  return undefined;
}

/** Whether a text says more than another: in words, and above all in different ones. */
export function isRicher(text: string, other: string): boolean {
  return richness(text) > richness(other);
}

/** It takes the place of what it is like, and is as sure as that was. False: that is over by now. */
export async function takePlace(plan: Plan, memory: Memory, row: Row): Promise<boolean> {
  const event = { type: "supersede", namespace: row.namespace, id: row.id, by: memory.id } as const;
  const change = (old: Kept): Kept | undefined =>
    isLive(old.memory, memory.createdAt) ? superseded(old, memory.id, memory.createdAt) : undefined;
  const replaced = await plan.change(row.seq, change, event);
  if (replaced === undefined) return false;
  const { confidence, assessedImportance } = replaced.memory;
  if (confidence !== undefined) memory.confidence = Math.max(confidence, memory.confidence ?? 0);
  if (assessedImportance !== undefined) memory.assessedImportance = assessedImportance;
  return true;
}

export function previewOf(content: string): string {
  const points = [...content];
  return points.length <= PREVIEW ? content : `${points.slice(0, PREVIEW).join("")}…`;
}

function richness(text: string): number {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  return words.length + 10 * new Set(words).size;
}
