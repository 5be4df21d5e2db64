import { argumentError } from "../error.ts";
import type { JsonObject } from "../store/entry.ts";
import type { Ttl } from "../ttl.ts";
import { checkId, checkNamespace, hijack } from "./check.ts";
import { clean, contentFingerprint } from "./clean.ts";
import { vectorsOf } from "./embedding.ts";
import type { Engine } from "./engine.ts";
import { isLive } from "./filter.ts";
import { forgetThese } from "./forget.ts";
import type { Memory } from "./memory.ts";
import { Plan } from "./plan.ts";
import { type Kept, putOf } from "./record.ts";
import { TRAITS } from "./tier.ts";
import { fieldsOf } from "./writing.ts";

/** What a program keeps under an id of its own: it stands for nothing but itself, and is what it is until it is put anew. */
export interface Document {
  /** Default "default". */
  namespace?: string | undefined;
  id: string;
  /** What it is found by, which was made of its metadata. Null: there is to be none of this id. */
  content: string | null;
  /** What it says: all of it, in the place of what it said before. Default: nothing. */
  metadata?: object | undefined;
  /** Whether it is found by meaning, too. Default true. */
  embed?: boolean | undefined;
  /** How long it lives from now, and from each recall on. Default null: for ever. */
  ttl?: Ttl | undefined;
}

interface Asked {
  readonly namespace: string;
  readonly id: string;
  readonly content: string;
  readonly fingerprint: string;
  readonly metadata: JsonObject;
  readonly embed: boolean;
  readonly ttl: number | null;
  readonly redacted: readonly string[];
}

/**
 * Puts all of them or none, embedded together, in one commit; then those are removed that are to be. It asks no model what
 * they mean, and they take no other memory's place. Nobody doubts them: they have no confidence that could fade or be contradicted.
 * What is over, if it has the id, begins anew.
 */
export async function put(
  engine: Engine,
  documents: readonly Document[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const began = performance.now();
  const removed = new Map<string, { namespace: string; id: string }>();
  const asked = new Map<string, Asked>();
  for (const document of documents) {
    const place = { namespace: checkNamespace(document.namespace), id: checkId(document.id) };
    const other = asked.get(place.id) ?? removed.get(place.id);
    if (other !== undefined && other.namespace !== place.namespace) throw hijack(place.id);
    removed.delete(place.id);
    asked.delete(place.id);
    if (document.content === null) removed.set(place.id, place);
    else asked.set(place.id, { ...place, ...saidIn(engine, document) });
  }
  await engine.follow();
  const vectors = await vectorsFor(engine, [...asked.values()], signal);
  signal?.throwIfAborted(); // from here on it is written, whoever still waits for it
  const written = await engine.untilSettled("A document", () => write(engine, [...asked.values()], vectors));
  if (removed.size > 0) await forgetThese(engine, [...removed.values()]);
  const ms = performance.now() - began;
  for (const { outcome, memory, redacted } of written) {
    const { namespace, id, tier, pending = false } = memory;
    engine.emit({ type: "remember", namespace, id, tier, outcome, redacted, classified: false, pending, ms });
  }
  if (written.some(({ memory }) => memory.pending)) engine.onPending();
}

function saidIn(engine: Engine, document: Document): Omit<Asked, "namespace" | "id"> {
  const { metadata: given = {}, embed = true, ttl = null } = document;
  if (typeof document.content !== "string") {
    throw argumentError("content", "a text, or null", document.content, "Pass what the document is found by.");
  }
  const redacted: string[] = [];
  // There may be nothing in it that can be seen; what the document says is something.
  const text = clean(document.content) === "" ? JSON.stringify(given) : document.content;
  const { content, metadata, ...fields } = fieldsOf({ content: text, metadata: given, ttl }, engine.settings, redacted);
  return {
    content: content!,
    fingerprint: contentFingerprint(content!),
    metadata: metadata!,
    embed,
    ttl: fields.ttl!,
    redacted: [...new Set(redacted)],
  };
}

/** Of those that have to be embedded, together; of the others what is stored holds on. */
async function vectorsFor(
  engine: Engine,
  asked: readonly Asked[],
  signal: AbortSignal | undefined,
): Promise<Map<string, Float32Array>> {
  const due = asked.filter(({ id, namespace, embed, fingerprint }) => {
    if (!embed) return false;
    const row = engine.catalogue.get(id);
    return !(row?.hasVector && row.namespace === namespace && row.fingerprint === fingerprint);
  });
  if (due.length === 0) return new Map();
  const ms = engine.settings.embedWithin.remember;
  const texts = due.map(({ content }) => content);
  const vectors = (await vectorsOf(engine, texts, { operation: "remember", ms, signal })) ?? [];
  return new Map(vectors.map((vector, i) => [due[i]!.id, vector]));
}

interface Written {
  outcome: "stored" | "updated";
  memory: Memory;
  redacted: readonly string[];
}

async function write(
  engine: Engine,
  asked: readonly Asked[],
  vectors: ReadonlyMap<string, Float32Array>,
): Promise<Written[]> {
  const plan = new Plan(engine);
  const now = engine.now();
  const hasEmbedder = engine.settings.embedder !== undefined;
  const planning = asked.map(async (one): Promise<Written> => {
    const { redacted } = one;
    const vector = vectors.get(one.id);
    const row = engine.catalogue.get(one.id);
    if (row !== undefined) {
      const after = await plan.change(row.seq, (kept) => {
        if (kept.memory.namespace !== one.namespace) throw hijack(one.id);
        return keptOf(one, now, vector, hasEmbedder, kept);
      });
      if (after !== undefined) return { outcome: "updated", memory: after.memory, redacted };
    }
    const kept = keptOf(one, now, vector, hasEmbedder);
    plan.add(putOf(kept, { when: "absent" }));
    return { outcome: "stored", memory: kept.memory, redacted };
  });
  const written = await Promise.all(planning);
  await plan.carryOut();
  return written;
}

/** In the place of one that is alive it keeps that one's age, its uses, and what others said of it; of any that says the same, its vectors. */
function keptOf(asked: Asked, now: number, vector: Float32Array | undefined, hasEmbedder: boolean, there?: Kept): Kept {
  const { namespace, id, content, fingerprint, metadata, embed, ttl } = asked;
  const known = there !== undefined && isLive(there.memory, now) ? there : undefined;
  const before: Partial<Memory> = known?.memory ?? {};
  const stored = there?.fingerprint === fingerprint ? there.vector : null;
  const embedding = embed ? (vector ?? stored) : null;
  const memory: Memory = {
    id,
    namespace,
    tier: "semantic",
    content,
    metadata,
    tags: before.tags ?? [],
    importance: before.importance ?? TRAITS.semantic.importance,
    createdAt: before.createdAt ?? now,
    updatedAt: now,
    accessedAt: before.accessedAt ?? now,
    accessCount: before.accessCount ?? 0,
    expiresAt: ttl === null ? null : now + ttl,
    ...(ttl !== null && { ttl }),
    validFrom: before.validFrom ?? now,
    links: before.links ?? [],
    ...(hasEmbedder && embed && embedding === null && { pending: true }),
    document: true,
    ...(!embed && { embed }),
  };
  return {
    memory,
    vector: embedding,
    ...(embedding !== null && there?.memory.content === content && { pieces: there.pieces }),
    fingerprint,
    knownFrom: known?.knownFrom ?? now,
  };
}
