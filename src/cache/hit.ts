import { type Entry, isExpired, type JsonObject } from "../store/entry.ts";
import { decodeValue } from "./value.ts";

export interface Hit<V = string> {
  response: V;
  /** Cosine similarity of the two queries; 1 for an exact hit. */
  similarity: number;
  /** Similarity, halved for every day of age. Told, not acted upon. */
  confidence: number;
  ageSeconds: number;
  layer: "exact" | "semantic";
  namespace: string;
  metadata: JsonObject;
  /** The stored query, which the response was made for. */
  query: string;
  id: number;
}

const HALF_LIFE_SECONDS = 24 * 60 * 60;

export function hitOf<V>(entry: Entry, layer: Hit["layer"], similarity: number, now: number): Hit<V> | undefined {
  if (isExpired(entry, now)) return undefined;
  const ageSeconds = Math.max(0, Math.floor((now - entry.createdAt) / 1000)); // a clock set back makes no negative age
  return {
    response: decodeValue<V>(entry.value),
    similarity,
    confidence: similarity * 0.5 ** (ageSeconds / HALF_LIFE_SECONDS),
    ageSeconds,
    layer,
    namespace: entry.namespace,
    metadata: entry.metadata,
    query: entry.text,
    id: entry.id,
  };
}
