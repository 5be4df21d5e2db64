import { MnemeError } from "../error.ts";
import { contentFingerprint, signalLength } from "./clean.ts";
import type { Engine } from "./engine.ts";
import { isHandoff } from "./handoff.ts";
import { uuidv5 } from "./import-id.ts";
import type { CheckedImport } from "./importing.ts";
import type { Memory } from "./memory.ts";
import { givenConfidence, IMPORTED_CONFIDENCE } from "./quality.ts";
import type { Kept } from "./record.ts";
import { tagsFor } from "./subjects.ts";
import { isDurable, TRAITS } from "./tier.ts";
import { fieldsOf, type GivenFields, type MemoryFields, placeOf } from "./writing.ts";

/** The namespace of ids of what is imported. Another one would import everything a second time. */
const IDS = "6f6d3b0e-4c7a-5b1e-9d58-2f6e1c0a7b34";
/** How much a memory matters of which nobody here says so. */
const IMPORTANCE = 0.25;

type Fields = Readonly<Record<string, unknown>>;

/** Whom a memory of mem0 is about or from, the nearest first: where nothing else is said, it lies in the namespace of that name. */
const SCOPES = ["user_id", "agent_id", "app_id", "run_id"];

/** What is understood of a foreign memory, by all the names it goes by. What is not named here goes into its metadata. */
const NAMES = {
  content: ["memory", "content", "text"],
  namespace: ["namespace"],
  tier: ["tier"],
  level: ["level"],
  summary: ["summary"],
  tags: ["tags"],
  categories: ["categories"],
  metadata: ["metadata"],
  importance: ["importance"],
  confidence: ["confidence"],
  validFrom: ["validFrom", "valid_from"],
  validTo: ["validTo", "valid_to"],
  ttl: ["ttl"],
  createdAt: ["created_at", "createdAt"],
  updatedAt: ["updated_at", "updatedAt"],
  expiresAt: ["expires_at", "expiresAt", "expiration_date"],
} as const;

/** It means nothing here: how it was found, or what belongs to the place it was in. */
const LEFT = ["hash", "score", "vector", "embedding", "embeddings", "links", "input", "messages"];

const KNOWN = new Set<string>([...Object.values(NAMES).flat(), ...LEFT, "id"]);

export function isMem0(fields: Fields): boolean {
  return typeof fields.memory === "string" || SCOPES.some((scope) => typeof fields[scope] === "string");
}

/** What foreign memories are read with. */
export interface Reading {
  readonly engine: Engine;
  readonly options: CheckedImport;
  readonly format: "mem0" | "jsonl";
  readonly source: string;
  readonly tag: string;
  /** Is told the kinds of secrets that are taken out. */
  readonly redacted: Set<string>;
}

/** As it is kept, but for its vector. An error tells why it is not to be. */
export function foreignIn(fields: Fields, { engine, options, format, source, tag, redacted }: Reading): Kept {
  const now = engine.now();
  const isScoped = format === "mem0";
  const kinds: string[] = [];
  if (fields.state === "deleted" || (fields.deleted_at ?? null) !== null) throw refusal("it was deleted where it was");
  const said = textIn(fields);
  const { namespace } = placeOf({ content: said, namespace: options.namespace ?? placeIn(fields, isScoped) });
  const given = fieldsOf(
    {
      ...(plainFields(fields) as MemoryFields),
      content: said,
      tags: [...tagsIn(fields), tag],
      metadata: metadataIn(fields, source, isScoped),
      validFrom: momentIn(fields, "validFrom"),
      validTo: momentIn(fields, "validTo"),
    },
    engine.settings,
    kinds,
  );
  for (const kind of kinds) redacted.add(kind);
  const { content = "", tier = options.tier } = given;
  if (signalLength(content) < options.minLength) throw refusal(`it has fewer than ${options.minLength} characters`);

  const createdAt = Math.min(momentIn(fields, "createdAt") ?? now, now);
  if (createdAt < 0) throw refusal("it was made before 1970");
  const ttl = given.ttl === undefined ? TRAITS[tier].ttl : given.ttl;
  const expiresAt = momentIn(fields, "expiresAt") ?? (ttl === null ? null : createdAt + ttl);
  if (expiresAt !== null && expiresAt <= now) {
    throw refusal(`it has expired: it is ${tier}, and its time began when it was made`);
  }
  const confidence = given.confidence === undefined ? IMPORTED_CONFIDENCE : givenConfidence(given.confidence);
  const changedAt = Math.min(momentIn(fields, "updatedAt") ?? createdAt, now);
  const memory: Memory = {
    id: uuidv5(IDS, JSON.stringify([source, namespace, content])),
    namespace,
    tier,
    ...(given.level !== undefined && { level: given.level }),
    content,
    ...(given.summary && { summary: given.summary }),
    metadata: given.metadata ?? {},
    tags: tagsFor(given),
    importance: given.importance ?? IMPORTANCE,
    ...(isDurable(tier) && { confidence }),
    createdAt,
    updatedAt: now, // or what is old would be doubted before it was ever seen here
    accessedAt: Math.max(createdAt, changedAt),
    accessCount: 0,
    expiresAt,
    ...(given.ttl !== undefined && { ttl: given.ttl }),
    ...validity(given, createdAt),
    links: [],
  };
  return { memory, vector: null, fingerprint: contentFingerprint(content), knownFrom: now };
}

