import { argumentError } from "../error.ts";
import type { Put } from "../store/store.ts";
import { superseded } from "./changes.ts";
import type { Engine } from "./engine.ts";
import { isLive } from "./filter.ts";
import type { Memory } from "./memory.ts";
import { Plan } from "./plan.ts";
import type { Kept } from "./record.ts";
import type { Row } from "./row.ts";
import { SHELF } from "./shelf.ts";

/** What one session leaves for the next: a memory with this tag. One at a time is live in a slot. */
const HANDOFF = "handoff";

const SLOT_BYTES = 200;

export function isHandoff({ tags }: { readonly tags?: readonly string[] | undefined }): boolean {
  return tags?.includes(HANDOFF) === true;
}

/** "main" if none is named. One that cannot be meant is an error: it would take another's place. */
export function slotOf({ metadata }: Pick<Partial<Memory>, "metadata">): string {
  const slot = metadata?.handoff_slot;
  if (slot === undefined) return "main";
  if (typeof slot === "string" && slot.trim() !== "" && new TextEncoder().encode(slot).length <= SLOT_BYTES)
    return slot;
  const remedy = 'Leave it out for "main".';
  throw argumentError("metadata.handoff_slot", `a text of 1 to ${SLOT_BYTES} bytes that is not blank`, slot, remedy);
}

export function slotOfRow(row: Row): string {
  return row.facets.get("handoff_slot") ?? "main";
}

/** Takes the slot: who else takes it meanwhile makes the plan a conflict. Whatever else is live in it goes. */
export async function takeSlot(engine: Engine, plan: Plan, memory: Memory): Promise<void> {
  const { namespace, id } = memory;
  const slot = slotOf(memory);
  const isIn = (one: Memory): boolean => one.namespace === namespace && isHandoff(one) && slotOf(one) === slot;
  const key = JSON.stringify([namespace, slot]);
  const holder = await engine.store.get(SHELF.slots, key);
  const now = engine.now();
  const when: Put["when"] = holder === undefined ? "absent" : { revision: holder.revision };
  const put = {
    namespace: SHELF.slots,
    key,
    text: "",
    value: JSON.stringify(id),
    vector: null,
    metadata: {},
    tags: [],
    createdAt: now,
    expiresAt: null,
  };
  plan.add({ put, when });
  await engine.follow(0); // who held it until now has to be known
  for (const row of others(engine, memory)) {
    const event = { type: "supersede", namespace, id: row.id, by: id } as const;
    const change = (kept: Kept): Kept | undefined =>
      isIn(kept.memory) && kept.memory.supersededBy === undefined ? superseded(kept, id, now) : undefined;
    await plan.change(row.seq, change, event);
  }
}

/** Whose place has not been taken in the slot of a memory. */
function others({ catalogue }: Engine, memory: Memory): Row[] {
  const { namespace, id } = memory;
  const slot = slotOf(memory);
  return [...catalogue.of(namespace)].filter(
    (row) => row.id !== id && row.supersededBy === undefined && isHandoff(row) && slotOfRow(row) === slot,
  );
}

/** Changes a memory, as `engine.amend` does. One that comes to be live in a slot takes it. */
export async function amendInSlot(
  engine: Engine,
  namespace: string,
  id: string,
  change: (kept: Kept) => Kept | Promise<Kept>,
): Promise<Memory> {
  return engine.untilSettled(`The memory ${JSON.stringify(id)}`, async () => {
    const { entry, kept } = await engine.read(namespace, id);
    const after = await change(kept);
    const plan = new Plan(engine);
    plan.replace(entry, kept, after);
    const slots = [kept, after].map(({ memory }) => slotHeld(memory, engine.now()));
    if (slots[1] !== undefined && slots[1] !== slots[0]) await takeSlot(engine, plan, after.memory);
    await plan.carryOut();
    return after.memory;
  });
}

/** A handoff that comes to another namespace takes its slot there, unless a later one is live in it: then that one takes its place. */
export async function settle(engine: Engine, plan: Plan, moved: Kept): Promise<Kept> {
  const { memory } = moved;
  const now = engine.now();
  if (slotHeld(memory, now) === undefined) return moved;
  await engine.follow(0);
  const later = others(engine, memory).find((row) => isLive(row, now) && row.createdAt > memory.createdAt);
  const stays = later && (await plan.change(later.seq, (kept) => (isLive(kept.memory, now) ? kept : undefined)));
  if (stays !== undefined) {
    plan.tell({ type: "supersede", namespace: memory.namespace, id: memory.id, by: stays.memory.id });
    return superseded(moved, stays.memory.id, now);
  }
  await takeSlot(engine, plan, memory);
  return moved;
}

function slotHeld(memory: Memory, now: number): string | undefined {
  return isHandoff(memory) && isLive(memory, now) ? slotOf(memory) : undefined;
}
