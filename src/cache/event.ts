interface Answered {
  namespace: string;
  layer: "exact" | "semantic";
  id: number;
  similarity: number;
  confidence: number;
  ageSeconds: number;
  /** Milliseconds the lookup took; of `getMany`, all of them. */
  ms: number;
}

/** What `onEvent` is told. Exceptions it throws are ignored: watching a cache must not break it. */
export type CacheEvent =
  | ({ type: "hit" } & Answered)
  | { type: "miss"; namespace: string; reason: MissReason; ms: number }
  | { type: "put"; namespace: string; id: number; ms: number }
  /** By `delete` or `clear`. The namespace is undefined when all were cleared. */
  | { type: "delete"; namespace: string | undefined; count: number }
  /** In mode "shadow": what would have been a hit. The lookup is a miss. */
  | ({ type: "shadow" } & Answered)
  /** What was found and not served was compared with what was computed instead. */
  | { type: "compare"; namespace: string; layer: "exact" | "semantic"; id: number; similarity: number; agrees: boolean }
  /**
   * A response was not stored (then its id is 0), or an entry not served: by `validate`, by `minConfidence`, by a guard, because
   * a user rejected the pairing, or for the error budget.
   */
  | {
      type: "reject";
      namespace: string;
      id: number;
      reason: "validator" | "confidence" | "guard" | "rejected" | "risk";
      /** Which guard, and why. */
      guard?: string;
      detail?: string;
    }
  | { type: "feedback"; namespace: string; id: number; verdict: "accept" | "reject" }
  /** Entries of these tags, or of the namespace, are invalid from now on. */
  | { type: "invalidate"; namespace: string | undefined; tags: readonly string[] }
  /** These went to make room; each namespace is told of its own. */
  | { type: "eviction"; namespace: string; count: number }
  | { type: "expired"; namespace: string; count: number }
  /** From now on this kind of index serves. */
  | { type: "index"; index: "exact" | "approximate"; entries: number }
  /** Something failed that the cache went on without. */
  | { type: "error"; operation: string; error: unknown };

export type MissReason =
  | "bypass"
  /** It took longer than it might. */
  | "deadline"
  /** The embedder failed or returned no usable vector. */
  | "embedder"
  /** The question does not stand alone: only the exact layer was asked. */
  | "follow-up"
  /** What was nearest was refused by a guard. */
  | "guard"
  /** Nothing alive at or above the threshold. */
  | "no-match"
  /** What was nearest was rejected by a user as an answer to this. */
  | "rejected"
  /** What was nearest is wrong too probably for the error budget. */
  | "risk"
  /** There was a hit, and nothing is served. */
  | "shadow"
  /** The store failed. */
  | "store";
