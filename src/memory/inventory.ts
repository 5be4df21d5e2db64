import { isExpired } from "../store/entry.ts";
import type { Engine } from "./engine.ts";
import { isLive } from "./filter.ts";
import { renewed } from "./renewal.ts";
import { removeExpired, removeOverflow } from "./sweep.ts";
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
    past: 0,
    lastWrite: undefined,
  };
  for (const row of engine.catalogue.of(namespace)) {
    if (row.pending) found.pending++;
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

export interface Fsck {
  /** False: something in the store is damaged, and `problem` says what. */
  ok: boolean;
  problem: string | undefined;
  expired: number;
  overflowed: number;
  /** Live memories of a namespace with the same content: nothing is done about them. */
  duplicates: { namespace: string; ids: string[] }[];
  /** What should have a vector and has none. */
  pending: number;
}

/** Tidies up, and tells what is not as it should be. */
export async function fsck(engine: Engine): Promise<Fsck> {
  await engine.follow();
  const check = await engine.store.check();
  if (!check.ok) engine.emit({ type: "error", operation: "fsck", error: check.reason });
  const expired = await removeExpired(engine);
  const overflowed = await removeOverflow(engine);
  const now = engine.now();
  const same = new Map<string, { namespace: string; ids: string[] }>();
  let pending = 0;
  for (const row of engine.catalogue.of()) {
    if (row.pending) pending++;
    if (!isLive(row, now)) continue;
    const name = `${row.fingerprint} ${row.namespace}`;
    const group = same.get(name) ?? { namespace: row.namespace, ids: [] };
    group.ids.push(row.id);
    same.set(name, group);
  }
  const duplicates = [...same.values()].filter(({ ids }) => ids.length > 1);
  return { ok: check.ok, problem: check.ok ? undefined : check.reason, expired, overflowed, duplicates, pending };
}
