import { MnemeError } from "../error.ts";
import { borneOut, reinforced } from "./changes.ts";
import { hijack } from "./check.ts";
import { classify } from "./classify.ts";
import { contentFingerprint, signalLength } from "./clean.ts";
import { contradict, corroborate } from "./consequences.ts";
import { duplicateOf, isRicher, type Similar, takePlace } from "./duplicate.ts";
import { vectorsOf } from "./embedding.ts";
import type { Engine } from "./engine.ts";
import type { Outcome } from "./event.ts";
import { isLive } from "./filter.ts";
import { isHandoff, slotOf, takeSlot } from "./handoff.ts";
import type { Memory } from "./memory.ts";
import { targetOf } from "./namespace-path.ts";
import { twinOf } from "./neighbours.ts";
import { Plan } from "./plan.ts";
import { FRESH_CONFIDENCE, givenConfidence } from "./quality.ts";
import { type Kept, putOf } from "./record.ts";
import { renewed } from "./renewal.ts";
import type { Row } from "./row.ts";
import { tagsFor } from "./subjects.ts";
import { isDurable, TRAITS } from "./tier.ts";
import { amendFields } from "./update.ts";
import { fieldsOf, type GivenFields, placeOf, type RememberOptions } from "./writing.ts";

/** What was remembered, and what became of it. */
export interface Remembered extends Memory {
  outcome: Outcome;
  /** Something known of the same tier that is very like it. */
  similar?: Similar;
}

/** What is asked for, before anything is looked up. */
interface Asked {
  readonly namespace: string;
  readonly id: string | undefined;
  readonly fields: GivenFields & { content: string };
  readonly tier: Memory["tier"];
  /** Whether the tier was found from the content. */
  readonly classified: boolean;
  readonly fingerprint: string;
  readonly duplicates: RememberOptions["duplicates"];
  readonly signal: AbortSignal | undefined;
}

export async function remember(engine: Engine, options: RememberOptions): Promise<Remembered> {
  const began = performance.now();
  const redacted: string[] = [];
  const asked = askedIn(engine, options, redacted);
  const { namespace, tier, classified, fingerprint } = asked;
  // Two of the same at once are one.
  const lane = JSON.stringify([namespace, tier, asked.id ?? fingerprint]);
  const remembered: Remembered = isNoise(engine, asked)
    ? { ...newMemory(engine, asked, ""), outcome: "noise" }
    : await engine.lanes.run(lane, () => store(engine, asked));
  const { id, outcome, pending = false } = remembered;
  engine.emit({
    type: "remember",
    namespace,
    id,
    tier,
    outcome,
    redacted: [...new Set(redacted)],
    classified,
    pending,
    ms: performance.now() - began,
  });
  return remembered;
}

function askedIn(engine: Engine, options: RememberOptions, redacted: string[]): Asked {
  const place = placeOf(options);
  const { content, ...fields } = fieldsOf(options, engine.settings, redacted);
  if (content === undefined) {
    throw new MnemeError("argument", '"content" expected a text, none came.', "Pass what is to be remembered.");
  }
  const handsOff = isHandoff(fields);
  if (handsOff) slotOf(fields); // one that cannot be meant is an error before anything is paid for
  const found = fields.tier === undefined && !handsOff ? classify(content) : undefined;
  const tier = fields.tier ?? found?.tier ?? (handsOff ? "procedural" : "working");
  return {
    namespace: targetOf(place.namespace, tier, options.visibility, options.home),
    id: place.id,
    fields: { ...fields, content },
    tier,
    classified: found !== undefined,
    fingerprint: contentFingerprint(content),
    duplicates: options.duplicates,
    signal: options.signal,
  };
}

/** Episodes with too little in them: "ok, thanks". */
function isNoise(engine: Engine, { id, tier, fields }: Asked): boolean {
  return id === undefined && tier === "episodic" && signalLength(fields.content) < engine.settings.leastSignal;
}

async function store(engine: Engine, asked: Asked): Promise<Remembered> {
  const { id, fields, signal } = asked;
  await engine.follow();
  const changed = await change(engine, asked);
  if (changed !== undefined) return changed;
  const twin = id === undefined && !isHandoff(fields) ? await knownTwin(engine, asked) : undefined;
  const sayer = twin && (await sayAgain(engine, twin));
  if (sayer !== undefined) return { ...sayer, outcome: "reinforced" };
  const ms = engine.settings.embedWithin.remember;
  const vectors = await vectorsOf(engine, [fields.content], { operation: "remember", ms, signal });
  signal?.throwIfAborted(); // from here on it is written, whoever still waits for it
  const remembered = await engine.untilSettled("What is near it", () => write(engine, asked, vectors?.[0] ?? null));
  if (remembered.pending) engine.onPending();
  return remembered;
}

async function knownTwin(engine: Engine, asked: Asked): Promise<Row | undefined> {
  const now = engine.now();
  await renewed(engine, engine.catalogue.twins(asked.fingerprint), now);
  return twinOf(engine, asked, now);
}

