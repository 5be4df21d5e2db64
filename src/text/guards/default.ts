import { audience } from "./audience.ts";
import { dates } from "./dates.ts";
import { difference } from "./difference.ts";
import { direction } from "./direction.ts";
import type { Guard } from "./guard.ts";
import { literals } from "./literals.ts";
import { names } from "./names.ts";
import { negation } from "./negation.ts";
import { numbers } from "./numbers.ts";
import { opposites } from "./opposites.ts";
import { question } from "./question.ts";

/** All of them, in the order in which they are asked. */
export const defaultGuards: readonly Guard[] = [
  numbers,
  literals,
  names,
  dates,
  negation,
  opposites,
  direction,
  audience,
  question,
  difference,
];
