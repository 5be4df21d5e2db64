import { isExpired } from "../store/entry.ts";
import type { Engine } from "./engine.ts";
import { isLive } from "./filter.ts";
import { renewed } from "./renewal.ts";
import { TIERS, type Tier } from "./tier.ts";

/** What there is of a namespace, or of all. */
export interface MemoryStats {
  /** Live ones. */
  memories: number;
  tiers: Record<Tier, number>;
  superseded: number;
  expired: number;
  /** True no more, and not superseded. */
  ended: number;
  /** Without a vector, which they will be given. */
  pending: number;
  /** Long ones whose pieces are still to be embedded, where `chunks` is on. */
  uncut: number;
  /** What memories were before they changed. */
  past: number;
  /** When something was last written. Undefined: never. */
  lastWrite: number | undefined;
}

export async function stats(engine: Engine, namespace?: string): Promise<MemoryStats> {
  await engine.follow();
  const now = engine.now();
  await renewed(engine, engine.catalogue.of(namespace), now);
  const tiers = Object.fromEntries(TIERS.map((tier) => [tier, 0])) as Record<Tier, number>;
  const found: MemoryStats = {
    memories: 0,
    tiers,
    superseded: 0,
    expired: 0,
    ended: 0,
    pending: 0,
    uncut: 0,
    past: 0,
    lastWrite: undefined,
  };
  for (const row of engine.catalogue.of(namespace)) {
    if (row.pending) found.pending++;
    if (engine.settings.chunks && engine.catalogue.uncut.has(row)) found.uncut++;
    found.lastWrite = Math.max(found.lastWrite ?? 0, row.updatedAt, row.createdAt);
    found.past += engine.catalogue.pastOf(row.id).length;
    if (isLive(row, now)) {
      found.memories++;
      tiers[row.tier]++;
    } else if (row.supersededBy !== undefined) found.superseded++;
    else if (isExpired(row, now)) found.expired++;
    else found.ended++;
  }
  return found;
}
