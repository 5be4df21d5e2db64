import { argumentError, MnemeError } from "../error.ts";
import type { JsonObject } from "../store/entry.ts";
import { TIERS, type Tier } from "./tier.ts";

// What the operations of a memory have in common of what they are told.

const NAMESPACE_BYTES = 256;
const MOST_TAGS = 256;

const DEFAULT_NAMESPACE = "default";

export function checkNamespace(namespace: string | undefined, name = "namespace"): string {
  if (namespace === undefined) return DEFAULT_NAMESPACE;
  if (typeof namespace === "string" && namespace !== "" && !namespace.includes("\0")) {
    const bytes = new TextEncoder().encode(namespace).length;
    if (bytes <= NAMESPACE_BYTES) return namespace;
  }
  throw argumentError(
    name,
    `a text of 1 to ${NAMESPACE_BYTES} bytes without NUL`,
    namespace,
    'Such as "acme/support".',
  );
}

export function checkId(id: string, name = "id"): string {
  if (typeof id === "string" && id !== "" && id.length <= 512 && !id.includes("\0")) return id;
  throw argumentError(name, "a text of 1 to 512 characters without NUL", id, "Leave it out to be given one.");
}

export function checkTier(tier: Tier | undefined, name = "tier"): Tier | undefined {
  if (tier === undefined || TIERS.includes(tier)) return tier;
  throw argumentError(name, `one of ${TIERS.join(", ")}`, tier, "Leave it out to have it found from the content.");
}

export function checkTags(tags: readonly string[] | undefined, name = "tags"): string[] | undefined {
  if (tags === undefined) return undefined;
  if (Array.isArray(tags) && tags.length <= MOST_TAGS && tags.every((tag) => typeof tag === "string" && tag !== "")) {
    return [...new Set(tags as string[])];
  }
  throw argumentError(name, `an array of at most ${MOST_TAGS} texts`, tags, "Leave it out for none.");
}

export function checkIds(ids: readonly string[] | undefined, name: string, most = 512): readonly string[] {
  if (ids === undefined) return [];
  if (Array.isArray(ids) && ids.length <= most && ids.every((id) => typeof id === "string")) return ids;
  throw argumentError(name, `an array of at most ${most} ids`, ids, "Leave it out for none.");
}

export function checkShare(share: number | undefined, name: string, least = 0, most = 1): number | undefined {
  if (share === undefined || (typeof share === "number" && share >= least && share <= most)) return share;
  throw argumentError(name, `a number from ${least} to ${most}`, share, "Leave it out for the default.");
}

export function checkCount(count: number | undefined, name: string, least = 0): number | undefined {
  if (count === undefined || (Number.isSafeInteger(count) && count >= least)) return count;
  throw argumentError(name, `a whole number from ${least}`, count, "Leave it out for the default.");
}

/** A copy, as JSON keeps it: what JSON has no word for is an error now, not another value later. */
export function checkMetadata(metadata: object | undefined, limit: number): JsonObject | undefined {
  if (metadata === undefined) return undefined;
  const remedy = "Pass an object of JSON values.";
  if (typeof metadata !== "object" || metadata === null || Array.isArray(metadata)) {
    throw argumentError("metadata", "an object", metadata, remedy);
  }
  let text: string;
  try {
    text = JSON.stringify(metadata);
  } catch (cause) {
    throw new MnemeError("argument", '"metadata" cannot be written as JSON.', remedy, { cause });
  }
  if (3 * text.length > limit && new TextEncoder().encode(text).length > limit) {
    throw new MnemeError("argument", `"metadata" has more than the ${limit} bytes allowed.`, "Keep less of it there.");
  }
  return JSON.parse(text) as JsonObject;
}

/** A memory is true from the one to the other. */
export function checkValidity({
  validFrom,
  validTo,
}: {
  validFrom?: number | undefined;
  validTo?: number | undefined;
}): void {
  if (validFrom === undefined || validTo === undefined || validTo > validFrom) return;
  const remedy = "A memory is true from the one to the other.";
  throw new MnemeError("argument", '"validTo" is not after "validFrom".', remedy);
}

export function notFound(namespace: string, id: string): MnemeError {
  const problem = `There is no memory ${JSON.stringify(id)} in the namespace ${JSON.stringify(namespace)}.`;
  return new MnemeError("not-found", problem, "Look for it with list() or recall().");
}

/** A write would have taken what is another's, or what another writer was just changing. */
export class ConflictError extends MnemeError {
  constructor(problem: string, remedy: string, options?: { cause?: unknown }) {
    super("conflict", problem, remedy, options);
  }
}

/** Somebody took an id for a memory of their own that is one of another namespace. */
export function hijack(id: string): ConflictError {
  const problem = `The id ${JSON.stringify(id)} is that of a memory in another namespace, which was left as it is.`;
  return new ConflictError(problem, "Use another id, or leave it out to be given one.");
}
