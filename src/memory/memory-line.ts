import type { Json, JsonObject } from "../store/entry.ts";
import { checkId, checkNamespace } from "./check.ts";
import { contentFingerprint } from "./clean.ts";
import type { Memory } from "./memory.ts";
import { type Piece, packed, packedVector, unpacked, unpackedVector } from "./piece.ts";
import type { Kept, Repair } from "./record.ts";
import { TIERS } from "./tier.ts";

// A file of memories is lines of JSON: a header; memories, each with what it was before it changed after it; links between
// namespaces; and an end, by which a file that is cut short is known. docs/memory-import.md describes it.

export const FORMAT = "mneme-memories";
export const VERSION = 1;

export interface Header {
  /** Of the embedder that made the vectors; null: there was none. */
  fingerprint: string | null;
  dimensions: number;
}

export interface End {
  memories: number;
  former: number;
  links: number;
  /** Of all that is before this line. */
  crc32: string;
}

export function headerLine({ fingerprint, dimensions }: Header): string {
  return `${JSON.stringify({ format: FORMAT, version: VERSION, fingerprint, dimensions })}\n`;
}

/** Everything of it, in one order and spelling, whichever store it comes from. */
export function memoryLine(kept: Kept): string {
  const { memory, vector, knownFrom, knownUntil, repair, promotedAt, cutShort, pieces } = kept;
  return `${JSON.stringify({
    kind: knownUntil === undefined ? "memory" : "former",
    id: memory.id,
    namespace: memory.namespace,
    tier: memory.tier,
    level: memory.level,
    content: memory.content,
    summary: memory.summary,
    metadata: inOrder(memory.metadata),
    tags: memory.tags,
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
    contradicted: memory.contradicted && { by: memory.contradicted.by, confidence: memory.contradicted.confidence },
    links: memory.links,
    pending: memory.pending,
    document: memory.document,
    embed: memory.embed,
    repair: repair && { attempts: repair.attempts, nextAt: repair.nextAt, problem: repair.problem },
    promotedAt,
    cutShort,
    knownFrom,
    knownUntil,
    vector: vector && packedVector(vector),
    pieces: pieces?.map(packed),
  })}\n`;
}

export function linkLine(link: { from: string; to: string }): string {
  return `${JSON.stringify({ kind: "link", from: link.from, to: link.to })}\n`;
}

export function endLine({ memories, former, links, crc32 }: End): string {
  return `${JSON.stringify({ kind: "end", memories, former, links, crc32 })}\n`;
}

/**
 * What a line says, taken on trust in nothing: an error names what is wrong. `dimensions` are those of its vector; undefined: it is of
 * another embedder and left behind.
 */
export function keptIn(fields: Record<string, unknown>, dimensions: number | undefined): Kept {
  const isFormer = fields.kind === "former";
  const memory: Memory = {
    id: checkId(text("id", fields.id)),
    namespace: checkNamespace(text("namespace", fields.namespace)),
    tier: oneOf("tier", fields.tier, TIERS),
    content: text("content", fields.content),
    metadata: object("metadata", fields.metadata) as JsonObject,
    tags: texts("tags", fields.tags),
    importance: finite("importance", fields.importance),
    createdAt: time("createdAt", fields.createdAt),
    updatedAt: time("updatedAt", fields.updatedAt),
    accessedAt: time("accessedAt", fields.accessedAt),
    accessCount: count("accessCount", fields.accessCount),
    expiresAt: fields.expiresAt === null ? null : time("expiresAt", fields.expiresAt),
    links: texts("links", fields.links),
    ...given(fields, {
      level: (name, value) => oneOf(name, value, ["explicit", "deduced"] as const),
      summary: text,
      assessedImportance: finite,
      confidence: finite,
      ttl: finiteOrNull,
      validFrom: finite,
      validTo: finite,
      supersededBy: text,
      contradicted: contradictedIn,
      pending: (name, value) => oneOf(name, value, [true] as const),
      document: (name, value) => oneOf(name, value, [true] as const),
      embed: (name, value) => oneOf(name, value, [false] as const),
    }),
  };
  return {
    memory,
    vector: dimensions === undefined || fields.vector === null ? null : vectorIn(fields.vector, dimensions),
    fingerprint: contentFingerprint(memory.content),
    knownFrom: finite("knownFrom", fields.knownFrom),
    ...(isFormer && { knownUntil: finite("knownUntil", fields.knownUntil) }),
    ...given(fields, { repair: repairIn, promotedAt: finite, cutShort: finiteOrNull }),
    ...(dimensions !== undefined && given(fields, { pieces: piecesIn(memory.content, dimensions) })),
  };
}

