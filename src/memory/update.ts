import { checkValidity } from "./check.ts";
import { contentFingerprint } from "./clean.ts";
import { vectorsOf } from "./embedding.ts";
import type { Engine } from "./engine.ts";
import { amendInSlot, isHandoff, slotOf } from "./handoff.ts";
import type { Memory } from "./memory.ts";
import { FRESH_CONFIDENCE, givenConfidence } from "./quality.ts";
import { saying } from "./record.ts";
import { tagsFor } from "./subjects.ts";
import { isDurable, TRAITS } from "./tier.ts";
import type { GivenFields, MemoryFields } from "./writing.ts";

/** What of a memory is to change. What is not named stays as it is. */
export interface MemoryPatch extends Omit<MemoryFields, "metadata"> {
  content?: string | undefined;
  /** Taken up name by name; null removes one. */
  metadata?: object | undefined;
}

/** Touches only what is named: not how often it was recalled, how sure it became, what took its place, or when it expires. */
export async function amendFields(
  engine: Engine,
  namespace: string,
  id: string,
  fields: GivenFields,
  { signal, redacted = [] }: { signal?: AbortSignal | undefined; redacted?: readonly string[] },
): Promise<Memory> {
  const { content } = fields;
  const says = content === undefined ? undefined : contentFingerprint(content);
  let vectors: Promise<Float32Array[] | undefined> | undefined;
  const memory = await amendInSlot(engine, namespace, id, async (kept) => {
    const memory = patched(kept.memory, fields, engine.now());
    if (isHandoff(memory)) slotOf(memory);
    const { cutShort, ...rest } = kept;
    const after = { ...(fields.validTo === undefined ? kept : rest), memory };
    if (says === undefined) return after;
    // It says the same, but where its pieces were may be something else.
    if (says === kept.fingerprint) return content === kept.memory.content ? after : { ...after, pieces: undefined };
    // Asked once, however often others get in between.
    const { embedder, embedWithin } = engine.settings;
    if (memory.embed === false) return saying(after, content!, null, false);
    vectors ??= vectorsOf(engine, [content!], { operation: "remember", ms: embedWithin.remember, signal });
    const [vector = null] = (await vectors) ?? [];
    signal?.throwIfAborted();
    return saying(after, content!, vector, vector === null && embedder !== undefined);
  });
  if (memory.pending) engine.onPending();
  engine.emit({ type: "update", namespace, id, redacted: [...new Set(redacted)] });
  return memory;
}

function patched(memory: Memory, fields: GivenFields, now: number): Memory {
  const { metadata, tags, subject, summary, ttl, tier, confidence, importance, ...plain } = fields;
  const after: Memory = { ...memory, ...plain, updatedAt: now };
  if (after.content !== memory.content) delete after.document;
  if (tags !== undefined || subject !== undefined) after.tags = tagsFor({ tags, subject }, memory.tags);
  if (metadata !== undefined) {
    const merged = Object.entries({ ...memory.metadata, ...metadata }).filter(([, value]) => value !== null);
    after.metadata = Object.fromEntries(merged) as Memory["metadata"];
  }
  if (summary === "") delete after.summary;
  else if (summary !== undefined) after.summary = summary;
  if (importance !== undefined) {
    after.importance = importance;
    delete after.assessedImportance; // whoever states it overrules the model
  }
  if (fields.validFrom !== undefined || fields.validTo !== undefined) checkValidity(after);
  if (tier !== undefined && tier !== memory.tier) {
    after.tier = tier;
    if (isDurable(tier)) after.confidence ??= FRESH_CONFIDENCE;
    if (ttl === undefined && memory.ttl === undefined) {
      const lifetime = TRAITS[tier].ttl;
      after.expiresAt = lifetime === null ? null : now + lifetime;
    }
  }
  if (confidence !== undefined && isDurable(after.tier)) after.confidence = givenConfidence(confidence);
  if (ttl !== undefined) {
    after.ttl = ttl;
    after.expiresAt = ttl === null ? null : now + ttl;
  }
  return after;
}
