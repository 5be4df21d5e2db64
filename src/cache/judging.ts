// What is fetched only when somebody judges answers, or asks why one was given.
export { judge } from "./comparing.ts";
export { explain } from "./explain.ts";
export { feedback } from "./feedback.ts";
export { invalidate, sweepInvalid } from "./invalidation.ts";
