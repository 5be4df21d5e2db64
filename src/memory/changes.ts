import type { Memory } from "./memory.ts";
import { contradictedConfidence, corroborated, effectiveConfidence, FRESH_CONFIDENCE } from "./quality.ts";
import type { Kept } from "./record.ts";
import { isDurable, type Tier, TRAITS } from "./tier.ts";

// What happens to memories: each answers what it becomes.

const DAY = 86_400_000;

/** It was served. Whose time is limited has it again from now on. */
export function reinforced(kept: Kept, now: number): Kept {
  const { memory } = kept;
  return {
    ...kept,
    memory: {
      ...memory,
      accessCount: memory.accessCount + 1,
      accessedAt: now,
      expiresAt: slidExpiry(memory, now),
    },
  };
}

/** Durable ones never gain an expiry. */
export function slidExpiry({ expiresAt, ttl, tier }: Pick<Memory, "expiresAt" | "ttl" | "tier">, now: number) {
  if (expiresAt === null) return null;
  const lifetime = ttl === undefined ? TRAITS[tier].ttl : ttl;
  // One that was made to expire although its tier does not (by hand) keeps the moment.
  return lifetime === null ? expiresAt : now + lifetime;
}

/** It is of another tier, and lives as long as those do, unless it has a time of its own or is given an end. */
export function retiered(kept: Kept, tier: Tier, now: number, end?: number | null): Kept {
  const { memory } = kept;
  const ttl = memory.ttl === undefined ? TRAITS[tier].ttl : memory.ttl;
  const expiresAt = end !== undefined ? end : ttl === null ? null : now + ttl;
  const isNew = isDurable(tier) && !isDurable(memory.tier);
  const confidence = memory.confidence ?? (isNew ? FRESH_CONFIDENCE : undefined);
  return { ...kept, memory: { ...memory, tier, expiresAt, ...(confidence !== undefined && { confidence }) } };
}

/** It was said again: more sure than before, but once a day at the most. Undefined: it is not. */
export function borneOut(kept: Kept, now: number): Kept | undefined {
  const { memory } = kept;
  if (!isDurable(memory.tier) || memory.confidence === undefined || now - memory.updatedAt < DAY) return undefined;
  return { ...kept, memory: { ...memory, confidence: corroborated(effectiveConfidence(memory, now)), updatedAt: now } };
}

/** Another took its place. Its validity ends, unless it had ended before. */
export function superseded(kept: Kept, by: string, now: number): Kept {
  const { memory, ...rest } = closed(kept, now);
  return { ...rest, memory: { ...memory, supersededBy: by } };
}

/** Of what was about to be ended by something else, too, the end it had before is kept. */
function closed(kept: Kept, at: number): Kept {
  const { memory } = kept;
  const { validTo = null } = memory;
  if (validTo !== null && validTo <= at) return kept;
  const cutShort = kept.cutShort === undefined ? validTo : kept.cutShort;
  return { ...kept, cutShort, memory: { ...memory, validTo: at } };
}

/** What it says is so no more since `from`. It can be seen as of before, and is told how sure it was. */
export function contradicted(kept: Kept, by: string, from: number, now: number): Kept {
  const { memory, ...rest } = closed(kept, Math.max(from, (kept.memory.validFrom ?? from) + 1));
  const confidence = contradictedConfidence(memory, now);
  const before = memory.contradicted?.confidence ?? memory.confidence;
  return {
    ...rest,
    memory: {
      ...memory,
      confidence,
      updatedAt: now,
      contradicted: { by, ...(before !== undefined && { confidence: before }) },
    },
  };
}

/** As if nothing had taken its place and nothing had contradicted it; and it has not ended. */
export function restored({ cutShort, ...kept }: Kept, now: number): Kept {
  const { supersededBy: _by, validTo = null, contradicted, ...memory } = kept.memory;
  const end = cutShort !== undefined ? cutShort : validTo !== null && validTo <= now ? null : validTo;
  return {
    ...kept,
    memory: {
      ...memory,
      ...(end !== null && { validTo: end }),
      ...(contradicted?.confidence !== undefined && { confidence: contradicted.confidence }),
    },
  };
}
