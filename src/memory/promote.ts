import { retiered } from "./changes.ts";
import { extractFacts } from "./classify.ts";
import type { Engine } from "./engine.ts";
import { isLive } from "./filter.ts";
import { isHandoff } from "./handoff.ts";
import type { Memory } from "./memory.ts";
import { within } from "./patience.ts";
import type { Kept } from "./record.ts";
import { remember } from "./remember.ts";
import { recounted } from "./renewal.ts";
import type { Row } from "./row.ts";
import { subjectTagsOf } from "./subjects.ts";
import { isDurable } from "./tier.ts";

export interface PromoteOptions {
  namespace?: string | undefined;
  /** How often something has to have been recalled. Default 3. */
  accesses?: number | undefined;
  signal?: AbortSignal | undefined;
}

export interface Promoted {
  /** Working memories that are episodes now. */
  lifted: number;
  /** Episodes that were looked at for facts. */
  distilled: number;
  /** Facts that were found in them. */
  facts: number;
}

const DAY = 86_400_000;
const BATCH = 20;
/** A text of so many characters is a fact itself, where nothing else tells which are in it. */
const SHORT = 240;

/**
 * What is recalled again and again, and not just in the conversation it comes from, lasts: working memories become episodes, and
 * facts are taken from episodes. Each is looked at once; it is marked before, so that a failure loses facts rather than doubling them.
 */
export async function promote(engine: Engine, options: PromoteOptions = {}): Promise<Promoted> {
  const { namespace, accesses = 3, signal } = options;
  const done: Promoted = { lifted: 0, distilled: 0, facts: 0 };
  await engine.settled("reinforce"); // uses still to be written count
  await engine.follow();
  const now = engine.now();
  const young = [...engine.catalogue.of(namespace)].filter(
    (row) => !isDurable(row.tier) && row.promotedAt === undefined && now - row.createdAt >= DAY && !isHandoff(row),
  );
  const due = (await recounted(engine, young)).filter(
    (row) => row.accessCount >= accesses && row.accessedAt - row.createdAt >= DAY && isLive(row, now),
  );
  for (const row of due) {
    if (row.tier !== "working") continue;
    signal?.throwIfAborted();
    if ((await mark(engine, row, (kept, now) => retiered(kept, "episodic", now))) === undefined) continue;
    done.lifted++;
    engine.emit({ type: "promote", namespace: row.namespace, id: row.id, outcome: "lifted", facts: 0 });
  }
  const episodes = due.filter(({ tier }) => tier === "episodic");
  const places = [...new Set(episodes.map((row) => row.namespace))];
  for (const place of places) {
    const rows = episodes.filter((row) => row.namespace === place);
    for (let at = 0; at < rows.length; at += BATCH) {
      signal?.throwIfAborted();
      await distil(engine, place, rows.slice(at, at + BATCH), done, signal);
    }
  }
  return done;
}

async function distil(
  engine: Engine,
  namespace: string,
  rows: readonly Row[],
  done: Promoted,
  signal: AbortSignal | undefined,
): Promise<void> {
  const sources: Memory[] = [];
  for (const row of rows) {
    const after = await mark(engine, row, (kept, now) => ({ ...kept, promotedAt: now }));
    if (after !== undefined) sources.push(after.memory);
  }
  for (const { facts, from } of await factsIn(engine, sources, signal)) {
    for (const fact of facts) {
      const { outcome } = await remember(engine, {
        namespace,
        ...fact,
        tags: subjectTagsOf(from),
        metadata: { promoted_from: from.map(({ id }) => id) },
        signal,
      });
      if (outcome === "stored") done.facts++;
    }
    for (const [i, { id }] of from.entries()) {
      const outcome = facts.length > 0 ? "distilled" : "nothing";
      engine.emit({ type: "promote", namespace, id, outcome, facts: i === 0 ? facts.length : 0 });
    }
    done.distilled += from.length;
  }
}

interface Facts {
  from: readonly Memory[];
  facts: { content: string; tier: Memory["tier"]; level: Memory["level"] }[];
}

/** By the user's model, of all together; without one, or where it fails, of each by itself. */
async function factsIn(engine: Engine, sources: readonly Memory[], signal: AbortSignal | undefined): Promise<Facts[]> {
  const { models, modelWithin } = engine.settings;
  const { distil } = models;
  if (distil !== undefined && sources.length > 0) {
    try {
      const texts = sources.map(({ content }) => content);
      const facts = await within(modelWithin, signal, (signal) => distil(texts, signal));
      const said = facts.filter((content) => typeof content === "string" && content.trim() !== "");
      return [{ from: sources, facts: said.map((content) => ({ content, tier: "semantic", level: "deduced" })) }];
    } catch (error) {
      signal?.throwIfAborted();
      engine.emit({ type: "error", operation: "promote: distil", error });
    }
  }
  return sources.map((source): Facts => {
    const found = extractFacts(source.content).map(({ content, tier }) => ({
      content,
      tier,
      level: "explicit" as const,
    }));
    const isShort = found.length === 0 && source.content.length <= SHORT;
    const whole = { content: source.content, tier: "semantic" as const, level: "explicit" as const };
    return { from: [source], facts: isShort ? [whole] : found };
  });
}

/** Undefined: it has gone, or somebody else did it. */
async function mark(engine: Engine, row: Row, change: (kept: Kept, now: number) => Kept): Promise<Kept | undefined> {
  try {
    const { after } = await engine.amend(row.namespace, row.id, (kept) =>
      kept.promotedAt !== undefined || kept.memory.tier !== row.tier ? undefined : change(kept, engine.now()),
    );
    return after;
  } catch (error) {
    engine.emit({ type: "error", operation: "promote", error });
    return undefined;
  }
}
