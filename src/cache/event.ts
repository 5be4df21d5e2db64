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
    }
  | { type: "miss"; namespace: string; reason: MissReason }
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
