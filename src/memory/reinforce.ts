import type { Change } from "../store/store.ts";
import { slidExpiry } from "./changes.ts";
import type { Engine } from "./engine.ts";
import { isLive } from "./filter.ts";
import type { Row } from "./row.ts";

/** Each of these was recalled at `now`. A memory whose time is limited has it again from then on. */
export async function reinforce(engine: Engine, rows: readonly Row[], now: number): Promise<number> {
  const byExpiry = new Map<number | null, number[]>();
  for (const served of rows) {
    const known = engine.catalogue.at(served.seq);
    const row = known !== undefined && known.revision > served.revision ? known : served; // it may last by now
    const expiresAt = slidExpiry(row, now);
    const seqs = byExpiry.get(expiresAt) ?? [];
    if (seqs.length === 0) byExpiry.set(expiresAt, seqs);
    seqs.push(row.seq);
  }
  const changes: Change[] = [...byExpiry].map(([expiresAt, touch]) => ({
    touch,
    at: now,
    ...(expiresAt !== null && { expiresAt }),
  }));
  if (changes.length === 0) return 0;
  const { applied } = await engine.commit(changes);
  const perNamespace = new Map<string, number>();
  for (const { namespace } of rows) perNamespace.set(namespace, (perNamespace.get(namespace) ?? 0) + 1);
  for (const [namespace, count] of perNamespace) engine.emit({ type: "reinforce", namespace, count });
  return applied.flat().length;
}

/** The same for memories by their ids, whoever showed them. Looking at what is over does not bring it back. */
export async function reinforceIds(engine: Engine, ids: readonly string[], now: number): Promise<void> {
  await engine.follow();
  const rows = ids.flatMap((id) => engine.catalogue.get(id) ?? []);
  await reinforce(
    engine,
    rows.filter((row) => isLive(row, now)),
    now,
  );
}
