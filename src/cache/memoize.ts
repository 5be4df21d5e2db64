import { argumentError } from "../error.ts";
import { hasContext, isOf } from "../text/scope.ts";
import { parseTtl } from "../ttl.ts";
import {
  checkDeadline,
  checkLease,
  checkMetadata,
  checkTags,
  checkThreshold,
  namespaceOf,
  type WrapOptions,
} from "./call-options.ts";
import type { Source } from "./recording.ts";
import type { SemanticCache } from "./semantic-cache.ts";
import type { CachedStream, StreamOptions } from "./stream.ts";

interface Naming<A extends unknown[]> {
  /** The question in a call's arguments. Default: the first one, which is a text then. */
  key?: ((...args: A) => string) | undefined;
  /** What the result depends on besides. Default: all arguments but the first. */
  scope?: ((...args: A) => unknown) | undefined;
}

type ByCall = "scope" | "signal" | "embedding";

/** Functions that share a cache have a `namespace` each, or would give each other's results. */
export interface MemoizeOptions<A extends unknown[], V> extends Omit<WrapOptions<V>, ByCall>, Naming<A> {
  cache: Pick<SemanticCache<V>, "wrap">;
}

export interface MemoizeStreamOptions<A extends unknown[], C, V> extends Omit<StreamOptions<C, V>, ByCall>, Naming<A> {
  cache: Pick<SemanticCache<V>, "stream">;
}

/**
 * The function with a cache before it. A signal among its arguments (the last one, or `signal` or `abortSignal` of the last) aborts
 * this call alone; the function gets one that tells when all who share the call were aborted.
 */
export function memoize<This, A extends unknown[], R extends V, V>(
  fn: (this: This, ...args: A) => R | Promise<R>,
  options: MemoizeOptions<A, V>,
): (this: This, ...args: A) => Promise<R> {
  check(fn, options, "wrap");
  const { cache, key, scope, ...others } = options;
  return async function (this: This, ...args: A): Promise<R> {
    const { query, signalled, ...call } = callOf(args, { key, scope });
    const compute = (signal: AbortSignal): R | Promise<R> => fn.apply(this, signalled(signal));
    return (await cache.wrap(query, compute, { ...others, ...call })).response as R;
  };
}

/** The same for a function that gives its result in chunks. */
export function memoizeStream<This, A extends unknown[], C, V>(
  fn: (this: This, ...args: A) => Source<C> | Promise<Source<C>>,
  options: MemoizeStreamOptions<A, C, V>,
): (this: This, ...args: A) => CachedStream<C, V> {
  check(fn, options, "stream");
  const { cache, key, scope, ...others } = options;
  return function (this: This, ...args: A): CachedStream<C, V> {
    const { query, signalled, ...call } = callOf(args, { key, scope });
    return cache.stream<C>(query, (signal) => fn.apply(this, signalled(signal)), { ...others, ...call });
  };
}

interface Call<A> {
  query: string;
  scope: unknown;
  signal: AbortSignal | undefined;
  /** The arguments with another signal in the place of theirs. */
  signalled(signal: AbortSignal): A;
}

function callOf<A extends unknown[]>(args: A, { key, scope }: Naming<A>): Call<A> {
  const query = key === undefined ? args[0] : key(...args);
  if (typeof query !== "string") {
    const name = key === undefined ? "the first argument" : "key";
    throw argumentError(
      name,
      "a string",
      query,
      "Give memoize a `key`: a function that makes a text of the arguments.",
    );
  }
  const { signal, rest, signalled } = signalIn(args);
  return { query, scope: scope === undefined ? scopeOf(rest.slice(1)) : scope(...args), signal, signalled };
}

/** By place, as an argument that is undefined is no other than one that is left out. */
function scopeOf(others: readonly unknown[]): object | undefined {
  const given = Object.entries(others).filter(([, value]) => value !== undefined);
  if (given.length === 0) return undefined;
  // Where what was said before is among them, it is told as scopes tell it.
  return { ...Object.fromEntries(given), ...(others.some(hasContext) && { context: true }) };
}

/** The signal of a call, and its arguments without it. */
function signalIn<A extends unknown[]>(
  args: A,
): { signal: AbortSignal | undefined; rest: unknown[]; signalled(signal: AbortSignal): A } {
  const last: unknown = args.at(-1);
  const before = args.slice(0, -1);
  const withLast = (value: unknown): A => [...before, value] as A;
  if (isSignal(last)) return { signal: last, rest: before, signalled: withLast };
  if (isPlain(last)) {
    for (const name of ["signal", "abortSignal"]) {
      const { [name]: signal, ...others } = last;
      if (!isSignal(signal)) continue;
      const rest = Object.keys(others).length === 0 ? before : [...before, others];
      return { signal, rest, signalled: (signal) => withLast({ ...last, [name]: signal }) };
    }
  }
  return { signal: undefined, rest: args, signalled: () => args };
}

function isSignal(value: unknown): value is AbortSignal {
  return isOf("AbortSignal", value);
}

function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

interface Given extends Omit<WrapOptions<never>, ByCall> {
  cache: unknown;
  key?: unknown;
  scope?: unknown;
}

/** What no call can be made with is refused at once. */
function check(fn: unknown, options: Given, verb: "wrap" | "stream"): void {
  if (typeof fn !== "function") throw argumentError("fn", "a function", fn, "Pass what is to be remembered.");
  const cache = (options as Given | undefined)?.cache as Record<string, unknown> | undefined;
  if (typeof cache?.[verb] !== "function") throw argumentError("cache", "a SemanticCache", cache, "Pass { cache }.");
  for (const name of ["key", "scope"] as const) {
    const given = options[name];
    if (given === undefined || typeof given === "function") continue;
    throw argumentError(name, "a function of the arguments", given, "Or leave it out.");
  }
  namespaceOf(options);
  checkThreshold(options.threshold ?? 0);
  checkDeadline(options.deadline);
  checkLease(options.lease);
  checkTags(options.tags);
  checkMetadata(options.metadata);
  if (options.ttl !== undefined) parseTtl(options.ttl);
  if (options.staleAfter !== undefined) parseTtl(options.staleAfter, "staleAfter");
}
