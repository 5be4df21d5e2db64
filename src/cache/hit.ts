import { type Entry, isExpired, type JsonObject } from "../store/entry.ts";
import { putAt } from "./marks.ts";
import { decodeValue } from "./value.ts";

export interface Hit<V = string> {
  response: V;
  /** Cosine similarity of the two queries; 1 for an exact hit. */
  similarity: number;
  /** What the cache's `confidence` says: by default similarity, halved for every day of age. */
  confidence: number;
  ageSeconds: number;
  layer: "exact" | "semantic";
  namespace: string;
  metadata: JsonObject;
  /** The stored query, which the response was made for. */
  query: string;
  id: number;
  /** Which question was asked, which one the answer was stored for, and when: what `feedback` has to know, wherever the hit has been. */
  pairing: string;
  /** True when it is older than `staleAfter`: it is being computed anew meanwhile. */
  stale?: true;
}

/** All of a hit but how far to trust it. */
export function hitOf<V>(
  entry: Entry,
  layer: Hit["layer"],
  similarity: number,
  now: number,
  asked: string,
): Omit<Hit<V>, "confidence"> {
  return {
    response: decodeValue<V>(entry.value),
    similarity,
    ageSeconds: Math.max(0, Math.floor((now - entry.createdAt) / 1000)), // a clock set back makes no negative age
    layer,
    namespace: entry.namespace,
    metadata: entry.metadata,
    query: entry.text,
    id: entry.id,
    pairing: pairingOf(entry, asked),
  };
}

/** Read by `feedback`; an error budget adds what it knows after a "~". */
function pairingOf(entry: Entry, asked: string): string {
  const own = `${putAt(entry)}:${asked}`;
  return entry.key === asked ? own : `${own}/${entry.key.replaceAll("%", "%25").replaceAll("~", "%7E")}`;
}

/** How long it lives from its last renewal on; null = for ever. With a sliding `ttl` every use renews it. */
export function lifetimeOf({ expiresAt, accessedAt, createdAt }: Entry, sliding: boolean): number | null {
  return expiresAt === null ? null : expiresAt - (sliding ? accessedAt : createdAt);
}

/**
 * Whether it may not be served any more. One that has more than twice its whole life before it was written by a clock that
 * was ahead, and would live as long as that clock was wrong.
 */
export function isOver(entry: Entry, now: number, sliding: boolean): boolean {
  const lifetime = lifetimeOf(entry, sliding);
  return isExpired(entry, now) || (lifetime !== null && entry.expiresAt! - now > 2 * lifetime);
}
