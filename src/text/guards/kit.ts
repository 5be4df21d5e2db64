// mneme/guards: what keeps an answer from being given to another question that only looks the same.
export { audience } from "./audience.ts";
export { dates } from "./dates.ts";
export { defaultGuards } from "./default.ts";
export { difference } from "./difference.ts";
export { direction } from "./direction.ts";
export { isFollowUp } from "./follow-up.ts";
export type { Guard } from "./guard.ts";
export { literals } from "./literals.ts";
export { names } from "./names.ts";
export { negation } from "./negation.ts";
export { numbers } from "./numbers.ts";
export { opposites } from "./opposites.ts";
export { question } from "./question.ts";
export { Reading, type Token } from "./reading.ts";
