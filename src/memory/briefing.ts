import { approximateTokens, ITEM_TOKENS, withinBudget } from "./budget.ts";
import { checkCount, checkNamespace } from "./check.ts";
import { previewOf } from "./duplicate.ts";
import type { Engine } from "./engine.ts";
import { isLive } from "./filter.ts";
import { isHandoff, slotOfRow } from "./handoff.ts";
import type { Memory } from "./memory.ts";
import { isWithin } from "./namespace-path.ts";
import { keptOf } from "./neighbours.ts";
import { quality } from "./quality.ts";
import { type ReadOptions, readSetOf } from "./read-set.ts";
import { renewed } from "./renewal.ts";
import type { Row } from "./row.ts";
import { isDurable } from "./tier.ts";

export interface BriefingOptions extends ReadOptions {
  /** Of each kind. Default 5. */
  each?: number | undefined;
  /** Default: no limit. What is pinned goes first, then facts, procedures and what is recent. */
  maxTokens?: number | undefined;
}

/** What to know when a session begins. Reading it is no recall. */
export interface Briefing {
  pinned: Memory[];
  facts: Memory[];
  procedures: Memory[];
  recent: Memory[];
  handoffs: Pointer[];
  /** Namespaces below, and the best of what is durable there. */
  below: { namespace: string; memories: Memory[] }[];
  omitted: number;
}

/** What another session left; `get` has the whole of it. */
export interface Pointer {
  id: string;
  slot: string;
  summary: string;
  createdAt: number;
  lines: number;
}

const DAY = 86_400_000;
const HOUR = 3_600_000;
const HANDOFFS = 8;
const [BELOW, OF_EACH_BELOW] = [10, 3];

export async function briefing(engine: Engine, options: BriefingOptions): Promise<Briefing> {
  const namespace = checkNamespace(options.namespace);
  const each = checkCount(options.each, "each", 1) ?? 5;
  await engine.follow();
  const now = engine.now();
  const { places } = await readSetOf(engine, {
    ...options,
    scope: options.scope === "everywhere" ? "full" : options.scope,
  });
  const worth = (row: Row): number => quality(row, now, engine.settings.ranking);
  for (const place of places) await renewed(engine, engine.catalogue.of(place.namespace), now);
  const seen = places.flatMap((place) =>
    [...engine.catalogue.of(place.namespace)].filter(
      (row) => isLive(row, now) && !isHandoff(row) && (!place.durableOnly || isDurable(row.tier)),
    ),
  );
  const isPinned = (row: Row): boolean => row.tags.includes("pinned");
  const best = (rows: readonly Row[], count = each): Row[] =>
    [...rows].sort((a, b) => worth(b) - worth(a) || b.createdAt - a.createdAt || a.seq - b.seq).slice(0, count);
  const pinned = best(seen.filter(isPinned));
  const others = seen.filter((row) => !isPinned(row));
  const facts = explored(
    others.filter(({ tier }) => tier === "semantic"),
    each,
    best,
    now,
  );
  const procedures = explored(
    others.filter(({ tier }) => tier === "procedural"),
    each,
    best,
    now,
  );
  const recent = others
    .filter((row) => !isDurable(row.tier) && row.namespace === namespace)
    .sort((a, b) => b.createdAt - a.createdAt || b.seq - a.seq)
    .slice(0, each);
  const below = engine.catalogue
    .namespaces()
    .filter((name) => name !== namespace && isWithin(name, namespace))
    .slice(0, BELOW)
    .map((name) => {
      const rows = [...engine.catalogue.of(name)].filter(
        (row) => isLive(row, now) && isDurable(row.tier) && !isHandoff(row),
      );
      return { namespace: name, rows: best(rows, OF_EACH_BELOW) };
    });
  const handoffs = [...engine.catalogue.of(namespace)].filter((row) => isLive(row, now) && isHandoff(row));
  const known = await keptOf(engine.store, [
    ...new Set([...pinned, ...facts, ...procedures, ...recent, ...handoffs, ...below.flatMap(({ rows }) => rows)]),
  ]);
  const memoriesOf = (rows: readonly Row[]): Memory[] => rows.flatMap(({ seq }) => known.get(seq)?.memory ?? []);
  const sections = { pinned, facts, procedures, recent };
  const all = Object.entries(sections).flatMap(([name, rows]) => memoriesOf(rows).map((memory) => ({ name, memory })));
  const cost = ({ memory }: { memory: Memory }): number =>
    ITEM_TOKENS + approximateTokens(memory.summary ?? memory.content);
  const { kept, omitted } = withinBudget(all, cost, options.maxTokens ?? Number.POSITIVE_INFINITY);
  const section = (name: string): Memory[] => kept.filter((one) => one.name === name).map(({ memory }) => memory);
  return {
    pinned: section("pinned"),
    facts: section("facts"),
    procedures: section("procedures"),
    recent: section("recent"),
    handoffs: handoffs
      .flatMap((row) => pointerOf(row, known.get(row.seq)?.memory))
      .sort((a, b) => (a.slot < b.slot ? -1 : a.slot > b.slot ? 1 : b.createdAt - a.createdAt))
      .slice(0, HANDOFFS),
    below: below
      .map(({ namespace, rows }) => ({ namespace, memories: memoriesOf(rows) }))
      .filter(({ memories }) => memories.length > 0),
    omitted,
  };
}

/** The best; but when all of them were served lately, the last place goes to one that was not for longest: it would never be seen. */
function explored(rows: readonly Row[], count: number, best: (rows: readonly Row[]) => Row[], now: number): Row[] {
  const top = best(rows);
  const isStale = ({ accessCount, accessedAt }: Row): boolean =>
    accessCount > 0 && now - accessedAt <= 7 * DAY && now - accessedAt > HOUR;
  if (rows.length <= count || !top.every(isStale)) return top;
  const others = rows.filter((row) => !top.includes(row));
  const forgotten = others.reduce((a, b) => (b.accessedAt < a.accessedAt ? b : a));
  return [...top.slice(0, -1), forgotten];
}

function pointerOf(row: Row, memory: Memory | undefined): Pointer[] {
  if (memory === undefined) return [];
  const { id, content, summary, createdAt } = memory;
  return [
    { id, slot: slotOfRow(row), summary: previewOf(summary ?? content), createdAt, lines: content.split("\n").length },
  ];
}
