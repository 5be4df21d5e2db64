/** What `onEvent` is told. Exceptions it throws are ignored: watching a cache must not break it. */
export type CacheEvent =
  | {
      type: "hit";
      namespace: string;
      layer: "exact" | "semantic";
      id: number;
      similarity: number;
      confidence: number;
      ageSeconds: number;
      /** Milliseconds the lookup took; of `getMany`, all of them. */
      ms: number;
    }
  | { type: "miss"; namespace: string; reason: MissReason; ms: number }
  | { type: "put"; namespace: string; id: number; ms: number }
  /** By `delete` or `clear`. The namespace is undefined when all were cleared. */
  | { type: "delete"; namespace: string | undefined; count: number }
  /** A response was not stored (then its id is 0), or an entry not served: by `validate`, or by `minConfidence`. */
  | { type: "reject"; namespace: string; id: number; reason: "validator" | "confidence" }
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
  /** Nothing alive at or above the threshold. */
  | "no-match"
  /** The store failed. */
  | "store";
