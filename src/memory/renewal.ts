import { isExpired } from "../store/entry.ts";
import type { Engine } from "./engine.ts";
import { keptOf } from "./neighbours.ts";
import type { Row } from "./row.ts";

/**
 * Asks the store about those of some memories that are expired at `at` by what is known here (default: all of them): another
 * process may have renewed them, which raises no version. Each is asked for once. Tells whether any lives on.
 */
export async function renewed(engine: Engine, of: Iterable<Row>, at = Number.POSITIVE_INFINITY): Promise<boolean> {
  const rows = [...of].filter(
    (row) => isExpired(row, at) && row.knownUntil === undefined && row.confirmed !== row.expiresAt,
  );
  let some = false;
  const known = await keptOf(engine.store, rows);
  for (const row of rows) {
    const memory = known.get(row.seq)?.memory;
    if (memory === undefined || memory.expiresAt === row.expiresAt) {
      row.confirmed = row.expiresAt;
      continue;
    }
    some = true;
    row.expiresAt = memory.expiresAt;
    row.accessedAt = memory.accessedAt;
    row.accessCount = memory.accessCount;
  }
  return some;
}