export function linkIn(fields: Record<string, unknown>): { from: string; to: string } {
  const from = checkNamespace(text("from", fields.from), "from");
  const to = checkNamespace(text("to", fields.to), "to");
  if (from === to) throw bad("to");
  return { from, to };
}

function finiteOrNull(name: string, value: unknown): number | null {
  return value === null ? null : finite(name, value);
}

type Reader<T> = (name: string, value: unknown) => T;

/** Those of the fields that are there. */
function given<R extends Record<string, Reader<unknown>>>(
  fields: Record<string, unknown>,
  readers: R,
): { [K in keyof R]?: ReturnType<R[K]> } {
  const there = Object.entries(readers).filter(([name]) => fields[name] !== undefined);
  const read = there.map(([name, reader]) => [name, reader(name, fields[name])]);
  return Object.fromEntries(read) as { [K in keyof R]?: ReturnType<R[K]> };
}

export function text(name: string, value: unknown): string {
  if (typeof value === "string") return value;
  throw bad(name);
}

function texts(name: string, value: unknown): string[] {
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value as string[];
  throw bad(name);
}

function oneOf<T>(name: string, value: unknown, all: readonly T[]): T {
  if (all.includes(value as T)) return value as T;
  throw bad(name);
}

function finite(name: string, value: unknown): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw bad(name);
}

/** As stores keep it. */
function time(name: string, value: unknown): number {
  if (finite(name, value) >= 0) return value as number;
  throw bad(name);
}

export function count(name: string, value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw bad(name);
}

export function object(name: string, value: unknown): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw bad(name);
}

function contradictedIn(name: string, value: unknown): NonNullable<Memory["contradicted"]> {
  const fields = object(name, value);
  return { by: text(`${name}.by`, fields.by), ...given(fields, { confidence: finite }) };
}

function repairIn(name: string, value: unknown): Repair {
  const fields = object(name, value);
  const { attempts, nextAt } = fields;
  return {
    attempts: count(`${name}.attempts`, attempts),
    nextAt: finite(`${name}.nextAt`, nextAt),
    ...given(fields, { problem: text }),
  };
}

function bad(name: string): TypeError {
  return new TypeError(`its "${name}" is missing or cannot be`);
}

function vectorIn(value: unknown, dimensions: number): Float32Array {
  const vector = unpackedVector(value, dimensions);
  if (vector === undefined) throw bad("vector");
  return vector;
}

function piecesIn({ length }: string, dimensions: number): Reader<Piece[]> {
  return (name, value) => {
    if (!Array.isArray(value)) throw bad(name);
    return value.map((item) => {
      const piece = unpacked(item, dimensions);
      if (piece === undefined || !(0 <= piece.start && piece.start < piece.end && piece.end <= length)) throw bad(name);
      return piece;
    });
  };
}

/** The same with its names in order, as some stores do not keep the order they came in. It may be nested deeper than calls can be. */
function inOrder(metadata: JsonObject): JsonObject {
  const root: { all: Json } = { all: metadata };
  const todo: [holder: Record<string, Json>, name: string][] = [[root, "all"]];
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    const [holder, name] = next;
    const value = holder[name]!;
    if (typeof value !== "object" || value === null) continue;
    const copy = Array.isArray(value)
      ? [...(value as Json[])]
      : Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
    holder[name] = copy;
    for (const inner of Object.keys(copy)) todo.push([copy as Record<string, Json>, inner]);
  }
  return root.all as JsonObject;
}
