import { unlessAborted } from "../abort.ts";
import { drive, isPromise } from "../store/steps.ts";
import { checkDeadline } from "./call-options.ts";
import type { Engine } from "./engine.ts";
import { type Looking, type LookOptions, type Lookup, lookupMany, missRest } from "./lookup.ts";

/**
 * Looks up until the deadline; what has not been found by then are misses. The lookup ends where it stands: nothing it would
 * tell or count later comes, and what it waits for hears the signal.
 */
export async function lookInTime<V>(
  engine: Engine,
  queries: readonly string[],
  options: LookOptions,
  { embeddings, isRepeated }: Omit<Looking<V>, "found"> = {},
): Promise<Lookup<V>[]> {
  const { signal } = options;
  const deadline = checkDeadline(options.deadline) ?? engine.settings.deadline;
  if (deadline === undefined) {
    const looking = drive(lookupMany<V>(engine, queries, options, { embeddings, isRepeated }));
    return isPromise<Lookup<V>[]>(looking) ? unlessAborted(looking, signal) : looking;
  }
  const end = new AbortController();
  const abort = (): void => end.abort(signal!.reason);
  if (signal?.aborted) abort();
  const told: Looking<V> = { embeddings, found: [], isRepeated };
  const steps = lookupMany<V>(engine, queries, { ...options, signal: end.signal }, told);
  const looking = drive(steps);
  if (!isPromise<Lookup<V>[]>(looking)) return looking;
  signal?.addEventListener("abort", abort, { once: true });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<Lookup<V>[]>((resolve) => {
    timer = setTimeout(() => {
      steps.return([]);
      resolve(missRest(engine, queries, options, told, deadline));
      end.abort();
    }, deadline);
  });
  try {
    return await unlessAborted(Promise.race([looking, late]), signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}
