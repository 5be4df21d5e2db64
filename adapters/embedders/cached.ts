import type { Awaitable, Embedder, SyncEmbedder } from "../../src/index.ts";
import { Flight, type Vectors } from "./cached-flight.ts";
import { type KeptOptions, KeptVectors } from "./cached-store.ts";
import { RecentVectors } from "./cached-vectors.ts";
import { checkedVectors } from "./embedder-batches.ts";
import { expect } from "./embedder-identity.ts";

export interface CachedEmbedderOptions extends KeptOptions {
  /** Vectors in memory; those used least recently make room. Default 10,000. */
  maxEntries?: number | undefined;
}

const NAME = "cachedEmbedder";
const MAX_ENTRIES = 10_000;

/**
 * An embedder that embeds nothing twice: what is in memory or in the store is given again, calls in flight are shared, and only the
 * rest goes to the other embedder, in one call. Without a store, one of a synchronous embedder is synchronous.
 */
export function cachedEmbedder(
  embedder: SyncEmbedder,
  options?: CachedEmbedderOptions & { store?: undefined },
): SyncEmbedder;
export function cachedEmbedder(embedder: Embedder, options?: CachedEmbedderOptions): Embedder;
export function cachedEmbedder(embedder: Embedder, options: CachedEmbedderOptions = {}): Embedder {
  const isEmbedder = typeof embedder?.embed === "function" && typeof embedder.fingerprint === "string";
  expect(isEmbedder, NAME, "an Embedder", "For example cachedEmbedder(ollamaEmbedder({ … })).");
  const { maxEntries = MAX_ENTRIES, store } = options;
  const isCount = maxEntries === Number.POSITIVE_INFINITY || (Number.isSafeInteger(maxEntries) && maxEntries >= 0);
  expect(isCount, NAME, "maxEntries: a whole number from 0", "Default: 10,000.");
  expect(
    store === undefined || typeof store?.commit === "function",
    NAME,
    "store: a Store",
    "Leave it out for memory.",
  );
  const { fingerprint, dimensions } = embedder;
  const kept = store && new KeptVectors(NAME, store, { fingerprint, dimensions }, options);
  const cache = new EmbeddingCache(embedder, new RecentVectors(maxEntries), kept);
  return { fingerprint, dimensions, embed: (texts, { signal } = {}) => cache.embed(texts, signal) };
}

class EmbeddingCache {
  readonly #embedder: Embedder;
  readonly #recent: RecentVectors;
  readonly #kept: KeptVectors | undefined;
  /** By each of its texts. */
  readonly #flights = new Map<string, Flight>();

  constructor(embedder: Embedder, recent: RecentVectors, kept: KeptVectors | undefined) {
    this.#embedder = embedder;
    this.#recent = recent;
    this.#kept = kept;
  }

  embed(texts: readonly string[], signal: AbortSignal | undefined): Awaitable<Float32Array[]> {
    signal?.throwIfAborted();
    const wanted = new Set(texts);
    const found: Vectors = new Map();
    const flights = this.#collect(wanted, found, true);
    const copies = (): Float32Array[] => texts.map((text) => found.get(text)!.slice());
    return flights.size === 0 ? copies() : this.#gather(flights, wanted, found, signal).then(copies);
  }

  /** Finds what is there, and starts what nobody has started yet. Whose flights are not joined asks for all that is not there. */
  #collect(wanted: Iterable<string>, found: Vectors, join: boolean): Set<Flight> {
    const flights = new Set<Flight>();
    const missing: string[] = [];
    for (const text of wanted) {
      const vector = this.#recent.get(text);
      const flight = join ? this.#flights.get(text) : undefined;
      if (vector !== undefined) found.set(text, vector);
      else if (flight !== undefined && !flight.isAbandoned) flights.add(flight);
      else missing.push(text);
    }
    if (missing.length > 0) {
      const asked = this.#ask(missing);
      if (asked instanceof Flight) flights.add(asked);
      else for (const [text, vector] of asked) found.set(text, vector);
    }
    return flights;
  }

  async #gather(
    flights: Iterable<Flight>,
    wanted: ReadonlySet<string>,
    found: Vectors,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    await Promise.all(
      Array.from(flights, async (flight) => {
        try {
          for (const [text, vector] of await flight.wait(signal)) found.set(text, vector);
        } catch (error) {
          signal?.throwIfAborted();
          // What failed may have been a text of those who started it, and not one of these.
          if (flight.texts.every((text) => wanted.has(text))) throw error;
        }
      }),
    );
    const left = [...wanted].filter((text) => !found.has(text));
    if (left.length > 0) await this.#gather(this.#collect(left, found, false), new Set(left), found, signal);
  }

  #ask(texts: readonly string[]): Flight | Vectors {
    const controller = new AbortController();
    const { signal } = controller;
    if (this.#kept !== undefined) return this.#fly(texts, controller, this.#askKept(this.#kept, texts, signal));
    const answer = this.#embedder.embed(texts, { signal });
    const isLater = typeof (answer as Promise<unknown> | undefined)?.then === "function";
    if (isLater) return this.#fly(texts, controller, this.#rememberLater(texts, answer));
    return this.#remember(texts, answer as Float32Array[]);
  }

  #fly(texts: readonly string[], controller: AbortController, result: Promise<Vectors>): Flight {
    // Landed before its result is told, so that who sees a failure and asks again starts anew.
    const landed = result.finally(() => {
      for (const text of texts) if (this.#flights.get(text) === flight) this.#flights.delete(text);
    });
    const flight = new Flight(texts, controller, landed);
    for (const text of texts) this.#flights.set(text, flight);
    return flight;
  }

  async #askKept(kept: KeptVectors, texts: readonly string[], signal: AbortSignal): Promise<Vectors> {
    const vectors = await kept.get(texts, signal);
    signal.throwIfAborted();
    for (const [text, vector] of vectors) this.#recent.set(text, vector);
    const missing = texts.filter((text) => !vectors.has(text));
    if (missing.length === 0) return vectors;
    const made = await this.#rememberLater(missing, this.#embedder.embed(missing, { signal }));
    await kept.put(made);
    return new Map([...vectors, ...made]);
  }

  async #rememberLater(texts: readonly string[], answer: Awaitable<Float32Array[]>): Promise<Vectors> {
    return this.#remember(texts, await answer);
  }

  #remember(texts: readonly string[], answer: Float32Array[]): Vectors {
    const vectors = checkedVectors(NAME, answer, texts.length, this.#embedder.dimensions);
    const made: Vectors = new Map(texts.map((text, i) => [text, vectors[i]!]));
    for (const [text, vector] of made) this.#recent.set(text, vector);
    return made;
  }
}
