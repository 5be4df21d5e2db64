import { MnemeError } from "../error.ts";
import type { Entry } from "../store/entry.ts";
import { retiered } from "./changes.ts";
import { checkId, checkIds, checkNamespace, checkTier } from "./check.ts";
import type { Engine } from "./engine.ts";
import { amendInSlot, settle } from "./handoff.ts";
import { type Instant, instantIn } from "./instant.ts";
import { moveLinks } from "./links.ts";
import type { Memory } from "./memory.ts";
import { Plan } from "./plan.ts";
import { type Kept, keptIn, moveOf } from "./record.ts";
import { SHELF } from "./shelf.ts";
import type { Tier } from "./tier.ts";

/** Moves memories, and all they were, to another namespace. Ids that are not there are passed over. Returns how many moved. */
export async function reassign(engine: Engine, from: string, ids: readonly string[], to: string): Promise<number> {
  checkNamespace(from, "from");
  checkNamespace(to, "to");
  let moved = 0;
  if (from === to) return moved;
  for (const id of checkIds(ids, "ids", Number.POSITIVE_INFINITY)) {
    const isMoved = await engine.untilSettled(`The memory ${JSON.stringify(id)}`, () => moveOne(engine, from, id, to));
    if (isMoved) moved++;
  }
  return moved;
}

/** Moves everything of a namespace, and its links. */
export async function moveNamespace(engine: Engine, from: string, to: string): Promise<number> {
  checkNamespace(from, "from");
  if (from === to) return 0;
  await engine.follow(0);
  const moved = await reassign(
    engine,
    from,
    [...engine.catalogue.of(from)].map(({ id }) => id),
    to,
  );
  await moveLinks(engine, from, to);
  return moved;
}

async function moveOne(engine: Engine, from: string, id: string, to: string): Promise<boolean> {
  await engine.follow(0);
  const row = engine.catalogue.get(id);
  if (row === undefined || row.namespace !== from) return false;
  const rows = [row, ...engine.catalogue.pastOf(id)];
  const [entry, ...past] = await engine.store.getMany(rows.map(({ seq }) => seq));
  if (entry === undefined || entry.namespace !== SHELF.memories) return false;
  const kept = keptIn(entry);
  if (kept.memory.namespace !== from) return false;
  if (entry.revision !== row.revision) throw changedMeanwhile(id); // so there is more that it was than is known
  const moved: Kept = { ...kept, memory: { ...kept.memory, namespace: to } };
  const plan = new Plan(engine);
  plan.add(...past.filter((entry): entry is Entry => entry !== undefined).map((entry) => moveOf(entry, to)));
  plan.replace(entry, moved, await settle(engine, plan, moved));
  await plan.carryOut();
  return true;
}

function changedMeanwhile(id: string): MnemeError {
  return new MnemeError("conflict", `The memory ${JSON.stringify(id)} was changed while it was moved.`, "Do it again.");
}

/** Puts it into another tier as it is. Its time is that of the tier, unless it has one of its own or is given one. */
export async function retier(
  engine: Engine,
  namespace: string,
  id: string,
  tier: Tier,
  expiresAt?: Instant | null,
): Promise<Memory> {
  checkNamespace(namespace);
  checkId(id);
  checkTier(tier);
  const given = expiresAt === null ? null : instantIn("expiresAt", expiresAt);
  return amendInSlot(engine, namespace, id, (kept) => retiered(kept, tier, engine.now(), given));
}
