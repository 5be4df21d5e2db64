// What is fetched when it is first called: it is for once an hour or a day.
export { dedup } from "./dedup.ts";
export { fsck } from "./fsck.ts";
export { maintain } from "./maintenance.ts";
export { promote } from "./promote.ts";
export { sweep } from "./sweep.ts";