/** What is new and all that follows from it is written at once. */
async function write(engine: Engine, asked: Asked, vector: Float32Array | null): Promise<Remembered> {
  await engine.follow(); // embedding may have taken long
  const changed = await change(engine, asked);
  if (changed !== undefined) return changed;
  if (asked.id === undefined && !isHandoff(asked.fields)) {
    const twin = await knownTwin(engine, asked);
    const sayer = twin && (await sayAgain(engine, twin));
    if (sayer !== undefined) return { ...sayer, outcome: "reinforced" };
  }
  const memory = newMemory(engine, asked, asked.id ?? crypto.randomUUID());
  if (vector === null && engine.settings.embedder !== undefined) memory.pending = true;
  const plan = new Plan(engine);
  let outcome: Outcome = "stored";
  let similar: Similar | undefined;
  if (isHandoff(memory)) {
    await takeSlot(engine, plan, memory);
  } else if (asked.id === undefined && vector !== null) {
    const action = asked.duplicates ?? engine.settings.duplicates.action;
    const isLooked = action !== "off" && (action !== "hint" || isDurable(memory.tier));
    const duplicate = isLooked ? await duplicateOf(engine, memory, vector) : undefined;
    similar = duplicate?.similar;
    if (duplicate !== undefined && action !== "hint") {
      if (action === "coalesce" && !isRicher(memory.content, duplicate.kept.memory.content)) {
        const taken = await sayAgain(engine, duplicate.row);
        if (taken !== undefined) return { ...taken, outcome: "coalesced", similar: duplicate.similar };
      }
      if (!(await takePlace(plan, memory, duplicate.row))) similar = undefined;
      else if (action === "coalesce") outcome = "coalesced";
    }
    await corroborate(engine, plan, memory, vector);
    await contradict(engine, plan, memory, vector);
  }
  const kept: Kept = { memory, vector, fingerprint: asked.fingerprint, knownFrom: memory.createdAt };
  plan.add(putOf(kept, { when: "absent" }));
  await plan.carryOut();
  return { ...memory, outcome, ...(similar !== undefined && { similar }) };
}

/** Says of a live memory that it was said again. Undefined: it has gone meanwhile, or is over. */
async function sayAgain(engine: Engine, row: Row): Promise<Memory | undefined> {
  const { namespace, id } = row;
  try {
    const { before, after } = await engine.amend(namespace, id, (kept) => {
      const now = engine.now();
      if (!isLive(kept.memory, now)) return undefined;
      return reinforced(borneOut(kept, now) ?? kept, now);
    });
    const confidence = after?.memory.confidence;
    if (confidence !== undefined && confidence !== before.memory.confidence) {
      engine.emit({ type: "corroborate", namespace, id, confidence });
    }
    return after?.memory;
  } catch (error) {
    if (error instanceof MnemeError && error.code === "not-found") return undefined;
    throw error;
  }
}

/** Whether there is a memory of the id asked for; one of another namespace is not for the taking. */
function isTaken({ catalogue }: Engine, { id, namespace }: Asked): boolean {
  const known = id === undefined ? undefined : catalogue.get(id);
  if (known === undefined || known.namespace === namespace) return known !== undefined;
  throw hijack(known.id);
}

/** Of an id that is known: it is changed. Undefined: there is none, or none any more. */
async function change(engine: Engine, asked: Asked): Promise<Remembered | undefined> {
  const { namespace, id, fields, signal } = asked;
  return engine.untilSettled(`The memory ${JSON.stringify(id)}`, async () => {
    if (!isTaken(engine, asked)) return undefined;
    try {
      return { ...(await amendFields(engine, namespace, id!, fields, { signal })), outcome: "updated" };
    } catch (error) {
      if (!(error instanceof MnemeError && error.code === "not-found")) throw error;
      // Forgotten meanwhile, or moved: see again whether there is one.
      throw new MnemeError("conflict", "What was to be changed was forgotten.", "Do it again.", { cause: error });
    }
  });
}

function newMemory(engine: Engine, { namespace, fields, tier }: Asked, id: string): Memory {
  const now = engine.now();
  const ttl = fields.ttl === undefined ? TRAITS[tier].ttl : fields.ttl;
  const { validTo } = fields;
  const validFrom = fields.validFrom ?? (validTo !== undefined && validTo <= now ? undefined : now);
  const confidence = fields.confidence === undefined ? FRESH_CONFIDENCE : givenConfidence(fields.confidence);
  return {
    id,
    namespace,
    tier,
    ...(fields.level !== undefined && { level: fields.level }),
    content: fields.content,
    ...(fields.summary && { summary: fields.summary }),
    metadata: fields.metadata ?? {},
    tags: tagsFor(fields),
    importance: fields.importance ?? TRAITS[tier].importance,
    ...(isDurable(tier) && { confidence }),
    createdAt: now,
    updatedAt: now,
    accessedAt: now,
    accessCount: 0,
    expiresAt: ttl === null ? null : now + ttl,
    ...(fields.ttl !== undefined && { ttl: fields.ttl }),
    ...(validFrom !== undefined && { validFrom }),
    ...(validTo !== undefined && { validTo }),
    links: fields.links ?? [],
  };
}
