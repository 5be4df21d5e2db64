import { borneOut, contradicted, reinforced } from "./changes.ts";
import type { Engine } from "./engine.ts";
import { isLive } from "./filter.ts";
import type { Memory } from "./memory.ts";
import { keptOf, nearTo } from "./neighbours.ts";
import type { Plan } from "./plan.ts";
import { isDurable } from "./tier.ts";

// What something new means for what is known.

const DAY = 86_400_000;
/** So many near facts may be contradicted by one. */
const CONTRADICTED = 3;
/** The least similarity of facts about the same thing. */
const SAME_THING = 0.82;

/** What happened bears out the fact it is nearest to. */
export async function corroborate(engine: Engine, plan: Plan, memory: Memory, vector: Float32Array): Promise<void> {
  if (isDurable(memory.tier)) return;
  const { namespace } = memory;
  const similarity = engine.settings.corroborate;
  const [near] = nearTo(engine, namespace, vector, { k: 1, similarity, accepts: (row) => isDurable(row.tier) });
  if (near === undefined) return;
  const now = engine.now();
  const after = await plan.change(near.row.seq, (kept) => {
    const surer = isLive(kept.memory, now) ? borneOut(kept, now) : undefined;
    return surer && reinforced(surer, now);
  });
  const confidence = after?.memory.confidence;
  if (confidence !== undefined) plan.tell({ type: "corroborate", namespace, id: near.row.id, confidence });
}

/**
 * A new fact ends the validity of those that it says otherwise than. Facts of less than a day are left alone, by when they were
 * made: one that is repeated every day would never be old enough by when it was last borne out.
 */
export async function contradict(engine: Engine, plan: Plan, memory: Memory, vector: Float32Array): Promise<void> {
  const { compare: loadCompare } = engine.settings;
  if (loadCompare === undefined || !isDurable(memory.tier)) return;
  const { namespace, id: by } = memory;
  const now = engine.now();
  const near = nearTo(engine, namespace, vector, {
    k: CONTRADICTED,
    similarity: SAME_THING,
    accepts: (row) => isDurable(row.tier) && row.confidence !== undefined && now - row.createdAt >= DAY,
  });
  const known = await keptOf(
    engine.store,
    near.map(({ row }) => row),
  );
  if (near.length === 0) return;
  const compare = await loadCompare();
  for (const { row } of near) {
    const content = known.get(row.seq)?.memory.content;
    if (content === undefined || compare(content, memory.content) !== "update") continue;
    const after = await plan.change(row.seq, (kept) =>
      isLive(kept.memory, now) ? contradicted(kept, by, memory.validFrom ?? now, now) : undefined,
    );
    const confidence = after?.memory.confidence;
    if (confidence !== undefined) plan.tell({ type: "contradict", namespace, id: row.id, by, confidence });
  }
}
