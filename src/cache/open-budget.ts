import { type Steps, step } from "../store/steps.ts";
import type { ErrorBudget } from "./error-budget.ts";
import type { Loaders } from "./loaders.ts";
import { META } from "./meta.ts";
import type { CheckedSettings } from "./options.ts";

/** What opening one reads of the store. */
export function budgetMetas({ errorBudget }: CheckedSettings): string[] {
  return errorBudget === undefined ? [] : [META.risk];
}

/** The error budget that the settings ask for, with what is known in the store; undefined where they ask for none. */
export function* openBudget(
  { errorBudget, explore }: CheckedSettings,
  loaders: Loaders,
  kept: string | undefined,
  onDamage: (error: unknown) => void,
): Steps<ErrorBudget | undefined> {
  if (errorBudget === undefined) return undefined;
  const { ErrorBudget } = yield* step(loaders.budget());
  return new ErrorBudget(kept, errorBudget, explore, onDamage);
}
