import type { Entry } from "../store/entry.ts";
import { isPromise, type Steps, step } from "../store/steps.ts";
import type { Awaitable } from "../store/store.ts";
import type { Candidate } from "./candidates.ts";
import type { Engine } from "./engine.ts";

// Many lookups at once should cost a distant store a round trip or two, not one for each.

/** What a store was asked for, or why it failed: it may be waited for later. */
export type Asked<T> = Awaitable<{ got: T } | { error: unknown }>;

export function asked<T>(ask: () => Awaitable<T>): Asked<T> {
  try {
    const answer = ask();
    return isPromise<T>(answer)
      ? Promise.resolve(answer).then(
          (got) => ({ got }),
          (error: unknown) => ({ error }),
        )
      : { got: answer };
  } catch (error) {
    return { error };
  }
}

/** Entries that were read before they are looked at, and how often the index had been added to by then. */
export interface Read {
  readonly entries: Map<number, Entry | undefined>;
  readonly added: number;
}

/** The best candidates of several queries, in one round trip. */
export function* readBest(engine: Engine, firsts: readonly (readonly Candidate[])[]): Steps<Read | undefined> {
  const ids = [...new Set(firsts.flatMap(([best]) => (best === undefined ? [] : [best.id])))];
  return ids.length < 2 ? undefined : yield* readTogether(engine, ids);
}

/** What fails here is read one by one: a damaged row must not hide the next. */
export function* readTogether({ store, projection }: Engine, ids: readonly number[]): Steps<Read> {
  const { added } = projection;
  try {
    const entries = ids.length === 0 ? [] : yield* step(store.getMany(ids));
    return { entries: new Map(ids.map((id, i) => [id, entries[i]])), added };
  } catch {
    return { entries: new Map(), added };
  }
}
