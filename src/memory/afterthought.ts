import { borneOut, superseded } from "./changes.ts";
import { vectorsOf } from "./embedding.ts";
import type { Engine } from "./engine.ts";
import { isLive } from "./filter.ts";
import { isHandoff } from "./handoff.ts";
import type { Memory } from "./memory.ts";
import { keptOf, nearTo, standsAlone } from "./neighbours.ts";
import type { Consolidation } from "./options.ts";
import { within } from "./patience.ts";
import { Plan } from "./plan.ts";
import { type Kept, saying } from "./record.ts";
import type { Row } from "./row.ts";
import { aboutToo } from "./subjects.ts";
import { isDurable } from "./tier.ts";

// What the user's model makes of something that was remembered, after the caller has had the answer.

const NEIGHBOURS = 10;
/** The least similarity of the nearest for a model to be asked. */
const WORTH_ASKING = 0.778;
/** More are not kept waiting: what is too much is told, and left as it is. */
const MOST_WAITING = 1024;
const [LEAST_ASSESSED, MOST_ASSESSED] = [0.1, 0.9];

/** One after the other. */
export class Afterthoughts {
  readonly #engine: Engine;
  #waiting = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  of(memory: Memory): void {
    const { models } = this.#engine.settings;
    if (isHandoff(memory) || (models.consolidate === undefined && models.assess === undefined)) return;
    const { namespace, id } = memory;
    if (this.#waiting >= MOST_WAITING) {
      this.#engine.emit({ type: "consolidate", namespace, id, outcome: "dropped" });
      return;
    }
    this.#waiting++;
    this.#engine.later("consolidate", () =>
      this.#engine.lanes.run("afterthoughts", async () => {
        this.#waiting--;
        await assess(this.#engine, memory);
        await consolidate(this.#engine, memory);
      }),
    );
  }
}

async function assess(engine: Engine, memory: Memory): Promise<void> {
  const { models, modelWithin } = engine.settings;
  const { assess } = models;
  if (assess === undefined) return;
  const { namespace, id } = memory;
  const opinion = await within(modelWithin, undefined, (signal) => assess(memory, signal));
  if (!Number.isFinite(opinion)) throw new TypeError("assess returned no number");
  const assessedImportance = Math.max(LEAST_ASSESSED, Math.min(MOST_ASSESSED, opinion));
  await engine.amend(namespace, id, (kept) =>
    kept.memory.content === memory.content ? { ...kept, memory: { ...kept.memory, assessedImportance } } : undefined,
  );
}

async function consolidate(engine: Engine, memory: Memory): Promise<void> {
  const { models, modelWithin } = engine.settings;
  if (models.consolidate === undefined || !isDurable(memory.tier)) return;
  const { namespace, id } = memory;
  const neighbours = await neighboursOf(engine, memory);
  if (neighbours.length === 0) return;
  let outcome: Consolidation["verdict"] | "failed" = "failed";
  try {
    const verdict = await within(modelWithin, undefined, (signal) => models.consolidate!(memory, neighbours, signal));
    outcome = verdict.verdict;
    if (verdict.verdict !== "new") {
      if (!neighbours.some((neighbour) => neighbour.id === verdict.target)) {
        throw new TypeError(`consolidate named ${JSON.stringify(verdict.target)}, which it was not shown`);
      }
      await follow(engine, memory, verdict);
    }
  } catch (error) {
    outcome = "failed";
    engine.emit({ type: "error", operation: "consolidate", error });
  }
  engine.emit({ type: "consolidate", namespace, id, outcome });
}

/** Durable ones near it in meaning or in words; none where the nearest is too far to be about the same. */
async function neighboursOf(engine: Engine, { namespace, id, content }: Memory): Promise<Memory[]> {
  const { kept } = await engine.read(namespace, id);
  if (kept.vector === null) return [];
  const now = engine.now();
  const accepts = (row: Row): boolean => isDurable(row.tier) && row.id !== id;
  const near = nearTo(engine, namespace, kept.vector, { k: NEIGHBOURS, similarity: -1, accepts });
  if (!(near.length > 0 && near[0]!.similarity >= WORTH_ASKING)) return [];
  const worded = engine.catalogue.words.search(namespace, content, NEIGHBOURS, (seq) => {
    const row = engine.catalogue.at(seq)!;
    return accepts(row) && isLive(row, now) && !standsAlone(row);
  });
  const rows = [...near.map(({ row }) => row), ...worded.map(({ id }) => engine.catalogue.at(id)!)];
  const known = await keptOf(engine.store, [...new Set(rows)].slice(0, NEIGHBOURS));
  return [...known.values()].map(({ memory }) => memory);
}

/** What it says is done at once or not at all; of what has gone meanwhile nothing is done. */
async function follow(
  engine: Engine,
  memory: Memory,
  verdict: Exclude<Consolidation, { verdict: "new" }>,
): Promise<void> {
  const { namespace, id } = memory;
  const ms = engine.settings.embedWithin.remember;
  const content = verdict.verdict === "update" ? verdict.content : undefined;
  const [vector] = (content && (await vectorsOf(engine, [content], { operation: "remember", ms }))) || [];
  if (content !== undefined && vector === undefined) return;
  await engine.untilSettled("A consolidation", async () => {
    await engine.follow();
    const now = engine.now();
    const [source, target] = [engine.catalogue.get(id), engine.catalogue.get(verdict.target)];
    if (source === undefined || target === undefined || !isLive(source, now) || !isLive(target, now)) return;
    const [winner, loser] = verdict.verdict === "update" ? [target, source] : [source, target];
    const plan = new Plan(engine);
    const event = { type: "supersede", namespace, id: loser.id, by: winner.id } as const;
    const isOurs = ({ memory: one }: Kept): boolean => one.namespace === namespace && isLive(one, now);
    const goes = await plan.change(
      loser.seq,
      (kept) => (isOurs(kept) ? superseded(kept, winner.id, now) : undefined),
      event,
    );
    const stays = await plan.change(winner.seq, (kept) => {
      if (!isOurs(kept) || content === undefined) return isOurs(kept) ? kept : undefined;
      const surer = borneOut(kept, now) ?? kept;
      const merged = aboutToo({ ...surer.memory, updatedAt: now }, [memory]);
      return saying({ ...surer, memory: merged }, content, vector!, false);
    });
    if (goes !== undefined && stays !== undefined) await plan.carryOut();
  });
}