/** From when it was made, unless something else is said or it was over by then. */
function validity({ validFrom, validTo = Number.POSITIVE_INFINITY }: GivenFields, createdAt: number): Partial<Memory> {
  const from = validFrom ?? (validTo > createdAt ? createdAt : undefined);
  return { ...(from !== undefined && { validFrom: from }), ...(validTo !== Number.POSITIVE_INFINITY && { validTo }) };
}

/** What an error says of what is wrong, without what to do about it: nobody will. */
export function reasonOf(error: unknown): string {
  if (error instanceof MnemeError) return error.message.slice(0, -error.remedy.length).trim();
  return (error as Error).message;
}

/** The first of its names that says something. */
function valueIn(fields: Fields, what: keyof typeof NAMES): unknown {
  for (const name of NAMES[what]) if ((fields[name] ?? null) !== null) return fields[name];
  return undefined;
}

function textIn(fields: Fields): string {
  const content = valueIn(fields, "content");
  if (typeof content === "string") return content;
  throw refusal("it has no content: no text by the name of content, text or memory");
}

function plainFields(fields: Fields): object {
  const names = ["tier", "level", "summary", "importance", "confidence", "ttl"] as const;
  const plain = Object.fromEntries(names.map((name) => [name, valueIn(fields, name)]));
  return { ...plain, ...(fields.ttl === null && { ttl: null }) }; // which says something: for ever
}

function placeIn(fields: Fields, isScoped: boolean): string | undefined {
  const own = valueIn(fields, "namespace");
  if (own !== undefined) return own as string;
  const scope = isScoped ? SCOPES.find((name) => typeof fields[name] === "string" && fields[name] !== "") : undefined;
  return scope && (fields[scope] as string);
}

/** Without the one that would make it take the place of what a session left for the next. */
function tagsIn(fields: Fields): string[] {
  const lists = [valueIn(fields, "tags") ?? [], valueIn(fields, "categories") ?? []];
  if (!lists.every(Array.isArray)) throw refusal("its tags are no list");
  return (lists.flat() as string[]).filter((tag) => !isHandoff({ tags: [tag] }));
}

/** Its own, then what has no other place, then where it comes from. */
function metadataIn(fields: Fields, source: string, isScoped: boolean): object {
  const own = valueIn(fields, "metadata") ?? {};
  if (typeof own !== "object" || Array.isArray(own)) throw refusal("its metadata is no object");
  const others = Object.entries(fields).filter(([name, value]) => !KNOWN.has(name) && value !== null);
  const { id, user_id: user } = fields;
  const origin = {
    ...(isScoped && typeof user === "string" && { subject: user }), // who may ask that it be forgotten
    ...((typeof id === "string" || typeof id === "number") && { source_id: String(id) }),
  };
  // As entries: "__proto__" is a name like any other.
  const all = [...Object.entries(origin), ...others, ...Object.entries(own), ["import_source", source] as const];
  return Object.fromEntries(all);
}

/** In milliseconds since 1970; as a number, in seconds if it is too small for milliseconds. */
function momentIn(fields: Fields, what: keyof typeof NAMES): number | undefined {
  const value = valueIn(fields, what);
  if (value === undefined) return undefined;
  const number = typeof value === "string" && /^\d{9,}(?:\.\d+)?$/.test(value) ? Number(value) : value;
  const ms = typeof number === "number" ? number * (Math.abs(number) < 1e11 ? 1000 : 1) : parsedTime(number);
  if (Number.isFinite(ms) && Math.abs(ms) <= 8.64e15) return Math.floor(ms);
  throw refusal(`its ${NAMES[what][0]} is no moment`);
}

/** Engines differ in what they make of more than three digits of a second, of a space, and of no zone: here that is UTC. */
function parsedTime(value: unknown): number {
  const form = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,3})\d*)? ?(Z|[+-]\d\d:?\d\d)?)?$/i;
  const [whole, date, time = "00:00", fraction = "", zone = "Z"] = form.exec(String(value).trim()) ?? [];
  if (whole === undefined) return Number.NaN;
  const seconds = `${time.padEnd(8, ":00")}.${fraction.padEnd(3, "0")}`;
  return Date.parse(`${date}T${seconds}${zone.toUpperCase().replace(/^(...)(\d\d)$/, "$1:$2")}`);
}

function refusal(reason: string): TypeError {
  return new TypeError(reason);
}
