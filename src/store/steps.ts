import { MnemeError } from "../error.ts";
import type { Awaitable } from "./store.ts";

/**
 * An algorithm that may have to wait, as a generator that yields whatever it waits for. Written once, it serves those who
 * want promises and those who cannot have any.
 */
// biome-ignore lint/suspicious/noExplicitAny: what comes back in is typed by `step`, one value at a time
export type Steps<T> = Generator<unknown, T, any>;

/** Waits for one value: `const entry = yield* step(store.get(…))`. */
export function* step<T>(value: Awaitable<T>): Steps<T> {
  return yield value;
}

/** Waits for each item of a store's scan in turn. */
export function* eachStep<T>(items: AsyncIterable<T> | Iterable<T>, visit: (item: T) => void): Steps<void> {
  const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  for (;;) {
    const result = yield* step<IteratorResult<T>>(iterator.next());
    if (result.done) return;
    visit(result.value);
  }
}

/** Runs them: at once as long as everything is there at once, by promise from the first one on. */
export function drive<T>(steps: Steps<T>): Awaitable<T> {
  let state = steps.next();
  while (!state.done) {
    if (isPromise(state.value)) return driveFrom(steps, state.value);
    state = steps.next(state.value);
  }
  return state.value;
}

async function driveFrom<T>(steps: Steps<T>, promise: PromiseLike<unknown>): Promise<T> {
  let value: unknown = promise;
  for (;;) {
    let state: IteratorResult<unknown, T>;
    try {
      value = await value;
    } catch (error) {
      state = steps.throw(error);
      if (state.done) return state.value;
      value = state.value;
      continue;
    }
    state = steps.next(value);
    if (state.done) return state.value;
    value = state.value;
  }
}

export function driveSync<T>(steps: Steps<T>): T {
  let state = steps.next();
  while (!state.done) {
    if (isPromise(state.value)) {
      state.value.then(undefined, () => {}); // nobody will wait for it: its failure must not crash the process
      state = steps.throw(
        new MnemeError(
          "promise",
          "SemanticCacheSync got a promise from its store, embedder or index.",
          "Use SemanticCache, or synchronous ones.",
        ),
      );
    } else {
      state = steps.next(state.value);
    }
  }
  return state.value;
}

export function isPromise<T = unknown>(value: unknown): value is PromiseLike<T> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === "function";
}
