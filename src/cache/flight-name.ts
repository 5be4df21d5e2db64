import { entryName } from "./admission.ts";
import { type ComputeOptions, checkThreshold } from "./call-options.ts";
import type { Engine } from "./engine.ts";

type Parts = [namespace: string, key: string, tags: readonly string[], ...others: unknown[]];

/** What calls have in common that may share one computation: everything that decides what they get. */
export function flightName(
  engine: Engine,
  query: string,
  options: ComputeOptions<never>,
  ...others: unknown[]
): string {
  const { namespace, key } = entryName(engine, query, options);
  const { tags = [], bypass = false, semantic = true } = options;
  const threshold = checkThreshold(options.threshold ?? engine.threshold);
  return JSON.stringify([namespace, key, tags, threshold, bypass, semantic, ...others] satisfies Parts);
}

/** Whether it is of this query, of all of a namespace, or of any. */
export function isFlightOf(name: string, namespace?: string, key?: string): boolean {
  const [itsNamespace, itsKey] = JSON.parse(name) as Parts;
  return (namespace ?? itsNamespace) === itsNamespace && (key ?? itsKey) === itsKey;
}

/** Whether what it computes is to have any of these tags. */
export function isFlightTagged(name: string, tags: readonly string[]): boolean {
  const [, , itsTags] = JSON.parse(name) as Parts;
  return itsTags.some((tag) => tags.includes(tag));
}
