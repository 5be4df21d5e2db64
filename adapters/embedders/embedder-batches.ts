import { type Embedder, MnemeError } from "../../src/index.ts";
import { expect } from "./embedder-identity.ts";

// Many texts in calls as large as a provider takes, some side by side; and every vector looked at before it is given out.

export interface BatchOptions {
  /** Before every text: some models want "query: " or the like. */
  prefix?: string | undefined;
  /** Texts in one call. Default and most: what the provider takes. */
  batch?: number | undefined;
  /** Calls at the same time. */
  parallel?: number | undefined;
}

export interface Limits {
  /** The most texts in one call, and what is usual where that is fewer. */
  most: number;
  usual?: number;
  /** UTF-16 code units in one call, unless a single text is longer. */
  longest?: number;
  /** Calls at the same time, where the caller does not say. */
  parallel: number;
}

/** Who is called, and what one call is. */
export interface Provider {
  /** Of the function that made the embedder, for errors. */
  readonly name: string;
  readonly fingerprint: string;
  readonly dimensions: number;
  /** Some have to be asked. */
  readonly limits: Limits | (() => PromiseLike<Limits>);
  /** One call. What comes back is not trusted. */
  embed(texts: string[], signal: AbortSignal): PromiseLike<unknown>;
}

export function batchedEmbedder(provider: Provider, options: BatchOptions): Embedder {
  const { name, fingerprint, dimensions } = provider;
  const { prefix = "", batch, parallel } = options;
  expect(typeof prefix === "string", name, "prefix: a text", "Correct it.");
  for (const [option, given] of Object.entries({ batch, parallel })) {
    const holds = given === undefined || (Number.isSafeInteger(given) && given > 0);
    expect(holds, name, `${option}: a whole number above 0`, "Correct it.");
  }
  const { limits } = provider;
  if (typeof limits === "object" && batch !== undefined) {
    expect(batch <= limits.most, name, `batch: at most ${limits.most}`, "It is what the provider takes.");
  }
  return {
    fingerprint,
    dimensions,
    embed: (texts, { signal } = {}) =>
      whileWanted(signal, async (stop) => {
        if (texts.length === 0) return [];
        const limit = typeof limits === "object" ? limits : await limits();
        const size = Math.min(limit.most, batch ?? limit.usual ?? limit.most);
        const prefixed = prefix === "" ? texts : texts.map((text) => prefix + text);
        const batches = [...batchesOf(prefixed, size, limit.longest ?? Number.POSITIVE_INFINITY)];
        const vectors = await eachOf(batches, parallel ?? limit.parallel, stop, async (some) =>
          checkedVectors(name, await provider.embed(some, stop), some.length, dimensions),
        );
        return vectors.flat();
      }),
  };
}

/** Runs the work with a signal of its own, which its first failure aborts too. Whoever aborts is told at once. */
async function whileWanted<T>(signal: AbortSignal | undefined, work: (stop: AbortSignal) => Promise<T>): Promise<T> {
  signal?.throwIfAborted();
  const stop = new AbortController();
  const leave = (): void => stop.abort(signal?.reason);
  const left = new Promise<never>((_, reject) => {
    stop.signal.addEventListener("abort", () => reject(stop.signal.reason), { once: true });
  });
  signal?.addEventListener("abort", leave, { once: true });
  try {
    return await Promise.race([work(stop.signal), left]);
  } catch (error) {
    stop.abort(error);
    throw error;
  } finally {
    signal?.removeEventListener("abort", leave);
  }
}

function* batchesOf(texts: readonly string[], size: number, longest: number): Iterable<string[]> {
  let batch: string[] = [];
  let length = 0;
  for (const text of texts) {
    if (batch.length === size || (batch.length > 0 && length + text.length > longest)) {
      yield batch;
      batch = [];
      length = 0;
    }
    batch.push(text);
    length += text.length;
  }
  if (batch.length > 0) yield batch;
}

/** What the work makes of each, in order, so many at a time. */
export async function eachOf<T, R>(
  items: readonly T[],
  lanes: number,
  stop: AbortSignal,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length && !stop.aborted) {
      const i = next++;
      results[i] = await work(items[i]!);
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, lane));
  return results;
}

/** As many vectors as texts, each of so many finite numbers; the caller's own. */
export function checkedVectors(name: string, vectors: unknown, count: number, dimensions: number): Float32Array[] {
  if (!Array.isArray(vectors) || vectors.length !== count) {
    throw new MnemeError(
      "dimension",
      `${name} asked for ${count === 1 ? "1 vector" : `${count} vectors`} and got ${Array.isArray(vectors) ? vectors.length : "none"}.`,
      "What answered is no embedding model.",
    );
  }
  return vectors.map((vector) => checkedVector(name, vector, dimensions));
}

function checkedVector(name: string, vector: unknown, dimensions: number): Float32Array {
  const isTyped = vector instanceof Float32Array;
  if (!isTyped && !Array.isArray(vector)) {
    throw new MnemeError("vector", `${name} got no vector.`, "What answered is no embedding model.");
  }
  if (vector.length !== dimensions) {
    throw new MnemeError(
      "dimension",
      `${name} expected vectors of ${dimensions} numbers and got one of ${vector.length}.`,
      'Set "dimensions" to that, if the model is right.',
    );
  }
  const numbers = Float32Array.from(vector);
  for (let i = 0; i < dimensions; i++) {
    // A null or a text would be made a number; what is too large for a float32, Infinity.
    if (typeof vector[i] === "number" && Number.isFinite(numbers[i])) continue;
    const problem = `${name} got a vector with something in it that is no finite number.`;
    throw new MnemeError("vector", problem, "Look after the model; some overflow in float16.");
  }
  return numbers;
}
