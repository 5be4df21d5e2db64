import type { Memory } from "../../src/memory/index.ts";
import { beginning, type Item } from "./mcp-result.ts";

/** Of a gist, in tokens. */
const GIST = 100;

/** A memory as a result lists it. */
export function shown(memory: Memory, more: { score?: number; origin?: string | undefined } = {}): Item {
  const { id, namespace, tier, content, summary, tags, metadata, links } = memory;
  const { createdAt, updatedAt, expiresAt, validFrom, validTo, supersededBy, contradicted } = memory;
  return {
    id,
    namespace,
    tier,
    ...(more.score !== undefined && { score: Math.round(more.score * 1000) / 1000 }),
    ...(more.origin !== undefined && { origin: more.origin }),
    created: instant(createdAt),
    ...(updatedAt !== createdAt && { updated: instant(updatedAt) }),
    ...(validFrom !== undefined && validFrom !== createdAt && { validFrom: instant(validFrom) }),
    ...(validTo !== undefined && { validTo: instant(validTo) }),
    ...(expiresAt !== null && { expires: instant(expiresAt) }),
    ...(supersededBy !== undefined && { supersededBy }),
    ...(contradicted !== undefined && { contradictedBy: contradicted.by }),
    ...(tags.length > 0 && { tags }),
    ...(Object.keys(metadata).length > 0 && { metadata }),
    ...(links.length > 0 && { links }),
    ...(summary !== undefined && { summary }),
    content,
  };
}

/** All that is told of one. */
export function shownWhole(memory: Memory): Item {
  const { level, importance, assessedImportance, confidence, accessCount, accessedAt, pending } = memory;
  const { content, ...rest } = shown(memory);
  return {
    ...rest,
    ...(level !== undefined && { level }),
    importance,
    ...(assessedImportance !== undefined && { assessedImportance }),
    ...(confidence !== undefined && { confidence: Math.round(confidence * 1000) / 1000 }),
    recalled: accessCount,
    ...(accessCount > 0 && { lastRecalled: instant(accessedAt) }),
    ...(pending && { pending }),
    content,
  };
}

/** As briefings show it: its gist, where it has one. */
export function shownBriefly(memory: Memory): Item {
  const { summary, content, ...rest } = shown(memory) as { summary?: string; content: string };
  return { ...rest, ...(summary === undefined ? { content } : { summary: beginning(summary, GIST) }) };
}

/** Models read years and days more surely than milliseconds. */
export function instant(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}
