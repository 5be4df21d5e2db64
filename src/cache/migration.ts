/** Where a store that is filled from another keeps how far that has come; `FINISHED` once it is all there. */
export const MIGRATION = "migration";
export const FINISHED = "finished";
