import { argumentError, MnemeError } from "../error.ts";
import type { JsonObject } from "../store/entry.ts";
import { parseTtl, type Ttl } from "../ttl.ts";
import {
  checkId,
  checkIds,
  checkMetadata,
  checkNamespace,
  checkShare,
  checkTags,
  checkTier,
  checkValidity,
} from "./check.ts";
import { clean } from "./clean.ts";
import { checkLevel } from "./filter.ts";
import { type Instant, instantIn } from "./instant.ts";
import type { Level } from "./memory.ts";
import type { CheckedSettings, DuplicateAction } from "./options.ts";
import type { Tier } from "./tier.ts";

/** What may be said of a memory when it is written, and changed later. */
export interface MemoryFields {
  tier?: Tier | undefined;
  level?: Level | undefined;
  /** The gist in a line. */
  summary?: string | undefined;
  tags?: readonly string[] | undefined;
  /** Whom it is about: `forget({ subject })` finds it by this. */
  subject?: string | undefined;
  metadata?: object | undefined;
  /** 0…1. Default: by its tier. */
  importance?: number | undefined;
  /** 0.1…0.7, of durable tiers: what is surer is so because it was borne out. Default 0.4. */
  confidence?: number | undefined;
  /** Default: from now on; not known, of what is over by now. */
  validFrom?: Instant | undefined;
  /** Default: for ever. */
  validTo?: Instant | undefined;
  /** How long it lives from now, and from each recall on; null: for ever. Default: by its tier. */
  ttl?: Ttl | undefined;
  /** Memories of the same namespace that belong to it. */
  links?: readonly string[] | undefined;
}

export interface RememberOptions extends MemoryFields {
  /** Default "default". */
  namespace?: string | undefined;
  content: string;
  /** Default: a new one. One that is known in this namespace is updated; of another namespace it is a ConflictError. */
  id?: string | undefined;
  /** Where a durable memory is to lie: "project" (default), "personal" (in `home`), or a namespace above. */
  visibility?: string | undefined;
  home?: string | undefined;
  /** For this memory alone. */
  duplicates?: DuplicateAction | undefined;
  signal?: AbortSignal | undefined;
}

/** What is given of a memory's fields, checked; what is not given is not in it. */
export interface GivenFields {
  content?: string;
  tier?: Tier;
  level?: Level;
  summary?: string;
  tags?: string[];
  subject?: string;
  metadata?: JsonObject;
  importance?: number;
  confidence?: number;
  validFrom?: number;
  validTo?: number;
  ttl?: number | null;
  links?: string[];
}

/** Checks all that is given before anything is paid for, and takes secrets out of every text; `redacted` is told their kinds. */
export function fieldsOf(
  options: MemoryFields & { content?: string | undefined },
  settings: CheckedSettings,
  redacted: string[],
): GivenFields {
  const { limits } = settings;
  const text = (given: string | undefined, name: string): string | undefined => {
    if (given === undefined) return undefined;
    if (typeof given !== "string") throw badText(name, `${typeof given} came`);
    const { text, kinds } = settings.redact(given);
    redacted.push(...kinds);
    const cleaned = clean(text);
    const bytes = new TextEncoder().encode(cleaned).length;
    if (bytes > limits.contentBytes)
      throw badText(name, `${bytes} bytes came, more than the ${limits.contentBytes} allowed`);
    return cleaned;
  };
  const content = text(options.content, "content");
  if (content === "") throw badText("content", "nothing but white space and control characters came");
  const metadata = checkMetadata(options.metadata, limits.metadataBytes);
  const validFrom = instantIn("validFrom", options.validFrom);
  const validTo = instantIn("validTo", options.validTo);
  checkValidity({ validFrom, validTo });
  const given = {
    content,
    tier: checkTier(options.tier),
    level: checkLevel(options.level),
    summary: text(options.summary, "summary"),
    tags: checkTags(options.tags),
    subject: checkSubject(options.subject),
    metadata: metadata && redactedIn(metadata, settings, redacted),
    importance: checkShare(options.importance, "importance"),
    confidence: checkShare(options.confidence, "confidence"),
    validFrom,
    validTo,
    ttl: options.ttl === undefined ? undefined : parseTtl(options.ttl),
    links: options.links === undefined ? undefined : [...new Set(checkIds(options.links, "links"))],
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as GivenFields;
}

function checkSubject(subject: string | undefined): string | undefined {
  if (subject === undefined || (typeof subject === "string" && subject !== "")) return subject;
  throw argumentError("subject", "a text with something in it", subject, "Leave it out if it is about nobody.");
}

export function placeOf({ namespace, id }: RememberOptions): { namespace: string; id: string | undefined } {
  return { namespace: checkNamespace(namespace), id: id === undefined ? undefined : checkId(id) };
}

function redactedIn(metadata: JsonObject, settings: CheckedSettings, redacted: string[]): JsonObject {
  return JSON.parse(JSON.stringify(metadata), (_, value: unknown) => {
    if (typeof value !== "string") return value;
    const { text, kinds } = settings.redact(value);
    redacted.push(...kinds);
    return text;
  }) as JsonObject;
}

function badText(name: string, came: string): MnemeError {
  return new MnemeError(
    "argument",
    `"${name}" expected a text with something in it; ${came}.`,
    "Pass what is to be remembered.",
  );
}
