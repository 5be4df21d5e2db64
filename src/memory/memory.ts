import type { JsonObject } from "../store/entry.ts";
import type { Tier } from "./tier.ts";

/** How it is known: said by the user or lifted from what they said, or concluded by a model. Undefined: not told. */
export type Level = "explicit" | "deduced";

/** Something remembered. Times are milliseconds since 1970 from the memory's clock; undefined is open, or not known. */
export interface Memory {
  /** Unique among all namespaces. */
  id: string;
  namespace: string;
  tier: Tier;
  level?: Level | undefined;
  content: string;
  /** The gist in a line. It is searched too. */
  summary?: string | undefined;
  metadata: JsonObject;
  tags: string[];
  /** How much it matters, 0…1, by whoever wrote it, else by its tier. */
  importance: number;
  /** How much it matters by a model's opinion. */
  assessedImportance?: number | undefined;
  /** How sure it is, 0…1; only of durable tiers. Undefined: not tracked, which counts as sure. */
  confidence?: number | undefined;
  createdAt: number;
  /** When it was last edited or borne out. */
  updatedAt: number;
  /** When it was last recalled. */
  accessedAt: number;
  /** How often it was recalled. */
  accessCount: number;
  /** The first moment at which it is expired; null = never. */
  expiresAt: number | null;
  /** How long it lives from each recall on, where that is not its tier's default. Null: for ever. */
  ttl?: number | null | undefined;
  /** The first moment at which it is true. */
  validFrom?: number | undefined;
  /** The first moment at which it is true no more. */
  validTo?: number | undefined;
  /** The memory that took its place. */
  supersededBy?: string | undefined;
  /** What contradicted it, and how sure it was until then. */
  contradicted?: { by: string; confidence?: number } | undefined;
  /** Memories of the same namespace that belong to it. */
  links: string[];
  /** Set while it has no vector yet: it is found by its words only, and will be repaired. */
  pending?: boolean | undefined;
  /** Set where its metadata is all it says, of which its content was made: it was `put`, and its content not edited since. */
  document?: boolean | undefined;
  /** False: it is not to be found by its meaning. */
  embed?: false | undefined;
}
