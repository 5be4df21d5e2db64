import { isExpired } from "../store/entry.ts";
import type { Engine } from "./engine.ts";
import { keptOf } from "./neighbours.ts";
import type { Row } from "./row.ts";

// A recall raises no version of the store: what other processes recalled, and so renewed, has to be asked for.

const PAGE = 256;

/**
 * Asks the store about those of some memories that are expired at `at` by what is known here (default: all of them). Each is asked
 * for once. Tells whether any lives on.
 */
export async function renewed(engine: Engine, of: Iterable<Row>, at = Number.POSITIVE_INFINITY): Promise<boolean> {
  const rows = [...of].filter(
    (row) => isExpired(row, at) && row.knownUntil === undefined && row.confirmed !== row.expiresAt,
  );
  const before = rows.map(({ expiresAt }) => expiresAt);
  await withUses(engine, rows);
  for (const [i, row] of rows.entries()) if (row.expiresAt === before[i]) row.confirmed = row.expiresAt;
  return rows.some((row, i) => row.expiresAt !== before[i]);
}

/** The same rows, with how often and when last each was recalled, by anybody. */
export async function withUses(engine: Engine, rows: readonly Row[]): Promise<readonly Row[]> {
  for (let at = 0; at < rows.length; at += PAGE) {
    const page = rows.slice(at, at + PAGE);
    const known = await keptOf(engine.store, page);
    for (const row of page) {
      const memory = known.get(row.seq)?.memory;
      if (memory === undefined) continue; // gone meanwhile
      row.expiresAt = memory.expiresAt;
      row.accessedAt = memory.accessedAt;
      row.accessCount = memory.accessCount;
    }
  }
  return rows;
}
