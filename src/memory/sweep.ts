import { MnemeError } from "../error.ts";
import type { Change } from "../store/store.ts";
import { retiered } from "./changes.ts";
import type { Engine } from "./engine.ts";
import { isClosed } from "./filter.ts";
import { isHandoff } from "./handoff.ts";
import type { Memory } from "./memory.ts";
import { DEMOTION, effectiveConfidence, quality } from "./quality.ts";
import type { Kept } from "./record.ts";
import { removalOf } from "./removal.ts";
import { recounted } from "./renewal.ts";
import type { Row } from "./row.ts";
import { isDurable, type Tier } from "./tier.ts";

/** What sweeping did. */
export interface Swept {
  expired: number;
  /** Short-lived ones that there were too many of. */
  overflowed: number;
  /** Superseded and former states that were kept long enough. */
  collected: number;
  /** Facts that nobody ever recalled and that became unsure: they are episodes now. */
  demoted: number;
}

const BATCH = 500;
const WEEK = 7 * 86_400_000;
/** What matters this much stays, however unsure. */
const IMPORTANT = 0.75;

type Reason = "expired" | "capacity" | "superseded";

/** Removes what is over, and what there is too much of. Whatever is recalled meanwhile stays. */
export async function sweep(engine: Engine, signal?: AbortSignal): Promise<Swept> {
  await engine.settled("reinforce"); // what was recalled lives on
  await engine.follow();
  const expired = await removeExpired(engine, signal);
  const overflowed = await removeOverflow(engine, signal);
  const collected = await collect(engine, signal);
  const demoted = await demote(engine, signal);
  return { expired, overflowed, collected, demoted };
}

export async function removeExpired(engine: Engine, signal?: AbortSignal): Promise<number> {
  const now = engine.now();
  const { catalogue } = engine;
  const rows = [...catalogue.of()].filter(({ expiresAt }) => expiresAt !== null && expiresAt <= now);
  const remove = (batch: readonly Row[]): Change[] => [
    { remove: batch.map(({ seq }) => seq), when: { expiredAt: now } },
  ];
  const removed = await removeAll(engine, rows, "expired", signal, remove);
  await engine.follow(); // what changed meanwhile has left behind what it was
  const gone = rows.filter(({ id }) => catalogue.get(id) === undefined);
  await removePast(
    engine,
    gone.flatMap(({ id }) => catalogue.pastOf(id)),
    signal,
  );
  return removed;
}

/** The least worth keeping of those that are short-lived, where a namespace has too many. */
export async function removeOverflow(engine: Engine, signal?: AbortSignal): Promise<number> {
  const now = engine.now();
  const { capacity, ranking } = engine.settings;
  let removed = 0;
  for (const namespace of engine.catalogue.namespaces()) {
    const rows = [...engine.catalogue.of(namespace)].filter(({ tier }) => !isDurable(tier));
    if (rows.length <= capacity) continue;
    await recounted(engine, rows);
    const worth = new Map(rows.map((row) => [row, quality(row, now, ranking)]));
    rows.sort((a, b) => worth.get(a)! - worth.get(b)! || a.seq - b.seq);
    const excess = rows.slice(0, rows.length - capacity);
    removed += await removeAll(engine, excess, "capacity", signal);
  }
  return removed;
}

/** What was superseded or contradicted, and what memories were, once that is known for long enough. What ended by itself stays. */
async function collect(engine: Engine, signal?: AbortSignal): Promise<number> {
  const { supersededTtl } = engine.settings;
  // What a memory was that has gone while it was being changed.
  const left = [...engine.catalogue.past()].filter(
    ({ id, namespace }) => engine.catalogue.get(id)?.namespace !== namespace,
  );
  await removePast(engine, left, signal);
  if (supersededTtl === null) return 0;
  const until = engine.now() - supersededTtl;
  const rows = [...engine.catalogue.of()].filter(
    (row) => (row.supersededBy !== undefined || (row.isContradicted && isClosed(row, until))) && row.knownFrom <= until,
  );
  const collected = await removeAll(engine, rows, "superseded", signal);
  const past = [...engine.catalogue.past()].filter(({ knownUntil }) => knownUntil! <= until);
  await removePast(engine, past, signal);
  return collected;
}

async function demote(engine: Engine, signal?: AbortSignal): Promise<number> {
  const now = engine.now();
  let demoted = 0;
  const rows = await recounted(
    engine,
    [...engine.catalogue.of()].filter((row) => isDoubtful(row, now)),
  );
  for (const { namespace, id } of rows.filter((row) => isDoubtful(row, now))) {
    signal?.throwIfAborted();
    try {
      const change = (kept: Kept) => (isDoubtful(kept.memory, now) ? retiered(kept, "episodic", now) : undefined);
      const { after } = await engine.amend(namespace, id, change);
      if (after === undefined) continue;
    } catch (error) {
      if (!(error instanceof MnemeError && error.code === "not-found")) throw error;
      continue; // removed meanwhile
    }
    engine.emit({ type: "demote", namespace, id });
    demoted++;
  }
  return demoted;
}

function isDoubtful(memory: Row | Memory, now: number): boolean {
  return (
    isDurable(memory.tier) &&
    memory.supersededBy === undefined &&
    memory.accessCount === 0 &&
    memory.importance < IMPORTANT &&
    now - memory.updatedAt > WEEK &&
    effectiveConfidence(memory, now) < DEMOTION &&
    !memory.tags.includes("pinned") &&
    !isHandoff(memory)
  );
}

/** With all they were, and not those that others change meanwhile. */
async function removeAll(
  engine: Engine,
  rows: readonly Row[],
  reason: Reason,
  signal: AbortSignal | undefined,
  removal: (batch: readonly Row[]) => Change[] = (batch) => removalWithPast(engine, batch),
): Promise<number> {
  const counts = new Map<string, { namespace: string; tier: Tier; count: number }>();
  let removed = 0;
  for (let at = 0; at < rows.length; at += BATCH) {
    signal?.throwIfAborted();
    await engine.untilSettled("What was to be removed", async () => {
      const isKnown = (row: Row): boolean => engine.catalogue.at(row.seq)?.revision === row.revision;
      const batch = rows.slice(at, at + BATCH).filter(isKnown);
      if (batch.length === 0) return;
      const { applied } = await engine.commit(removal(batch));
      const gone = new Set(applied.flat());
      for (const { seq, namespace, tier } of batch) {
        if (!gone.has(seq)) continue;
        removed++;
        const name = `${tier} ${namespace}`;
        const { count } = counts.get(name) ?? { count: 0 };
        counts.set(name, { namespace, tier, count: count + 1 });
      }
    });
  }
  for (const count of counts.values()) engine.emit({ type: "swept", reason, ...count });
  return removed;
}

function removalWithPast({ catalogue }: Engine, rows: readonly Row[]): Change[] {
  return [{ remove: rows.flatMap(({ id }) => catalogue.pastOf(id)).map(({ seq }) => seq) }, ...removalOf(rows)];
}

async function removePast(engine: Engine, rows: readonly Row[], signal: AbortSignal | undefined): Promise<void> {
  for (let at = 0; at < rows.length; at += BATCH) {
    signal?.throwIfAborted();
    await engine.commit([{ remove: rows.slice(at, at + BATCH).map(({ seq }) => seq) }]);
  }
}
