import { MnemeError } from "../error.ts";
import type { Entry, JsonObject, NewEntry } from "../store/entry.ts";
import type { Put, Uses } from "../store/store.ts";
import { contentFingerprint } from "./clean.ts";
import type { Level, Memory } from "./memory.ts";
import { type PackedPiece, type Piece, packed, unpacked } from "./piece.ts";
import { SHELF } from "./shelf.ts";
import { TIERS, type Tier } from "./tier.ts";

/** A memory as it is kept: with its vector, and what only its keeper has to know. */
export interface Kept {
  memory: Memory;
  vector: Float32Array | null;
  /** Of a long content: parts of it that have vectors of their own. */
  pieces?: readonly Piece[] | undefined;
  /** Of its content: the same for all that say the same. */
  fingerprint: string;
  /** Since when what it says is known to be so; of what it was before it changed, also until when. */
  knownFrom: number;
  knownUntil?: number | undefined;
  /** Of one without a vector: how often that was tried, and when it may be again. */
  repair?: Repair | undefined;
  /** When it was to end before something else ended it; null: never. */
  cutShort?: number | null | undefined;
  /** When it was looked at for what lasts, if it was. */
  promotedAt?: number | undefined;
}

export interface Repair {
  attempts: number;
  nextAt: number;
  problem?: string | undefined;
}

/** It says this from now on. Without a vector it is found by its words, until it is given one. */
export function saying(kept: Kept, content: string, vector: Float32Array | null, isPending: boolean): Kept {
  const { repair: _repair, pieces: _pieces, ...rest } = kept;
  const { pending: _pending, document: _document, ...memory } = kept.memory;
  const fingerprint = contentFingerprint(content);
  return { ...rest, vector, fingerprint, memory: { ...memory, content, ...(isPending && { pending: true }) } };
}

/** What of it no field of an entry is made for. Names are short: there may be many. */
interface Value {
  ns: string;
  tier: Tier;
  level?: Level;
  sum?: string;
  imp: number;
  ass?: number;
  conf?: number;
  upd: number;
  ttl?: number | null;
  /** It does not expire, whatever a recall wrote that began when it did. */
  ever?: true;
  from?: number;
  to?: number;
  by?: string;
  con?: { by: string; confidence?: number };
  links?: string[];
  pend?: true;
  doc?: true;
  emb?: false;
  fp: string;
  kf: number;
  ku?: number;
  cut?: number | null;
  rep?: Repair;
  pro?: number;
  pcs?: readonly PackedPiece[];
  /** Of what a memory was: when it would have expired. What it was does not. */
  exp?: number;
}

/** The change that keeps it. `past`: as what it was while it was at that revision. */
export function putOf(kept: Kept, { when, past }: { when?: Put["when"]; past?: number } = {}): Put {
  const { memory, vector } = kept;
  const value: Value = {
    ns: memory.namespace,
    tier: memory.tier,
    ...(memory.level !== undefined && { level: memory.level }),
    ...(memory.summary !== undefined && { sum: memory.summary }),
    imp: memory.importance,
    ...(memory.assessedImportance !== undefined && { ass: memory.assessedImportance }),
    ...(memory.confidence !== undefined && { conf: memory.confidence }),
    upd: memory.updatedAt,
    ...(memory.ttl !== undefined && { ttl: memory.ttl }),
    ...(memory.expiresAt === null && { ever: true as const }),
    ...(memory.validFrom !== undefined && { from: memory.validFrom }),
    ...(memory.validTo !== undefined && { to: memory.validTo }),
    ...(memory.supersededBy !== undefined && { by: memory.supersededBy }),
    ...(memory.contradicted !== undefined && { con: memory.contradicted }),
    ...(memory.links.length > 0 && { links: memory.links }),
    ...(memory.pending && { pend: true as const }),
    ...(memory.document && { doc: true as const }),
    ...(memory.embed === false && { emb: false as const }),
    fp: kept.fingerprint,
    kf: kept.knownFrom,
    ...(kept.knownUntil !== undefined && { ku: kept.knownUntil }),
    ...(kept.cutShort !== undefined && { cut: kept.cutShort }),
    ...(kept.repair !== undefined && { rep: kept.repair }),
    ...(kept.promotedAt !== undefined && { pro: kept.promotedAt }),
    ...(kept.pieces !== undefined && { pcs: kept.pieces.map(packed) }),
    ...(past !== undefined && memory.expiresAt !== null && { exp: memory.expiresAt }),
  };
  const put: NewEntry = {
    namespace: past === undefined ? SHELF.memories : SHELF.past,
    key: past === undefined ? memory.id : `${past}:${memory.id}`,
    text: memory.content,
    value: JSON.stringify(value),
    vector,
    metadata: memory.metadata,
    tags: memory.tags,
    createdAt: memory.createdAt,
    expiresAt: past === undefined ? memory.expiresAt : null,
  };
  const used: Uses = { at: memory.accessedAt, hits: memory.accessCount };
  return { put, used, ...(when !== undefined && { when }) };
}

/** What an entry keeps; of one that is no memory, an error. */
export function keptIn(entry: Entry): Kept {
  const value = readValue(entry);
  const { namespace, key, text, metadata, tags, createdAt, accessedAt, hits } = entry;
  const isPast = namespace === SHELF.past;
  const memory: Memory = {
    id: isPast ? key.slice(key.indexOf(":") + 1) : key,
    namespace: value.ns,
    tier: value.tier,
    level: value.level,
    content: text,
    summary: value.sum,
    metadata: metadata as JsonObject,
    tags,
    importance: value.imp,
    assessedImportance: value.ass,
    confidence: value.conf,
    createdAt,
    updatedAt: value.upd,
    accessedAt,
    accessCount: hits,
    expiresAt: value.ever ? null : (entry.expiresAt ?? value.exp ?? null),
    ttl: value.ttl,
    validFrom: value.from,
    validTo: value.to,
    supersededBy: value.by,
    contradicted: value.con,
    links: value.links ?? [],
    pending: value.pend,
    document: value.doc,
    embed: value.emb,
  };
  return {
    memory: withoutUndefined(memory),
    vector: entry.vector,
    fingerprint: value.fp,
    knownFrom: value.kf,
    knownUntil: value.ku,
    cutShort: value.cut,
    repair: value.rep,
    promotedAt: value.pro,
    pieces: value.pcs?.flatMap((piece) => unpacked(piece) ?? []),
  };
}

/** What is not told of a memory is not a field of it. */
function withoutUndefined(memory: Memory): Memory {
  return Object.fromEntries(Object.entries(memory).filter(([, value]) => value !== undefined)) as unknown as Memory;
}

function readValue(entry: Entry): Value {
  let cause: unknown;
  try {
    const value = JSON.parse(entry.value) as Value;
    if (typeof value?.ns === "string" && TIERS.includes(value.tier) && Number.isFinite(value.upd)) return value;
  } catch (error) {
    cause = error;
  }
  const remedy = "Restore the store from a backup, or remove the memory.";
  throw new MnemeError("corrupt", `What the store says of the memory with the number ${entry.id} is damaged.`, remedy, {
    cause,
  });
}

/** The change that moves an entry, of a memory or of what one was, to another namespace; if it is still what it is. */
export function moveOf(entry: Entry, namespace: string): Put {
  const { id: _id, accessedAt: at, hits, revision, ...put } = entry;
  const value: Value = { ...readValue(entry), ns: namespace };
  return { put: { ...put, value: JSON.stringify(value) }, used: { at, hits }, when: { revision } };
}
