/** What the cache keeps in its store beside entries, by key. A checkpoint carries all of it. */
export const META = {
  /** What the index learnt. */
  learnt: "index",
  /** Whether texts were normalised: the keys of one way are not found in the other. */
  normalise: "normalise",
} as const;

/** Stands for `normalise` while a restore fills the store: what is there is not all, and must not be opened as if it were. */
export const RESTORING = "restoring";
