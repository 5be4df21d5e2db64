/** What the cache keeps in its store beside entries, by key. A checkpoint carries all of it. */
export const META = {
  /** What the index learnt. */
  learnt: "index",
  counters: "counters",
  policy: "policy",
} as const;

/** Stands for the policy while a restore fills the store: what is there is not all, and must not be opened as if it were. */
export const RESTORING = "restoring";
