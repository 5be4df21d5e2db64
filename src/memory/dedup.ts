import { restored, superseded } from "./changes.ts";
import { vectorsOf } from "./embedding.ts";
import type { Engine } from "./engine.ts";
import { isLive } from "./filter.ts";
import { amendInSlot } from "./handoff.ts";
import { successorOf } from "./lineage.ts";
import type { Memory } from "./memory.ts";
import { keptOf, nearTo, standsAlone } from "./neighbours.ts";
import { within } from "./patience.ts";
import { Plan } from "./plan.ts";
import { quality } from "./quality.ts";
import { type Kept, saying } from "./record.ts";
import type { Row } from "./row.ts";
import { aboutToo } from "./subjects.ts";

export interface DedupOptions {
  /** Default: every namespace. */
  namespace?: string | undefined;
  /** From this cosine similarity on two memories of a tier are one. Default 0.984. */
  similarity?: number | undefined;
  /** Says what would be done, and does nothing. */
  dryRun?: boolean | undefined;
  signal?: AbortSignal | undefined;
}

export interface Deduped {
  /** Each: the one that stays, and those whose place it takes. */
  clusters: { namespace: string; kept: string; removed: string[] }[];
  /** Memories that had replaced one another in a circle, so that none was seen: the newest is again. */
  restored: string[];
}

const NEIGHBOURS = 20;
const MERGED = 10;
const SAME = 0.984;

/** Finds memories that say the same, and lets the one most worth keeping take the place of the others. */
export async function dedup(engine: Engine, options: DedupOptions = {}): Promise<Deduped> {
  const { similarity = SAME, dryRun = false, signal } = options;
  await engine.follow();
  const done: Deduped = { clusters: [], restored: [] };
  const namespaces = options.namespace === undefined ? engine.catalogue.namespaces() : [options.namespace];
  for (const namespace of namespaces) {
    for (const cluster of await clustersOf(engine, namespace, similarity, signal)) {
      signal?.throwIfAborted();
      const [best, ...others] = byWorth(engine, cluster);
      if (!dryRun && !(await merge(engine, best!, others, signal))) continue;
      done.clusters.push({ namespace, kept: best!.id, removed: others.map(({ id }) => id) });
    }
    if (!dryRun) done.restored.push(...(await breakCircles(engine, namespace)));
  }
  return done;
}

/** Those near one another, and whatever is near those; of the same tier. */
async function clustersOf(
  engine: Engine,
  namespace: string,
  similarity: number,
  signal?: AbortSignal,
): Promise<Row[][]> {
  const now = engine.now();
  const root = new Map<Row, Row>();
  const find = (row: Row): Row => {
    let at = row;
    for (let up = root.get(at); up !== undefined && up !== at; up = root.get(at)) at = up;
    return at;
  };
  // Its own vector is the store's: nothing is embedded again.
  const rows = [...engine.catalogue.of(namespace)].filter(
    (row) => row.hasVector && isLive(row, now) && !standsAlone(row),
  );
  for (let at = 0; at < rows.length; at += 256) {
    signal?.throwIfAborted();
    const page = rows.slice(at, at + 256);
    const known = await keptOf(engine.store, page);
    for (const row of page) {
      const vector = known.get(row.seq)?.vector;
      if (vector == null) continue;
      const accepts = (other: Row): boolean => other.tier === row.tier && other !== row;
      for (const near of nearTo(engine, namespace, vector, { k: NEIGHBOURS, similarity, accepts })) {
        const [a, b] = [find(row), find(near.row)];
        if (a !== b) root.set(a, b);
        if (!root.has(b)) root.set(b, b);
      }
    }
  }
  const clusters = new Map<Row, Row[]>();
  for (const row of root.keys()) {
    const top = find(row);
    clusters.set(top, [...(clusters.get(top) ?? []), row]);
  }
  return [...clusters.values()].filter(({ length }) => length > 1);
}

