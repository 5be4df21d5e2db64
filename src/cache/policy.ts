import { MnemeError } from "../error.ts";
import { type Steps, step } from "../store/steps.ts";
import type { Store } from "../store/store.ts";
import { META, RESTORING } from "./meta.ts";
import type { CheckedSettings } from "./options.ts";

/** How a store's entries are kept and found, whoever opens it. Kept in the store: what is left out when opening holds on. */
export interface Policy {
  /** Whether texts are normalised. The keys of one way are not found in the other, so this never changes. */
  readonly normalise: boolean;
  readonly threshold: number;
  /** Null: as many as there are. */
  readonly maxEntries: number | null;
  readonly quotas: ReadonlyMap<string, number>;
  readonly slidingTtl: boolean;
}

export const DEFAULT_POLICY: Policy = {
  normalise: true,
  threshold: 0.85,
  maxEntries: null,
  quotas: new Map(),
  slidingTtl: false,
};

/** What was given when opening, over what the store says, over the defaults; and that becomes what the store says. */
export function* agreePolicy(
  store: Store,
  given: CheckedSettings["policy"],
  forgive: (error: unknown) => void,
): Steps<Policy> {
  const text = yield* step(store.getMeta(META.policy));
  if (text === RESTORING) {
    const problem = `A restore into the ${store.name} store has not ended, or was cut short.`;
    throw new MnemeError("corrupt", problem, 'Wait for it, or restore again with "replace".');
  }
  const kept = parse(text, forgive);
  if (kept.normalise !== undefined && (given.normalise ?? kept.normalise) !== kept.normalise) {
    const problem = `The ${store.name} store was filled with "normalise" ${kept.normalise}, not ${given.normalise}.`;
    throw new MnemeError("fingerprint", problem, "Open it as it was filled, or use a new store.");
  }
  const policy = { ...DEFAULT_POLICY, ...kept, ...defined(given) };
  yield* keepPolicy(store, policy, text);
  return policy;
}

export function* keepPolicy(store: Store, policy: Policy, before?: string): Steps<void> {
  const text = JSON.stringify({ ...policy, quotas: [...policy.quotas] });
  if (text !== before) yield* step(store.setMeta(META.policy, text));
}

/** What is damaged is as if it had never been said. */
function parse(text: string | undefined, forgive: (error: unknown) => void): Partial<Policy> {
  if (text === undefined) return {};
  try {
    const { quotas, ...kept } = JSON.parse(text) as Policy & { quotas: [string, number][] };
    return { ...kept, quotas: new Map(quotas) };
  } catch (cause) {
    const remedy = "Open the cache once with all its options.";
    forgive(new MnemeError("corrupt", "What the store says of limits and threshold is damaged.", remedy, { cause }));
    return {};
  }
}

function defined<T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
