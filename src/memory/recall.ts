import { MnemeError } from "../error.ts";
import { checkNamespace } from "./check.ts";
import type { Engine } from "./engine.ts";
import type { Degraded } from "./event.ts";
import { type Filter, filterOf, isLive } from "./filter.ts";
import { isHandoff } from "./handoff.ts";
import { type Legs, legsOf } from "./legs.ts";
import { queriesOf } from "./queries.ts";
import { type Found, ranking } from "./ranking.ts";
import { readSetOf } from "./read-set.ts";
import { checkRecall, type Recalled, type RecallOptions } from "./recall-options.ts";
import { reinforce } from "./reinforce.ts";
import { renewed } from "./renewal.ts";
import type { Row } from "./row.ts";
import { RERANKED, serve } from "./serving.ts";
import { isDurable } from "./tier.ts";

const FRESH_TURN = 5 * 60_000;

/** Each leg finds so many times what is wanted, as what is best by both need not be best by one; and what is of the time asked for, by neither. */
const POOL = 1.5;
const TIMED_POOL = 5;
const LEAST_POOL = 15;

export async function recall(engine: Engine, options: RecallOptions): Promise<Recalled> {
  const began = performance.now();
  const asked = checkRecall(options, engine.settings);
  filterOf(options, 0); // what is wrong with it is said before anything is paid for
  options.signal?.throwIfAborted();
  let embedMs = 0;
  const tell = (degraded: Degraded | undefined, { results = 0, omitted = 0, floored = 0 } = {}): void => {
    const namespace = checkNamespace(options.namespace);
    const ms = performance.now() - began;
    engine.emit({ type: "recall", namespace, results, omitted, floored, degraded, ms, embedMs });
  };
  const unanswered = (): Recalled => {
    tell("store");
    return { results: [], degraded: "store", omitted: 0, searched: [] };
  };
  const embedBegan = performance.now();
  const asking = queriesOf(engine, options, asked.alpha > 0).finally(() => {
    embedMs = performance.now() - embedBegan;
  });
  const [readSet, queries] = await Promise.all([read(engine, options), asking]);
  if (readSet === undefined) return unanswered();
  const { places, dropped } = readSet;
  const now = engine.now();
  const target = engine.settings.times(asked.query, now);
  const { filter, suspects } = servable(filterOf(options, now), options, now);
  const { limit, minSimilarity } = asked;
  const search = (pool: number): Found[] => {
    const legs = queries.map(({ text, vector }): Legs => {
      const isWorded = asked.alpha < 1 || vector === undefined;
      return legsOf(engine, places, { text: isWorded ? text : undefined, vector, pool, minSimilarity, filter });
    });
    return ranking(engine, legs, asked, { now, target });
  };
  const least = engine.settings.models.rerank === undefined ? LEAST_POOL : RERANKED;
  const wanted = {
    limit,
    pool: Math.max(least, Math.ceil((target === undefined ? POOL : TIMED_POOL) * limit)),
    durable: Math.min(
      asked.reserve,
      places.reduce((sum, { namespace }) => sum + engine.catalogue.durable(namespace), 0),
    ),
  };
  let found = distinct(search, wanted);
  if (suspects.size > 0 && (await livesOn(engine, suspects))) found = distinct(search, wanted);
  try {
    const { results, served, omitted, floored } = await serve(engine, found, { asked, options, places, filter });
    // Looking at what is over does not bring it back.
    const used = served.flatMap(({ row }) => (isLive(row, now) ? [row] : []));
    if (options.reinforce !== false && used.length > 0)
      engine.afterwards("reinforce", () => reinforce(engine, used, now));
    const isBlind = asked.alpha > 0 && engine.settings.embedder !== undefined && queries[0]!.vector === undefined;
    const degraded: Degraded | undefined = isBlind ? "keyword_only" : dropped.length > 0 ? "partial" : undefined;
    tell(degraded, { results: results.length, omitted, floored });
    return { results, degraded, omitted, searched: places.map(({ namespace, origin }) => ({ namespace, origin })) };
  } catch (error) {
    options.signal?.throwIfAborted();
    engine.forgive("recall", error);
    return unanswered();
  }
}

/** Where to look. Undefined: the store failed, and nothing can be read. */
async function read(
  engine: Engine,
  options: RecallOptions,
): Promise<Awaited<ReturnType<typeof readSetOf>> | undefined> {
  try {
    await engine.follow();
    return await readSetOf(engine, options);
  } catch (error) {
    if (error instanceof MnemeError && (error.code === "argument" || error.code === "closed")) throw error;
    engine.forgive("recall", error);
    return undefined;
  }
}

interface Wanted {
  readonly limit: number;
  /** What each leg finds at first. */
  readonly pool: number;
  /** So many durable ones there are that may have a place reserved. */
  readonly durable: number;
}

/**
 * Of those that say the same only the first. Where they took the place of others, more is looked for; and once, where few are
 * durable.
 */
function distinct(search: (pool: number) => Found[], { limit, durable, ...wanted }: Wanted): Found[] {
  for (let pool = wanted.pool, before = 0; ; pool *= 4) {
    const found = search(pool);
    const said = new Set<string>();
    const first = found.filter(({ row: { fingerprint } }) => !said.has(fingerprint) && said.add(fingerprint));
    const isAll = found.length === before;
    const lacksDurable = first.filter(({ row }) => isDurable(row.tier)).length < durable && pool === wanted.pool;
    const isFull = first.length >= limit || first.length === found.length;
    if (isAll || (isFull && !lacksDurable)) return first;
    before = found.length;
  }
}

/**
 * The filter, with what is never served unless asked for. Another process may have renewed what is expired here: those that only
 * their expiry keeps out are noted.
 */
function servable(filter: Filter, options: RecallOptions, now: number): { filter: Filter; suspects: Set<Row> } {
  const { includeHandoffs = false, includeFreshTurns = false } = options;
  const suspects = new Set<Row>();
  const accepts = (row: Row): boolean => {
    if (!includeHandoffs && isHandoff(row)) return false;
    if (!includeFreshTurns && isFreshTurn(row, now)) return false;
    if (!filter.accepts(row)) return false;
    if (filter.isAlive(row)) return true;
    suspects.add(row);
    return false;
  };
  return { filter: { ...filter, accepts }, suspects };
}

/** What was said in a conversation that is still going on would be said twice. */
function isFreshTurn(row: Row, now: number): boolean {
  return !isDurable(row.tier) && row.facets.get("format") === "turn" && now - row.createdAt < FRESH_TURN;
}

/** Whether any of these lives on after all. */
async function livesOn(engine: Engine, suspects: ReadonlySet<Row>): Promise<boolean> {
  try {
    return await renewed(engine, suspects);
  } catch (error) {
    engine.forgive("recall", error);
    return false;
  }
}
