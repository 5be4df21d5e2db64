import { argumentError } from "../error.ts";
import { restored, superseded } from "./changes.ts";
import { notFound } from "./check.ts";
import type { Engine } from "./engine.ts";
import { amendInSlot } from "./handoff.ts";
import type { Memory } from "./memory.ts";
import { keptOf } from "./neighbours.ts";
import { Plan } from "./plan.ts";
import type { Kept } from "./record.ts";
import type { Row } from "./row.ts";

/** `byId` takes its place. Said again of another one, that one does. */
export async function supersede(engine: Engine, namespace: string, id: string, byId: string): Promise<Memory> {
  if (id === byId) throw argumentError("byId", "the id of another memory", byId, "A memory cannot take its own place.");
  await engine.follow(0);
  return engine.untilSettled(`The memory ${JSON.stringify(id)}`, async () => {
    const [old, by] = [engine.rowOf(namespace, id), engine.rowOf(namespace, byId)];
    const plan = new Plan(engine);
    const isHere = ({ memory }: Kept): boolean => memory.namespace === namespace;
    // It and all that took its place are written, although they stay as they are: were it forgotten meanwhile, nothing would
    // be seen of either; were one of them superseded by the memory whose place it takes, nothing of any.
    const line = new Set<string>();
    for (let at: Row | undefined = by; at !== undefined && !line.has(at.id); ) {
      if (at.id === id) {
        throw argumentError("byId", "a memory that this one did not replace", byId, "Restore that one first.");
      }
      line.add(at.id);
      const isIt = at === by;
      const stays: Kept | undefined = await plan.change(at.seq, (kept) => (!isIt || isHere(kept) ? kept : undefined));
      if (stays === undefined && isIt) throw notFound(namespace, byId);
      at = stays && successorOf(engine, stays.memory);
    }
    const event = { type: "supersede", namespace, id, by: byId } as const;
    const change = (kept: Kept): Kept | undefined => (isHere(kept) ? superseded(kept, byId, engine.now()) : undefined);
    const after = await plan.change(old.seq, change, event);
    if (after === undefined) throw notFound(namespace, id);
    await plan.carryOut();
    return after.memory;
  });
}

/** Nothing has taken its place, and it is true again. */
export async function restore(engine: Engine, namespace: string, id: string): Promise<Memory> {
  const memory = await amendInSlot(engine, namespace, id, (kept) => restored(kept, engine.now()));
  engine.emit({ type: "restore", namespace, id });
  return memory;
}

/** All that took its place one after the other, and all whose place it took: oldest first. What is gone is left out. */
export async function history(engine: Engine, namespace: string, id: string): Promise<Memory[]> {
  await engine.read(namespace, id);
  await engine.follow();
  const { catalogue } = engine;
  const found = new Set<Row>();
  const next = [catalogue.get(id)];
  for (let row = next.pop(); next.length > 0 || row !== undefined; row = next.pop()) {
    if (row === undefined || row.namespace !== namespace || found.has(row)) continue;
    found.add(row);
    next.push(...catalogue.predecessors(row.id), successorOf(engine, row));
  }
  const known = await keptOf(engine.store, [...found]);
  return [...known.values()].map(({ memory }) => memory).sort(oldestFirst);
}

/** Every state that a memory was in, the present one last. */
export async function versions(engine: Engine, namespace: string, id: string): Promise<Version[]> {
  const { kept } = await engine.read(namespace, id);
  await engine.follow();
  const past = await keptOf(engine.store, engine.catalogue.pastOf(id));
  const all = [...past.values(), kept].sort(
    (a, b) => a.knownFrom - b.knownFrom || (a.knownUntil ?? Infinity) - (b.knownUntil ?? Infinity),
  );
  return all.map(({ memory, knownFrom, knownUntil }) => ({ memory, knownFrom, knownUntil }));
}

/** A memory as it was known for some time. */
export interface Version {
  memory: Memory;
  knownFrom: number;
  /** Undefined: it still is. */
  knownUntil: number | undefined;
}

export function successorOf(engine: Engine, { supersededBy }: { supersededBy?: string | undefined }): Row | undefined {
  return supersededBy === undefined ? undefined : engine.catalogue.get(supersededBy);
}

function oldestFirst(a: Memory, b: Memory): number {
  return a.createdAt - b.createdAt || a.updatedAt - b.updatedAt || (a.id < b.id ? -1 : 1);
}
