import type { Tier } from "./tier.ts";

/** What `onEvent` is told. Exceptions it throws are ignored: watching a memory must not break it. */
export type MemoryEvent =
  | {
      type: "remember";
      namespace: string;
      id: string;
      tier: Tier;
      outcome: Outcome;
      /** What of the content was taken out of it before anything else saw it, such as "aws-key". */
      redacted: readonly string[];
      /** The tier was found from the content. */
      classified: boolean;
      /** It could not be embedded, and will be later. */
      pending: boolean;
      ms: number;
    }
  | {
      type: "recall";
      /** Undefined: a search in all. */
      namespace: string | undefined;
      results: number;
      omitted: number;
      /** Results that `minRankScore` held back. */
      floored: number;
      degraded: Degraded | undefined;
      ms: number;
      /** Of that: waiting for the embedder. */
      embedMs: number;
    }
  | { type: "rerank"; outcome: "ranked" | "failed" | "late"; ms: number }
  | { type: "reinforce"; namespace: string; count: number }
  | { type: "corroborate"; namespace: string; id: string; confidence: number }
  | { type: "contradict"; namespace: string; id: string; by: string; confidence: number }
  | { type: "supersede"; namespace: string; id: string; by: string }
  | { type: "restore"; namespace: string; id: string }
  /** `redacted`: what was taken out of what `update` was given. */
  | { type: "update"; namespace: string; id: string; redacted: readonly string[] }
  /**
   * By `forget`; undefined: of any namespace. `scrubbed`, of a subject: whether the store wrote its files anew; one that cannot may keep
   * what was removed for a while.
   */
  | { type: "forget"; namespace: string | undefined; count: number; scrubbed?: boolean }
  /** By `sweep`. `reason`: it had expired, there were too many, or nothing needs what it was any more. */
  | { type: "swept"; namespace: string; tier: Tier; reason: "expired" | "capacity" | "superseded"; count: number }
  | { type: "demote"; namespace: string; id: string }
  | { type: "dedup"; namespace: string; count: number }
  /** `facts`: how many were found in it; in several that were looked at together, told of the first of them. */
  | { type: "promote"; namespace: string; id: string; outcome: "lifted" | "distilled" | "nothing"; facts: number }
  | {
      type: "consolidate";
      namespace: string;
      id: string;
      outcome: "new" | "update" | "supersede" | "failed" | "dropped";
    }
  /** A long one was embedded in so many pieces. */
  | { type: "cut"; namespace: string; id: string; pieces: number }
  /** One without a vector was given one, or was not; after too many times it is left alone for long. */
  | { type: "repair"; namespace: string; id: string; outcome: "repaired" | "failed" | "parked" }
  /** `redacted`: what was taken out of memories from elsewhere. */
  | {
      type: "import";
      imported: number;
      replaced: number;
      skipped: number;
      rejected: number;
      redacted: readonly string[];
      ms: number;
    }
  /** One of the longer calls came to its end; if it failed, who waited for it was told why. */
  | { type: "call"; operation: Operation; outcome: "done" | "failed"; ms: number }
  /** Something failed that the memory went on without; or `fsck` found something damaged. */
  | { type: "error"; operation: string; error: unknown };

export type Operation = "answer" | "briefing" | "cut" | "dedup" | "fsck" | "promote" | "repair" | "sweep";

/** What became of what was to be remembered. */
export type Outcome =
  | "stored"
  /** Something of that id was changed. */
  | "updated"
  /** It says again what is known; that was borne out. */
  | "reinforced"
  /** Something very like it took it up. */
  | "coalesced"
  /** There was too little in it. */
  | "noise";

/** What an answer had to do without. */
export type Degraded =
  /** The query could not be embedded. */
  | "keyword_only"
  /** There were more namespaces to search than can be. */
  | "partial"
  /** The store failed: there is no answer. */
  | "store";
