/** What the cache keeps in its store beside entries, by key. A checkpoint carries all of it. */
export const META = {
  /** What the index learnt. */
  learnt: "index",
  counters: "counters",
  /** By model, what its responses took, and what hits spared. */
  savings: "savings",
  policy: "policy",
  /** What users rejected, and what was declared invalid. */
  ledger: "ledger",
  /** What is known of how far answers can be trusted. */
  risk: "risk",
} as const;

/** Where a ledger that could not be read is laid aside, when another takes its place. Nothing reads it: it is there to be looked at. */
export const DAMAGED_LEDGER = "ledger-damaged";

/** Stand for the policy while the store is being filled: what is there is not all, and must not be opened as if it were. */
export const RESTORING = "restoring";
export const REEMBEDDING = "reembedding";
