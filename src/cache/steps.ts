import { MnemeError } from "../error.ts";
import type { Awaitable } from "../store/store.ts";

/**
 * An algorithm that may have to wait, as a generator that yields whatever it waits for. Written once, it is driven with
 * promises by SemanticCache and without by SemanticCacheSync.
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

export async function drive<T>(steps: Steps<T>): Promise<T> {
  let state = steps.next();
  while (!state.done) {
    let value = state.value;
    // What is already there is not awaited: with a synchronous store an exact hit needs no turn of the event loop.
    if (isPromise(value)) {
      try {
        value = await value;
      } catch (error) {
        state = steps.throw(error);
        continue;
      }
    }
    state = steps.next(value);
  }
  return state.value;
}

export function driveSync<T>(steps: Steps<T>): T {
  let state = steps.next();
  while (!state.done) {
    if (isPromise(state.value)) {
      state.value.then(undefined, () => {}); // nobody will wait for it: its failure must not crash the process
      state = steps.throw(
        new MnemeError(
          "promise",
          "SemanticCacheSync got a promise from its store or embedder.",
          "Use SemanticCache, or a synchronous store and embedder.",
        ),
      );
    } else {
      state = steps.next(state.value);
    }
  }
  return state.value;
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === "function";
}
