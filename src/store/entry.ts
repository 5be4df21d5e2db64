export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** One stored row. Times are milliseconds since 1970 from the cache's clock. */
export interface Entry {
  /** Given by the store: positive, rising, kept when the entry is overwritten, never used again. */
  id: number;
  namespace: string;
  /** What the exact layer looks up; unique in its namespace. */
  key: string;
  /** The query as the user wrote it. */
  text: string;
  /** The response as JSON text. */
  value: string;
  /** float32 of length 1, or null for an entry only the exact layer can find. */
  vector: Float32Array | null;
  metadata: JsonObject;
  tags: string[];
  createdAt: number;
  accessedAt: number;
  /** The first moment at which the entry is expired; null = never. */
  expiresAt: number | null;
  hits: number;
  /** The store's version when this entry was last put. */
  revision: number;
}

/** What a put brings. The store adds the rest. */
export type NewEntry = Omit<Entry, "id" | "accessedAt" | "hits" | "revision">;

/** Inclusive: at `expiresAt` the entry is already expired. */
export function isExpired(entry: { readonly expiresAt: number | null }, now: number): boolean {
  return entry.expiresAt !== null && entry.expiresAt <= now;
}
