import { isExpired } from "../store/entry.ts";
import type { Engine } from "./engine.ts";
import type { Memory } from "./memory.ts";
import { keptOf } from "./neighbours.ts";
import type { Row } from "./row.ts";

/** For so long after it expired, a memory may still be renewed by a recall of before, on its way to the store. */
const LATE = 60_000;

/**
 * Asks the store about those of some memories that are expired at `at` by what is known here (default: all of them): another
 * process may have renewed them, which raises no version. Once it has been expired for a while, each is asked for once. Tells
 * whether any lives on.
 */
export async function renewed(engine: Engine, of: Iterable<Row>, at = Number.POSITIVE_INFINITY): Promise<boolean> {
  const rows = [...of].filter(
    (row) => isExpired(row, at) && row.knownUntil === undefined && row.confirmed !== row.expiresAt,
  );
  let some = false;
  const until = engine.now() - LATE;
  const known = await keptOf(engine.store, rows);
  for (const row of rows) {
    const memory = known.get(row.seq)?.memory;
    if (memory === undefined || memory.expiresAt === row.expiresAt) {
      if (isExpired(row, until)) row.confirmed = row.expiresAt;
      continue;
    }
    some = true;
    recount(row, memory);
  }
  return some;
}

/** So many are asked for at once. */
const PAGE = 256;

/** What recalls have done to them, in other processes too. */
export async function recounted(engine: Engine, rows: Row[]): Promise<Row[]> {
  for (let at = 0; at < rows.length; at += PAGE) {
    const page = rows.slice(at, at + PAGE);
    const known = await keptOf(engine.store, page);
    for (const row of page) {
      const memory = known.get(row.seq)?.memory;
      if (memory !== undefined) recount(row, memory);
    }
  }
  return rows;
}

function recount(row: Row, { expiresAt, accessedAt, accessCount }: Memory): void {
  row.expiresAt = expiresAt;
  row.accessedAt = accessedAt;
  row.accessCount = accessCount;
}
