import { MnemeError } from "../error.ts";
import { type Steps, step } from "../store/steps.ts";
import type { Store } from "../store/store.ts";
import { META, REEMBEDDING, RESTORING } from "./meta.ts";
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

/** What was given when opening, over what the store says (`text`), over the defaults; and that becomes what the store says. */
export function* agreePolicy(
  store: Store,
  text: string | undefined,
  given: CheckedSettings["policy"],
  forgive: (error: unknown) => void,
): Steps<Policy> {
  refuseUnfinished(store, text);
  const kept = readPolicy(text, forgive);
  if (kept.normalise !== undefined && (given.normalise ?? kept.normalise) !== kept.normalise) {
    const problem = `The ${store.name} store was filled with "normalise" ${kept.normalise}, not ${given.normalise}.`;
    throw new MnemeError("fingerprint", problem, "Open it as it was filled, or use a new store.");
  }
  const policy = { ...DEFAULT_POLICY, ...kept, ...defined(given) };
  yield* keepPolicy(store, policy, text);
  return policy;
}

export function* keepPolicy(store: Store, policy: Policy, before?: string): Steps<void> {
  const text = policyText(policy);
  if (text !== before) yield* step(store.setMeta(META.policy, text));
}

/** A store that was filled in part only would miss what the rest would have answered, and be taken for whole. */
export function refuseUnfinished({ name }: Store, policy: string | undefined): void {
  if (policy === RESTORING) {
    const problem = `A restore into the ${name} store has not ended, or was cut short.`;
    throw new MnemeError("unfinished", problem, 'Wait for it, or restore again with "replace".');
  }
  if (policy === REEMBEDDING) {
    const problem = `The ${name} store is the destination of a reembed that has not ended.`;
    throw new MnemeError("unfinished", problem, "Run it again, with the same source; or use another store.");
  }
}

export function policyText({ quotas, ...policy }: Partial<Policy>): string {
  return JSON.stringify({ ...policy, quotas: [...(quotas ?? [])] });
}

/** What is damaged is as if it had never been said. */
export function readPolicy(
  text: string | undefined,
  onDamage: (error: MnemeError) => void = () => {},
): Partial<Policy> {
  if (text === undefined) return {};
  try {
    const { quotas, ...kept } = JSON.parse(text) as Policy & { quotas: [string, number][] };
    return { ...kept, quotas: new Map(quotas) };
  } catch (cause) {
    const remedy = "Open the cache once with all its options.";
    onDamage(new MnemeError("corrupt", "What the store says of limits and threshold is damaged.", remedy, { cause }));
    return {};
  }
}

function defined<T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
