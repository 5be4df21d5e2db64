import type { Entry } from "../store/entry.ts";
import type { Level, Memory } from "./memory.ts";
import { type Kept, keptIn, type Repair } from "./record.ts";
import { SHELF } from "./shelf.ts";
import type { Tier } from "./tier.ts";

/** What is known of a memory without asking the store: all but its texts and its vector. */
export interface Row {
  /** The number the store gave it. */
  readonly seq: number;
  readonly revision: number;
  readonly id: string;
  readonly namespace: string;
  readonly tier: Tier;
  readonly level: Level | undefined;
  readonly tags: readonly string[];
  /** What of its metadata can be filtered by: texts, at the top. */
  readonly facets: ReadonlyMap<string, string>;
  readonly importance: number;
  readonly assessedImportance: number | undefined;
  readonly confidence: number | undefined;
  readonly createdAt: number;
  readonly updatedAt: number;
  accessedAt: number;
  accessCount: number;
  expiresAt: number | null;
  /** The expiry that the store was asked about: no other process has renewed it. */
  confirmed?: number | null;
  readonly ttl: number | null | undefined;
  readonly validFrom: number | undefined;
  readonly validTo: number | undefined;
  readonly supersededBy: string | undefined;
  readonly isContradicted: boolean;
  readonly links: readonly string[];
  readonly hasVector: boolean;
  /** Whether parts of it have vectors of their own. */
  readonly isCut: boolean;
  readonly pending: boolean;
  readonly document: boolean;
  readonly repair: Repair | undefined;
  readonly promotedAt: number | undefined;
  readonly fingerprint: string;
  readonly length: number;
  readonly knownFrom: number;
  /** Undefined: it is as it is. Else a former state, and when it ended. */
  readonly knownUntil: number | undefined;
}

export function rowOf(entry: Entry): { row: Row; kept: Kept } {
  const kept = keptIn(entry);
  const { memory } = kept;
  const row: Row = {
    seq: entry.id,
    revision: entry.revision,
    id: memory.id,
    namespace: memory.namespace,
    tier: memory.tier,
    level: memory.level,
    tags: memory.tags,
    facets: facetsOf(memory.metadata),
    importance: memory.importance,
    assessedImportance: memory.assessedImportance,
    confidence: memory.confidence,
    createdAt: memory.createdAt,
    updatedAt: memory.updatedAt,
    accessedAt: memory.accessedAt,
    accessCount: memory.accessCount,
    expiresAt: memory.expiresAt,
    ttl: memory.ttl,
    validFrom: memory.validFrom,
    validTo: memory.validTo,
    supersededBy: memory.supersededBy,
    isContradicted: memory.contradicted !== undefined,
    links: memory.links,
    hasVector: kept.vector !== null,
    isCut: kept.pieces !== undefined,
    pending: memory.pending === true,
    document: memory.document === true,
    repair: kept.repair,
    promotedAt: kept.promotedAt,
    fingerprint: kept.fingerprint,
    length: memory.content.length,
    knownFrom: kept.knownFrom,
    knownUntil: entry.namespace === SHELF.past ? (kept.knownUntil ?? entry.createdAt) : undefined,
  };
  return { row, kept };
}

const NO_FACETS: ReadonlyMap<string, string> = new Map();

function facetsOf(metadata: Memory["metadata"]): ReadonlyMap<string, string> {
  const texts = Object.entries(metadata).filter((pair): pair is [string, string] => typeof pair[1] === "string");
  return texts.length === 0 ? NO_FACETS : new Map(texts);
}

/** Where the index keeps its vector and its words: former states lie apart from what is. */
export function shelfOf({ namespace, knownUntil }: Pick<Row, "namespace" | "knownUntil">): string {
  return knownUntil === undefined ? namespace : pastShelf(namespace);
}

/** No namespace of a memory has a NUL in it. */
export function pastShelf(namespace: string): string {
  return `\0${namespace}`;
}

/** What of it is searched by words. */
export function wordsOf({ content, summary, tags }: Memory): string {
  return [content, summary ?? "", ...tags].join("\n");
}
