import { isDurable, type Tier, TRAITS } from "./tier.ts";

/** Of a memory, what tells how much it is worth. Times in milliseconds since 1970. */
export interface Weighed {
  tier: Tier;
  importance: number;
  assessedImportance?: number | undefined;
  confidence?: number | undefined;
  updatedAt: number;
  accessedAt: number;
  accessCount: number;
}

export interface QualityOptions {
  /** How much slower what is recalled often is forgotten. 0: no slower. */
  stability: number;
  /** The share of a model's opinion in how important a memory is, 0…1. */
  assessed: number;
}

export const QUALITY: Readonly<QualityOptions> = { stability: 1, assessed: 0 };

/** How sure a durable memory is that was just written. */
export const FRESH_CONFIDENCE = 0.4;
/** Of one that came from elsewhere, where nobody vouches for it. */
export const IMPORTED_CONFIDENCE = 0.25;
/** What doubt leaves of it, however long it is not borne out. */
export const CONFIDENCE_FLOOR = 0.05;
/** Below it, what was never recalled is knowledge no more. A fresh one gets there in more than two weeks. */
export const DEMOTION = 0.35;

const DAY = 86_400_000;
const WEEK = 7 * DAY;

/** After so long without a recall, 1/e is left of a memory never recalled. (Half of it, after 4.85 days.) */
const FADING = 7 * DAY;
/** What a week without being borne out takes off, from the second one on. */
const WEEKLY_DOUBT = 0.05;
/** The share of its doubt that one more mention takes away. */
const CORROBORATION = 0.1;
/** What is contradicted ranks below what contradicts it, were that of the same kind, by at least this. */
const BELOW_FRESH = 0.9;
/** Who writes a memory may say how sure it is, but neither that it is certain nor that it is hopeless. */
const GIVEN = { least: 0.1, most: 0.7 };

/** How much it matters by its tier and importance, 0…1. */
export function salience(m: Weighed, options: QualityOptions = QUALITY): number {
  const { assessed: share } = options;
  const importance =
    m.assessedImportance === undefined ? m.importance : (1 - share) * m.importance + share * m.assessedImportance;
  return clamp(TRAITS[m.tier].weight * (0.5 + 0.5 * clamp(importance)));
}

/** What being recalled multiplies by. It has no limit, but grows ever more slowly. */
export function usage(accessCount: number): number {
  return 1 + Math.log1p(accessCount);
}

/** What is left of its confidence by now. Short-lived tiers expire instead of being doubted. */
export function effectiveConfidence(m: Weighed, now: number): number {
  const { confidence } = m;
  if (!isDurable(m.tier) || confidence === undefined) return 1;
  const weeks = (now - Math.max(m.updatedAt, m.accessedAt)) / WEEK;
  if (weeks <= 1) return confidence;
  // One below the floor already, as a contradiction may leave it, is not raised by time.
  return Math.max(Math.min(confidence, CONFIDENCE_FLOOR), confidence - WEEKLY_DOUBT * (weeks - 1));
}

/** How present it still is, 0…1, since it was last recalled. */
export function recency(m: Weighed, now: number, options: QualityOptions = QUALITY): number {
  const age = Math.max(0, now - m.accessedAt);
  return Math.exp(-age / (FADING * (1 + options.stability * Math.log1p(m.accessCount))));
}

/** What it is worth to keep and to show: of knowledge how sure it is, of what happened how present. */
export function quality(m: Weighed, now: number, options: QualityOptions = QUALITY): number {
  const lasting = isDurable(m.tier) ? effectiveConfidence(m, now) : recency(m, now, options);
  return salience(m, options) * usage(m.accessCount) * lasting;
}

/** How much it matters by the best opinion there is. */
export function effectiveImportance(m: Weighed): number {
  return m.assessedImportance ?? m.importance;
}

/** How sure it is after one more mention, of what it was by then (`effectiveConfidence`). */
export function corroborated(confidence: number): number {
  return confidence + CORROBORATION * (1 - confidence);
}

/** How sure it is after a contradiction: however often it was recalled, less than what came in its place. */
export function contradictedConfidence(m: Weighed, now: number): number {
  return Math.min(effectiveConfidence(m, now), (BELOW_FRESH * FRESH_CONFIDENCE) / usage(m.accessCount));
}

/** The confidence that whoever writes a memory gives it. */
export function givenConfidence(confidence: number): number {
  return Math.min(Math.max(confidence, GIVEN.least), GIVEN.most);
}

function clamp(value: number): number {
  return Math.min(Math.max(value, 0), 1);
}
