import { MnemeError } from "../error.ts";
import { type Entry, isExpired } from "../store/entry.ts";
import type { Engine } from "./engine.ts";
import type { Evidence } from "./evidence.ts";
import type { GuardRefusal } from "./guarding.ts";
import { type Hit, hitOf, isOver } from "./hit.ts";
import { confidenceIn, isValid } from "./judgement.ts";

/** What is asked, and of which part of the cache. */
export interface Question {
  readonly namespace: string;
  readonly scope: string;
  readonly threshold: number;
  /** As the caller wrote it. */
  readonly query: string;
  /** What it is called in the exact layer. */
  readonly key: string;
}

/** A hit, and the entry it is of. */
export interface Found<V> {
  readonly hit: Hit<V>;
  readonly entry: Entry;
  /** Why its confidence could not be told. */
  readonly problem?: unknown;
  /** Under an error budget: it is served, and to be judged by this. */
  readonly evidence?: Evidence;
}

/** Why an entry that was found is not served. */
export type Refusal =
  /** It was removed, or another one is in its place, meanwhile; or it is of another scope. */
  | { readonly reason: "gone" | "changed" | "scope" }
  /** Its time is over; or it was declared invalid. */
  | { readonly reason: "expired" | "invalid" }
  /** A user rejected this answer to this question. */
  | { readonly reason: "rejected" }
  | ({ readonly reason: "guard" } & GuardRefusal)
  | { readonly reason: "validator" | "confidence" | "corrupt"; readonly error?: unknown }
  /** It is wrong with more than the error budget's probability, for all that is known. */
  | { readonly reason: "risk"; readonly risk: number };

/** Whether an entry may be served. It changes nothing, and tells nobody: what follows from a refusal is the caller's to do. */
export function weigh<V>(
  engine: Engine,
  entry: Entry,
  { query, key }: Question,
  layer: Hit["layer"],
  similarity: number,
): Found<V> | Refusal {
  const { settings, ledger, guards, policy, late } = engine;
  const now = engine.now();
  if (isOver(entry, now, policy.slidingTtl) && !late.keeps(entry.id, now)) return { reason: "expired" };
  if (ledger.isInvalid(entry)) return { reason: "invalid" };
  if (layer === "semantic") {
    if (ledger.isRejected(key, entry)) return { reason: "rejected" };
    const guarded = guards?.refusal(query, entry.text);
    if (guarded !== undefined) return { reason: "guard", ...guarded };
  }
  let hit: Omit<Hit<V>, "confidence">;
  try {
    hit = hitOf<V>(entry, layer, similarity, now, key);
  } catch (cause) {
    const problem = `The value stored for entry ${entry.id} is not JSON.`;
    const error = new MnemeError("corrupt", problem, "Delete the entry; it will be computed anew.", { cause });
    return { reason: "corrupt", error };
  }
  try {
    if (!isValid(settings.validate, hit.response)) return { reason: "validator" };
  } catch (error) {
    return { reason: "validator", error };
  }
  const { confidence, error } = confidenceOf(engine, hit);
  if (settings.minConfidence !== undefined && confidence < settings.minConfidence) {
    return { reason: "confidence", error };
  }
  return { hit: { ...hit, confidence }, entry, problem: error };
}

/** Where nothing can be said of it, it is not trusted. */
function confidenceOf<V>(engine: Engine, hit: Omit<Hit<V>, "confidence">): { confidence: number; error?: unknown } {
  const { similarity, ageSeconds, metadata } = hit;
  try {
    return { confidence: confidenceIn(engine.settings.confidence, similarity, ageSeconds, metadata) };
  } catch (error) {
    return { confidence: 0, error };
  }
}

export function withConfidence<V>(engine: Engine, hit: Omit<Hit<V>, "confidence">): Hit<V> {
  const { confidence, error } = confidenceOf(engine, hit);
  if (error !== undefined) engine.forgive("confidence", error);
  return { ...hit, confidence };
}

/** Counts and tells of a refusal; one whose entry is over or invalid leaves the index. */
export function note(engine: Engine, entry: Entry, refusal: Refusal, added: number): void {
  const { id, namespace } = entry;
  const { reason } = refusal;
  const now = engine.now();
  if (reason === "expired" || reason === "invalid") {
    if (isExpired(entry, now)) engine.late.expire(id, namespace, now);
    // Unless a put has renewed it since it was read; then the row is the new entry's.
    if (engine.projection.added === added) engine.projection.remove(id);
  } else if (reason === "corrupt") {
    engine.forgive("get", refusal.error);
  } else if (reason !== "gone" && reason !== "changed" && reason !== "scope") {
    if ("error" in refusal && refusal.error !== undefined) engine.forgive(reason, refusal.error);
    engine.counters.add(namespace, reason === "guard" ? "guarded" : "rejections");
    engine.emit({ type: "reject", namespace, id, ...told(refusal) });
  }
}

function told(
  refusal: Refusal,
): { reason: "validator" | "confidence" | "guard" | "rejected" | "risk" } & Partial<GuardRefusal> {
  const { reason } = refusal as { reason: "validator" };
  return refusal.reason === "guard" ? { reason: "guard", guard: refusal.guard, detail: refusal.detail } : { reason };
}
