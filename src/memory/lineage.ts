import { argumentError } from "../error.ts";
import { restored, superseded } from "./changes.ts";
import { notFound } from "./check.ts";
import type { Engine } from "./engine.ts";
import type { Memory } from "./memory.ts";
import { keptOf } from "./neighbours.ts";
import { Plan } from "./plan.ts";
import type { Row } from "./row.ts";

/** `byId` takes its place. Said again of another one, that one does. */
export async function supersede(engine: Engine, namespace: string, id: string, byId: string): Promise<Memory> {
  if (id === byId) throw argumentError("byId", "the id of another memory", byId, "A memory cannot take its own place.");
  await engine.follow({ anew: true });
  return engine.untilSettled(`The memory ${JSON.stringify(id)}`, async () => {
    for (let at = engine.catalogue.get(byId); at !== undefined; at = successorOf(engine, at)) {
      if (at.id !== id) continue;
      throw argumentError("byId", "a memory that this one did not replace", byId, "Restore that one first.");
    }
    const [old, by] = [engine.rowOf(namespace, id), engine.rowOf(namespace, byId)];
    const plan = new Plan(engine);
    // Written although it stays as it is: were it forgotten meanwhile, nothing would be seen of either.
    const stays = await plan.change(by.seq, (kept) => kept);
    const event = { type: "supersede", namespace, id, by: byId } as const;
    const after = stays && (await plan.change(old.seq, (kept) => superseded(kept, byId, engine.now()), event));
    if (after === undefined) throw notFound(namespace, stays === undefined ? byId : id);
    await plan.carryOut();
    return after.memory;
  });
}

/** Nothing has taken its place, and it is true again. */
export async function restore(engine: Engine, namespace: string, id: string): Promise<Memory> {
  const { after } = await engine.amend(namespace, id, restored);
  engine.emit({ type: "restore", namespace, id });
  return after!.memory;
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

export function successorOf(engine: Engine, { supersededBy }: Row): Row | undefined {
  return supersededBy === undefined ? undefined : engine.catalogue.get(supersededBy);
}

function oldestFirst(a: Memory, b: Memory): number {
  return a.createdAt - b.createdAt || a.updatedAt - b.updatedAt || (a.id < b.id ? -1 : 1);
}
