// Fetched when a cache is dumped or restored: one chunk, as bundlers split what several have in common.
export { dump } from "./dump.ts";
export { restore } from "./restore.ts";
