import { argumentError } from "../error.ts";
import type { Put } from "../store/store.ts";
import { superseded } from "./changes.ts";
import type { Engine } from "./engine.ts";
import type { Memory } from "./memory.ts";
import type { Plan } from "./plan.ts";
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
  for (const row of engine.catalogue.of(namespace)) {
    if (row.id === id || row.supersededBy !== undefined || !isHandoff(row) || slotOfRow(row) !== slot) continue;
    const event = { type: "supersede", namespace, id: row.id, by: id } as const;
    await plan.change(row.seq, (kept) => superseded(kept, id, now), event);
  }
}
