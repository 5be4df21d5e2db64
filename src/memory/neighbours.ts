import type { Store } from "../store/store.ts";
import type { Engine } from "./engine.ts";
import { isLive } from "./filter.ts";
import { isHandoff } from "./handoff.ts";
import { type Kept, keptIn } from "./record.ts";
import type { Row } from "./row.ts";

/** Something known that is near to something new. */
export interface Near {
  row: Row;
  similarity: number;
}

/** Whether it stands for nothing but itself: it is not like others, whatever it says. */
export function standsAlone(row: Row): boolean {
  return row.document || isHandoff(row);
}

/** The live ones of a namespace that are nearest, best first. Whole documents are compared: what is found may be changed by it. */
export function nearTo(
  engine: Engine,
  namespace: string,
  vector: Float32Array,
  { k, similarity, accepts }: { k: number; similarity: number; accepts: (row: Row) => boolean },
): Near[] {
  const { catalogue } = engine;
  const now = engine.now();
  const passes = (seq: number): boolean => {
    const row = catalogue.at(seq);
    return row !== undefined && isLive(row, now) && !standsAlone(row) && accepts(row);
  };
  return catalogue.vectors
    .search(namespace, vector, k, similarity, passes)
    .map(({ id, similarity }) => ({ row: catalogue.at(id)!, similarity }));
}

/** The newest live memory of the same content in its tier. */
export function twinOf(
  engine: Engine,
  { namespace, tier, fingerprint }: Pick<Row, "namespace" | "tier" | "fingerprint">,
  now: number = engine.now(),
): Row | undefined {
  let newest: Row | undefined;
  for (const row of engine.catalogue.twins(fingerprint)) {
    if (row.namespace !== namespace || row.tier !== tier || !isLive(row, now) || standsAlone(row)) continue;
    if (newest === undefined || row.createdAt > newest.createdAt) newest = row;
  }
  return newest;
}

/** As the store has them. Those that have gone are left out. */
export async function keptOf(store: Store, rows: readonly Row[]): Promise<Map<number, Kept>> {
  const found = new Map<number, Kept>();
  if (rows.length === 0) return found;
  for (const entry of await store.getMany(rows.map(({ seq }) => seq))) {
    if (entry !== undefined) found.set(entry.id, keptIn(entry));
  }
  return found;
}
