import { argumentError } from "../error.ts";
import { checkIds, checkTags, checkTier } from "./check.ts";
import { type Instant, instantIn } from "./instant.ts";
import type { Level } from "./memory.ts";
import type { Row } from "./row.ts";
import type { Tier } from "./tier.ts";

/** Which memories are meant. Left out, it does not matter; several of one kind of `tiers`, `levels`, `kinds` is any of them. */
export interface FilterOptions {
  tiers?: readonly Tier[] | undefined;
  levels?: readonly Level[] | undefined;
  /** Any of these as the text of `metadata.memory_type`. */
  kinds?: readonly string[] | undefined;
  /** All of them. */
  tags?: readonly string[] | undefined;
  /** All of these texts of its metadata. */
  metadata?: Readonly<Record<string, string>> | undefined;
  /** Not those with any of these. */
  excludeMetadata?: Readonly<Record<string, string>> | undefined;
  /** Only these; of an empty list, none. */
  ids?: readonly string[] | undefined;
  excludeIds?: readonly string[] | undefined;
  /** Inclusive. */
  createdAfter?: Instant | undefined;
  accessedAfter?: Instant | undefined;
  /** What was true at that moment, whatever took its place since. Default: what is true now and has no successor. */
  asOf?: Instant | undefined;
  /** As it was known at that moment: what was learnt, changed or superseded later has not happened yet. */
  knownAt?: Instant | undefined;
  includeExpired?: boolean | undefined;
  includeSuperseded?: boolean | undefined;
}

export interface Filter {
  /** Undefined: as it is known now. */
  readonly knownAt: number | undefined;
  /** All but whether it is expired. */
  readonly accepts: (row: Row) => boolean;
  readonly isAlive: (row: Row) => boolean;
  /** Whether more than being live is asked: then how many will pass is not known. */
  readonly isSelective: boolean;
}

export function filterOf(options: FilterOptions, now: number): Filter {
  const { includeExpired = false, includeSuperseded = false } = options;
  const asOf = instantIn("asOf", options.asOf);
  const knownAt = instantIn("knownAt", options.knownAt);
  const at = asOf ?? knownAt ?? now;
  const parts: ((row: Row) => boolean)[] = [];

  const tiers = listOf("tiers", options.tiers, (tier) => checkTier(tier, "tiers"));
  if (tiers !== undefined) parts.push((row) => tiers.has(row.tier));
  const levels = listOf("levels", options.levels, checkLevel);
  if (levels !== undefined) parts.push((row) => row.level !== undefined && levels.has(row.level));
  const kinds = listOf("kinds", options.kinds, checkText);
  if (kinds !== undefined) parts.push((row) => kinds.has(row.facets.get("memory_type") ?? ""));
  const tags = checkTags(options.tags);
  if (tags !== undefined && tags.length > 0) parts.push((row) => tags.every((tag) => row.tags.includes(tag)));
  const wanted = pairsOf("metadata", options.metadata);
  if (wanted.length > 0) parts.push(({ facets }) => wanted.every(([name, text]) => facets.get(name) === text));
  const unwanted = pairsOf("excludeMetadata", options.excludeMetadata);
  if (unwanted.length > 0) parts.push(({ facets }) => !unwanted.some(([name, text]) => facets.get(name) === text));
  const ids = options.ids && new Set(checkIds(options.ids, "ids"));
  if (ids !== undefined) parts.push((row) => ids.has(row.id));
  const excluded = new Set(checkIds(options.excludeIds, "excludeIds"));
  if (excluded.size > 0) parts.push((row) => !excluded.has(row.id));
  const createdAfter = instantIn("createdAfter", options.createdAfter);
  if (createdAfter !== undefined) parts.push((row) => row.createdAt >= createdAfter);
  const accessedAfter = instantIn("accessedAfter", options.accessedAfter);
  if (accessedAfter !== undefined) parts.push((row) => row.accessedAt >= accessedAfter);
  const isSelective = parts.length > 0;

  if (knownAt === undefined) parts.push((row) => row.knownUntil === undefined);
  else {
    parts.push(
      (row) =>
        row.createdAt <= knownAt &&
        row.knownFrom <= knownAt &&
        (row.knownUntil === undefined || row.knownUntil > knownAt),
    );
  }
  if (asOf !== undefined) parts.push((row) => isValid(row, asOf));
  else if (!includeSuperseded) parts.push((row) => row.supersededBy === undefined && !isClosed(row, at));

  return {
    knownAt,
    isSelective,
    accepts: (row) => parts.every((accepts) => accepts(row)),
    isAlive: (row) => includeExpired || row.expiresAt === null || row.expiresAt > at,
  };
}

/** Of a memory or its row, what ends it. */
interface Lifetime {
  readonly knownUntil?: number | undefined;
  readonly supersededBy?: string | undefined;
  readonly validTo?: number | undefined;
  readonly expiresAt: number | null;
}

/** Alive now: not expired, not superseded, and what it says has not ended. */
export function isLive(row: Lifetime, now: number): boolean {
  return (
    row.knownUntil === undefined &&
    row.supersededBy === undefined &&
    !isClosed(row, now) &&
    (row.expiresAt === null || row.expiresAt > now)
  );
}

export function isClosed({ validTo }: Pick<Lifetime, "validTo">, at: number): boolean {
  return validTo !== undefined && validTo <= at;
}

/** Half-open: at `validTo` it is true no more. */
function isValid(row: Row, at: number): boolean {
  return (row.validFrom === undefined || row.validFrom <= at) && !isClosed(row, at);
}

function listOf<T>(name: string, list: readonly T[] | undefined, check: (item: T, name: string) => void) {
  if (list === undefined) return undefined;
  if (!Array.isArray(list)) throw argumentError(name, "an array", list, "Leave it out for any.");
  for (const item of list as readonly T[]) check(item, name);
  return list.length === 0 ? undefined : new Set(list as readonly T[]);
}

export function checkLevel(level: Level | undefined, name = "level"): Level | undefined {
  if (level === undefined || level === "explicit" || level === "deduced") return level;
  throw argumentError(name, '"explicit" or "deduced"', level, "Leave it out if it is not known.");
}

function checkText(text: string, name: string): void {
  if (typeof text !== "string") throw argumentError(name, "texts", text, "Leave it out for any.");
}

function pairsOf(name: string, pairs: Readonly<Record<string, string>> | undefined): [string, string][] {
  if (pairs === undefined) return [];
  const remedy = "Only texts at the top of a memory's metadata can be filtered by.";
  if (typeof pairs !== "object" || pairs === null || Array.isArray(pairs)) {
    throw argumentError(name, "an object of texts", pairs, remedy);
  }
  for (const text of Object.values(pairs))
    if (typeof text !== "string") throw argumentError(name, "texts", text, remedy);
  return Object.entries(pairs);
}
