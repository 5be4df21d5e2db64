import { argumentError } from "../error.ts";
import { checkCount, checkNamespace } from "./check.ts";
import type { Engine } from "./engine.ts";
import { type FilterOptions, filterOf } from "./filter.ts";
import type { Memory } from "./memory.ts";
import { keptOf } from "./neighbours.ts";
import { renewed } from "./renewal.ts";

const SORTS = ["createdAt", "updatedAt", "accessedAt", "accessCount", "importance"] as const;

export interface ListOptions extends FilterOptions {
  namespace?: string | undefined;
  /** Default: all. */
  limit?: number | undefined;
  /** Passed over, before `limit` counts. */
  offset?: number | undefined;
  /** Default "createdAt". */
  sort?: (typeof SORTS)[number] | undefined;
  /** Least first. Default false. */
  ascending?: boolean | undefined;
}

/** Newest first unless asked otherwise; equal ones in the order of their ids. */
export async function list(engine: Engine, options: ListOptions): Promise<Memory[]> {
  const namespace = checkNamespace(options.namespace);
  const { sort = "createdAt", ascending = false } = options;
  if (!SORTS.includes(sort))
    throw argumentError("sort", `one of ${SORTS.join(", ")}`, sort, "Leave it out for the first.");
  const offset = checkCount(options.offset, "offset") ?? 0;
  const limit = checkCount(options.limit, "limit") ?? Number.POSITIVE_INFINITY;
  const filter = filterOf(options, engine.now());
  await engine.follow();
  const meant = [...engine.catalogue.of(namespace)].filter(filter.accepts);
  await renewed(
    engine,
    meant.filter((row) => !filter.isAlive(row)),
  );
  const rows = meant.filter(filter.isAlive);
  if (filter.knownAt !== undefined) {
    for (const row of engine.catalogue.past()) {
      if (row.namespace === namespace && filter.accepts(row) && filter.isAlive(row)) rows.push(row);
    }
  }
  const sign = ascending ? 1 : -1;
  rows.sort((a, b) => sign * (a[sort] - b[sort]) || (a.id < b.id ? -1 : 1));
  const page = rows.slice(offset, offset + limit);
  const known = await keptOf(engine.store, page);
  return page.flatMap(({ seq }) => known.get(seq)?.memory ?? []);
}
