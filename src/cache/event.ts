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
      /** How long the lookup took. */
      ms?: number;
    }
  | { type: "miss"; namespace: string; reason: MissReason; ms?: number }
  | { type: "put"; namespace: string; id: number; ms: number }
  | { type: "delete"; namespace: string; count: number }
  /** What was found was not served. */
  | { type: "reject"; namespace: string; id: number; reason: "validator" | "confidence" }
  /** Least recently used entries made room. */
  | { type: "eviction"; namespace: string; count: number }
  | { type: "expired"; namespace: string; count: number }
  /** From now on this kind of index serves. */
  | { type: "index"; index: "exact" | "approximate"; entries: number }
  /** Something failed that the cache went on without. */
  | { type: "error"; operation: string; error: unknown };

export type MissReason =
  | "bypass"
  /** The embedder failed or returned no usable vector. */
  | "embedder"
  /** Nothing alive at or above the threshold. */
  | "no-match"
  /** The store failed. */
  | "store";
