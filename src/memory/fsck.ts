import type { Engine } from "./engine.ts";
import { isLive } from "./filter.ts";
import { removeExpired, removeOverflow } from "./sweep.ts";

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