function byWorth(engine: Engine, rows: readonly Row[]): Row[] {
  const now = engine.now();
  const worth = (row: Row): number => quality(row, now, engine.settings.ranking);
  return [...rows].sort(
    (a, b) => worth(b) - worth(a) || b.updatedAt - a.updatedAt || b.createdAt - a.createdAt || (a.id < b.id ? -1 : 1),
  );
}

/** All or nothing: neither is one lost while another is not yet there, nor do both stay. False: the best is another by now. */
async function merge(
  engine: Engine,
  best: Row,
  others: readonly Row[],
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const parts = await partsOf(engine, [best, ...others]);
  const merged = await mergedContent(engine, parts, signal);
  const ms = engine.settings.embedWithin.remember;
  const [vector] = (merged && (await vectorsOf(engine, [merged], { operation: "remember", ms, signal }))) || [];
  const isDone = await engine.untilSettled("A cluster", async () => {
    const now = engine.now();
    const plan = new Plan(engine);
    const isSame = ({ memory, fingerprint }: Kept, row: Row): boolean =>
      memory.namespace === best.namespace &&
      memory.tier === best.tier &&
      fingerprint === row.fingerprint &&
      isLive(memory, now);
    for (const row of others) {
      const event = { type: "supersede", namespace: row.namespace, id: row.id, by: best.id } as const;
      await plan.change(row.seq, (kept) => (isSame(kept, row) ? superseded(kept, best.id, now) : undefined), event);
    }
    // Written even if it stays as it is: were it forgotten or superseded meanwhile, nothing would be left of the cluster.
    const stays = await plan.change(best.seq, (kept) => {
      if (!isSame(kept, best)) return undefined;
      if (merged === undefined || vector === undefined) return kept;
      return saying({ ...kept, memory: aboutToo({ ...kept.memory, updatedAt: now }, parts) }, merged, vector, false);
    });
    if (stays !== undefined) await plan.carryOut();
    return stays !== undefined;
  });
  if (isDone) engine.emit({ type: "dedup", namespace: best.namespace, count: others.length });
  return isDone;
}

async function partsOf(engine: Engine, rows: readonly Row[]): Promise<Memory[]> {
  if (engine.settings.models.merge === undefined) return [];
  const known = await keptOf(engine.store, rows.slice(0, MERGED));
  return [...known.values()].map(({ memory }) => memory);
}

/** What the user's model makes of them. Without one, or where it fails, the best stays as it is. */
async function mergedContent(
  engine: Engine,
  parts: readonly Memory[],
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const { models, modelWithin } = engine.settings;
  const { merge } = models;
  if (merge === undefined) return undefined;
  const texts = parts.map(({ content }) => content);
  try {
    const merged = await within(modelWithin, signal, (signal) => merge(texts, signal));
    return typeof merged === "string" && merged.trim() !== "" ? merged : undefined;
  } catch (error) {
    signal?.throwIfAborted();
    engine.emit({ type: "error", operation: "dedup: merge", error });
    return undefined;
  }
}

/**
 * Two processes may let two memories take each other's place, so that neither is seen: the newest is again. A memory whose
 * successor is gone is left as it is: that was forgotten or ran out, which does not make the old one true.
 */
async function breakCircles(engine: Engine, namespace: string): Promise<string[]> {
  const seen: string[] = [];
  for (const row of [...engine.catalogue.of(namespace)]) {
    const circle: Row[] = [];
    for (let at: Row | undefined = row; at !== undefined && !circle.includes(at); at = successorOf(engine, at))
      circle.push(at);
    const last = circle.at(-1)!;
    if (successorOf(engine, last) !== row) continue; // no circle, or this one only leads to it
    const newest = circle.reduce((a, b) => (b.createdAt > a.createdAt ? b : a));
    await amendInSlot(engine, newest.namespace, newest.id, (kept) => restored(kept, engine.now()));
    seen.push(newest.id);
  }
  return seen;
}
